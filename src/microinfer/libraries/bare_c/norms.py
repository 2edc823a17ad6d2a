"""Norms and logarithms of softmax in C: rows along the last axis, and the root of a window's mean square."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from ...operators.average_pool_2d import PoolGeometry
from ...operators.log_softmax import factors
from ...operators.rows import RowsGeometry
from ..kernel import Inner, Kernel
from .c_source import ByteArray, Parameters
from .call import Call, unsupported
from .float_layers import bounds_fields, kernel_of
from .one_kernel import calls
from .parameters import window_fields
from .pooling import max_pool_2d_counts

if TYPE_CHECKING:
    from ..kernel import Counts, Observed
    from .call import Place
    from .parameters import Field

SOURCE = "norms.c"
DEEPEST = 4095
"""Elements of a row of int8 whose exponentials TFLM's int32 holds whatever they are."""


def _suffix(g: RowsGeometry) -> str:
    return "float" if g.dtype == "float32" else g.dtype


def lower_l2_normalization(place: Place) -> Sequence[Call]:
    g = place.step.geometry
    assert isinstance(g, RowsGeometry)
    point = place.node.input(0).zero_point if g.dtype == "int8" else 0
    if not -128 <= point <= 127:
        raise unsupported(place.step, f"has the zero point {point}, which is not of int8")
    zero_point = (str(point),) if g.dtype == "int8" else ()
    arguments = str(g.rows), str(g.depth), *zero_point, place.input(0), place.output()
    return [Call(SOURCE, l2_functions(g)[0], arguments)]


def l2_functions(g: RowsGeometry) -> tuple[str, ...]:
    return (f"mi_l2_normalize_{_suffix(g)}",)


def log_functions(g: RowsGeometry) -> tuple[str, ...]:
    return (f"mi_log_softmax_{_suffix(g)}",)


def row_counts(g: RowsGeometry, seen: Observed) -> Counts:
    return {"call": 1, "rows": g.rows, "elements": g.elements}


def log_counts(g: RowsGeometry, seen: Observed) -> Counts:
    """Of reals: the largest of a row is an exponential of 0, and one alone has the logarithm of 1; both are
    soon told."""
    others, several = g.elements - g.rows, g.rows * (g.elements > g.rows)
    return {**row_counts(g, seen), "exponentials": others, "logarithms": several}


def lower_l2_pool(place: Place) -> Sequence[Call]:
    g = place.step.geometry
    assert isinstance(g, PoolGeometry)
    fields = *window_fields(g, g.channels), *bounds_fields(place)
    parameters = Parameters("mi_pool_float_parameters", place.name, fields)
    arguments = f"&{place.name}", place.input(0), place.output()
    return [Call(SOURCE, "mi_l2_pool_2d_float", arguments, (parameters,))]


def log_softmax(place: Place, g: RowsGeometry, exponentials: NDArray[Any]) -> Sequence[Call]:
    """`exponentials` of the distances 0 to 255 from the largest, int32 without integer bits."""
    if g.dtype == "float32":
        arguments: tuple[str, ...] = str(g.rows), str(g.depth), place.input(0), place.output()
        return [Call(SOURCE, "mi_log_softmax_float", arguments)]
    if g.depth > DEEPEST:
        raise unsupported(place.step, f"has rows of {g.depth} elements, at most {DEEPEST}")
    (multiplier, shift), (divisor, divisor_shift) = factors(place.node)
    steps = min(-g.diff_min, 255) + 1
    table = ByteArray(f"{place.name}_exponentials", ((exponentials[:steps].astype("<i4").tobytes(), ""),))
    fields: tuple[Field, ...] = (
        ("rows", "uint16_t", g.rows),
        ("depth", "uint16_t", g.depth),
        ("steps", "uint16_t", steps),
        ("multiplier", "int32_t", multiplier),
        ("divisor", "int32_t", divisor),
        ("diff_min", "int32_t", g.diff_min),
        ("shift", "int8_t", shift),
        ("divisor_shift", "int8_t", divisor_shift),
        ("exponentials", "pointer", table.name),
    )
    parameters = Parameters("mi_log_softmax_parameters", place.name, fields)
    arguments = f"&{place.name}", place.input(0), place.output()
    return [Call(SOURCE, "mi_log_softmax_int8", arguments, (table, parameters))]


OF_REALS = {"bare_c_float32": Inner(row_counts)}

L2_NORMALIZATION = Kernel(
    variant=kernel_of, counts=row_counts, inner=OF_REALS, functions=l2_functions, lower=lower_l2_normalization
)

L2_POOL_2D = Kernel(
    variant=kernel_of,
    counts=max_pool_2d_counts,
    functions=calls("mi_l2_pool_2d_float"),
    lower=lower_l2_pool,
)
