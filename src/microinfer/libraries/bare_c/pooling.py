"""Pools in C."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain, groupby, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from ...operators.average_pool_2d import PoolGeometry, prepare_pool
from ..kernel import Inner, Kernel
from .c_source import Parameters
from .call import Call
from .float_layers import bounds_fields, by_dtype, kernel_of
from .int16_layers import lower_pool_int16
from .parameters import expect, window_fields

if TYPE_CHECKING:
    from ...operators.window import Axis
    from ..kernel import Counts, Observed
    from .call import Place


def lower_pool(function: str) -> Any:
    def lower(place: Place) -> Sequence[Call]:
        g: PoolGeometry = expect(place, PoolGeometry, "float32", "int16")
        if g.dtype == "float32":
            return real_pool(place, g, f"{function}_float")
        if g.dtype == "int16":
            return lower_pool_int16(place, g, f"{function}_int16")
        low, high = prepare_pool(place.node)[1]
        parameters = Parameters(
            "mi_pool_parameters",
            place.name,
            (*window_fields(g, g.channels), ("low", "int8_t", int(low)), ("high", "int8_t", int(high))),
        )
        arguments = f"&{place.name}", place.input(0), place.output()
        return [Call("pooling.c", function, arguments, (parameters,))]

    return lower


def real_pool(place: Place, g: PoolGeometry, function: str) -> Sequence[Call]:
    fields = *window_fields(g, g.channels), *bounds_fields(place)
    parameters = Parameters("mi_pool_float_parameters", place.name, fields)
    arguments = f"&{place.name}", place.input(0), place.output()
    return [Call("real_windows.c", function, arguments, (parameters,))]


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
    across, down = _runs(g.horizontal), _runs(g.vertical)
    made = _pool(g)
    many = taps = wide_rows = 0
    for rows, lines in _totals(down).items():
        for columns, pixels in _totals(across).items():
            if rows * columns > FEW_TAPS:
                many += lines * pixels
                taps += lines * pixels * rows * columns
                wide_rows += lines * pixels * rows
    channels = g.batch * g.channels
    made["wide_outputs"] = many * channels
    made["wide_taps"] = taps * channels
    made["wide_rows"] = wide_rows * channels
    made["taps"] -= made["wide_taps"]
    made["kernel_rows"] -= made["wide_rows"]
    made["outputs"] -= made["wide_outputs"]
    made["reciprocals"] = _changes(g.batch, down, across)
    return made


def _runs(axis: Axis) -> list[tuple[int, int]]:
    """Taps inside and for how many neighbouring positions: as many as there can be in the middle."""
    edges = sorted((axis.pad, axis.pad + axis.input - axis.kernel))
    first = max(0, min(axis.output, -(-edges[0] // axis.stride)))
    last = max(first, min(axis.output, edges[1] // axis.stride + 1))
    taps = chain(
        ((axis.taps(position), 1) for position in range(first)),
        [(min(axis.kernel, axis.input), last - first)] * (last > first),
        ((axis.taps(position), 1) for position in range(last, axis.output)),
    )
    return [(inside, sum(times for _, times in run)) for inside, run in groupby(taps, itemgetter(0))]


def _totals(runs: list[tuple[int, int]]) -> Counter[int]:
    found: Counter[int] = Counter()
    for taps, times in runs:
        found[taps] += times
    return found


def _changes(batch: int, down: list[tuple[int, int]], across: list[tuple[int, int]]) -> int:
    """How often a number of taps above 1 is another than the pixel's before."""
    if not batch or not down or not across:
        return 0
    first, last = across[0][0], across[-1][0]

    def kept(above: int, below: int) -> bool:
        return above * last == below * first > 1

    each = sum(lines * sum(rows * columns > 1 for columns, _ in across) for rows, lines in down)
    same = sum((lines - 1) * kept(rows, rows) for rows, lines in down)
    same += sum(kept(above, below) for (above, _), (below, _) in pairwise(down))
    return batch * (each - same) - (batch - 1) * kept(down[-1][0], down[0][0])


def max_pool_2d_counts(g: PoolGeometry, seen: Observed) -> Counts:
    return _pool(g)


OTHER_TYPES = {f"bare_c_{dtype}": Inner(max_pool_2d_counts) for dtype in ("float32", "int16")}

AVERAGE_POOL_2D = Kernel(
    variant=kernel_of,
    counts=average_pool_2d_counts,
    inner=OTHER_TYPES,
    functions=by_dtype("mi_average_pool_2d"),
    lower=lower_pool("mi_average_pool_2d"),
)

MAX_POOL_2D = Kernel(
    variant=kernel_of,
    counts=max_pool_2d_counts,
    inner=OTHER_TYPES,
    functions=by_dtype("mi_max_pool_2d"),
    lower=lower_pool("mi_max_pool_2d"),
)
