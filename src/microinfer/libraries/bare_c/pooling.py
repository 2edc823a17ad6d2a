"""Pools in C."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ...operators.average_pool_2d import PoolGeometry, prepare_pool
from ..kernel import Kernel
from .c_source import Parameters
from .call import Call
from .one_kernel import calls, one_kernel
from .parameters import expect, window_fields

if TYPE_CHECKING:
    from ..kernel import Counts, Observed
    from .call import Place


def lower_pool(function: str) -> Any:
    def lower(place: Place) -> Sequence[Call]:
        g: PoolGeometry = expect(place, PoolGeometry)
        low, high = prepare_pool(place.node)[1]
        parameters = Parameters(
            "mi_pool_parameters",
            place.name,
            (*window_fields(g, g.channels), ("low", "int8_t", int(low)), ("high", "int8_t", int(high))),
        )
        arguments = f"&{place.name}", place.input(0), place.output()
        return [Call("pooling.c", function, arguments, (parameters,))]

    return lower


FEW_TAPS = 255
"""Means of more taps are computed in 32 bits."""


def _pool(g: PoolGeometry) -> Counts:
    channels = g.batch * g.channels
    rows = g.vertical.inside
    return {
        "call": 1,
        "output_rows": g.batch * g.output_h,
        "pixels": g.batch * g.output_h * g.output_w,
        "outputs": channels * g.output_h * g.output_w,
        "kernel_rows": channels * g.output_w * rows,
        "taps": channels * rows * g.horizontal.inside,
    }


def average_pool_2d_counts(g: PoolGeometry, seen: Observed) -> Counts:
    """A new reciprocal wherever the number of taps changes from one pixel to the next."""
    across = [g.horizontal.taps(x) for x in range(g.output_w)]
    down = [g.vertical.taps(y) for y in range(g.output_h)]
    counts = [rows * columns for _ in range(g.batch) for rows in down for columns in across]
    made = _pool(g)
    many = [count for count in counts if count > FEW_TAPS]
    wide_rows = sum(
        rows for _ in range(g.batch) for rows in down for columns in across if rows * columns > FEW_TAPS
    )
    made["wide_outputs"] = len(many) * g.channels
    made["wide_taps"] = sum(many) * g.channels
    made["wide_rows"] = wide_rows * g.channels
    made["taps"] -= made["wide_taps"]
    made["kernel_rows"] -= made["wide_rows"]
    made["outputs"] -= made["wide_outputs"]
    made["reciprocals"] = sum(count > 1 for count, _ in groupby(counts))
    return made


def max_pool_2d_counts(g: PoolGeometry, seen: Observed) -> Counts:
    return _pool(g)


AVERAGE_POOL_2D = Kernel(
    variant=one_kernel,
    counts=average_pool_2d_counts,
    functions=calls("mi_average_pool_2d"),
    lower=lower_pool("mi_average_pool_2d"),
)

MAX_POOL_2D = Kernel(
    variant=one_kernel,
    counts=max_pool_2d_counts,
    functions=calls("mi_max_pool_2d"),
    lower=lower_pool("mi_max_pool_2d"),
)
