"""Functions of one real number in C.

Floats are soft on AVR, and what they take hangs on the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...operators.relu import ElementwiseGeometry
from ..kernel import Inner, Kernel
from ..templates import typed
from .call import Call, unsupported
from .int16_activations import lower_magnitude
from .lookup_tables import lookup_counts, lower_lookup
from .one_kernel import calls

if TYPE_CHECKING:
    from ..kernel import Counts, Observed
    from ..target import Core
    from .call import Lower, Place

__all__ = ["by_number"]

LEAST = -128


def kernel_of(geometry: ElementwiseGeometry, core: Core) -> str:
    """int8 goes without saying."""
    return typed("bare_c", geometry.input_dtype)


def real_counts(g: ElementwiseGeometry, seen: Observed) -> Counts:
    return {"call": 1, "elements": g.elements}


def lower_real(function: str) -> Lower:
    def lower(place: Place) -> Sequence[Call]:
        g = place.step.geometry
        assert isinstance(g, ElementwiseGeometry)
        if g.input_dtype != "float32":
            raise unsupported(place.step, f"of {g.input_dtype} has no kernel in bare-c")
        arguments = str(g.elements), place.input(0), place.output()
        return [Call("real_functions.c", function, arguments)]

    return lower


def by_number(
    function: str, of_bytes: Lower = lower_lookup, short: tuple[str, Lower] | None = None
) -> Kernel:
    """Of int8 a table, of reals the function; `short`: that of int16."""
    real = lower_real(function)

    def functions(geometry: ElementwiseGeometry) -> tuple[str, ...]:
        if short is not None and geometry.input_dtype == "int16":
            return (short[0],)
        return (function,) if geometry.input_dtype == "float32" else ("mi_lookup",)

    def lower(place: Place) -> Sequence[Call]:
        g = place.step.geometry
        assert isinstance(g, ElementwiseGeometry)
        if short is not None and g.input_dtype == "int16":
            return short[1](place)
        return real(place) if g.input_dtype == "float32" else of_bytes(place)

    return Kernel(
        variant=kernel_of,
        counts=lookup_counts,
        inner={"bare_c_float32": Inner(real_counts), "bare_c_int16": Inner(real_counts)},
        functions=functions,
        lower=lower,
    )


def lower_inverse_root(place: Place) -> Sequence[Call]:
    """TFLM's Invoke fails at negative numbers, which a table does not: there must be none."""
    source = place.node.input(0)
    if source.dtype == "int8" and source.zero_point != LEAST:
        raise unsupported(
            place.step,
            f"of an input with zero point {source.zero_point} stops at what is below it, which bare-c "
            f"cannot; {LEAST} leaves nothing below",
        )
    return lower_lookup(place)


def _of_reals(function: str) -> Kernel:
    return Kernel(
        variant=kernel_of, counts=real_counts, functions=calls(function), lower=lower_real(function)
    )


ABS = by_number("mi_magnitude_float", short=("mi_rescale_int16", lower_magnitude))

CEIL = _of_reals("mi_ceiling_float")

COS = _of_reals("mi_cosine_float")

EXP = _of_reals("mi_exponential_float")

FLOOR = _of_reals("mi_floor_float")

LOG = _of_reals("mi_logarithm_float")

NEG = _of_reals("mi_negate_float")

ROUND = _of_reals("mi_round_float")

RSQRT = by_number("mi_inverse_root_float", lower_inverse_root)

SIN = _of_reals("mi_sine_float")

SQRT = _of_reals("mi_root_float")

SQUARE = _of_reals("mi_square_float")
