"""Two real operands and one result, in C: soft on AVR, where nobody has measured what they take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from ...operators.add import BinaryGeometry
from ..kernel import Inner, Kernel
from .c_source import Parameters
from .call import Call
from .float_layers import bounds_fields, kernel_of
from .one_kernel import calls
from .pair_operands import broadcast_counts, operands

if TYPE_CHECKING:
    from ..kernel import Counts, Observed
    from .call import Lower, Place

    Count: TypeAlias = Callable[[BinaryGeometry, Observed], Counts | None]

__all__ = ["with_reals"]


def pairs_counts(g: BinaryGeometry, seen: Observed) -> Counts:
    return {"call": 1, **broadcast_counts(g), "elements": g.elements}


def lower_pairs(function: str, bounded: bool) -> Lower:
    """`bounded`: by a fused activation, or by what a float holds."""

    def lower(place: Place) -> Sequence[Call]:
        shape, inputs, constants = operands(place, "float32")
        if bounded:
            fields = [(f"shape.{name}", kind, value) for name, kind, value in shape]
            kind, fields = "mi_pairs_float_parameters", [*fields, *bounds_fields(place)]
        else:
            kind, fields = "mi_broadcast", shape
        parameters = Parameters(kind, place.name, tuple(fields))
        arguments = f"&{place.name}", *inputs, place.output()
        return [Call("real_pairs.c", function, arguments, (*constants, parameters))]

    return lower


def with_reals(
    function: str,
    of_bytes: Lower,
    counts: Count,
    functions: Callable[[BinaryGeometry], tuple[str, ...]],
    bounded: bool = True,
) -> Kernel:
    """A kernel of int8 beside `function` of reals."""
    reals = lower_pairs(function, bounded)

    def called(geometry: BinaryGeometry) -> tuple[str, ...]:
        return (function,) if geometry.dtype == "float32" else functions(geometry)

    def lower(place: Place) -> Sequence[Call]:
        g = place.step.geometry
        assert isinstance(g, BinaryGeometry)
        return reals(place) if g.dtype == "float32" else of_bytes(place)

    return Kernel(
        variant=kernel_of,
        counts=counts,
        inner={"bare_c_float32": Inner(pairs_counts)},
        functions=called,
        reads_constants=True,
        lower=lower,
    )


def _of_reals(function: str, bounded: bool) -> Kernel:
    return Kernel(
        variant=kernel_of,
        counts=pairs_counts,
        functions=calls(function),
        reads_constants=True,
        lower=lower_pairs(function, bounded),
    )


DIV = _of_reals("mi_divide_float", bounded=True)

FLOOR_MOD = _of_reals("mi_floor_modulo_float", bounded=False)
