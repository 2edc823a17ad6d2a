"""How often each loop of TFLM's reference kernels runs that move data: pad, join, slice, turn, resize.

One function an operator, as in `reference`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

from .copies import copy_work

if TYPE_CHECKING:
    from ...ops.concatenation import ConcatenationGeometry
    from ...ops.pack import PackGeometry
    from ...ops.pad import PadGeometry
    from ...ops.reshape import ReshapeGeometry
    from ...ops.resize_nearest_neighbor import ResizeGeometry
    from ...ops.split import SplitGeometry
    from ...ops.strided_slice import StridedSliceGeometry
    from ...ops.transpose import TransposeGeometry
    from .reference import Counts, Observed


def pad(g: PadGeometry, seen: Observed) -> Counts:
    """Each output element is tested against both edges of five dimensions, until one rejects it."""
    rank = 5
    fill = rank - len(g.input_shape)
    inside = (1,) * fill + tuple(g.input_shape)
    before, after = (0,) * fill + tuple(g.before), (0,) * fill + tuple(g.after)
    whole = [i + b + a for i, b, a in zip(inside, before, after, strict=True)]
    counts: Counts = {"call": 1, "runs": prod(whole[:4]), "turns": prod(whole[:3]), "elements": prod(whole)}
    left = prod(whole)
    for axis in range(rank):
        rest = prod(inside[:axis]) * prod(whole[axis + 1 :])
        counts[f"tests_before_{axis}"] = left
        counts[f"tests_after_{axis}"] = left - before[axis] * rest
        left -= (before[axis] + after[axis]) * rest
    counts["copied"] = left
    return counts


def copies(outer: int, sizes: Sequence[int], *, gather: bool) -> Counts:
    """`outer` rows; each moves sizes[i] bytes between tensor i and the whole tensor's next place."""
    row, work = sum(sizes), 0
    period = 4
    for start in range(min(outer, period)):
        times = (outer - start + period - 1) // period
        at = start * row
        for size in sizes:
            whole, part = at & 3, (start * size) & 3
            work += times * (copy_work(size, part, whole) if gather else copy_work(size, whole, part))
            at += size
    return {
        "call": 1,
        "tensors": len(sizes),
        "rows": outer,
        "copies": outer * len(sizes),
        "copy_work": work,
        "bytes": outer * row,
    }


def concatenation(g: ConcatenationGeometry, seen: Observed) -> Counts:
    return copies(g.outer, g.copy_bytes, gather=True)


def split(g: SplitGeometry, seen: Observed) -> Counts:
    return copies(g.outer, g.copy_bytes, gather=False)


def reshape(g: ReshapeGeometry, seen: Observed) -> Counts:
    return {"call": 1, "copy_work": copy_work(g.size_bytes, 0, 0)}


def resize_nearest_neighbor(g: ResizeGeometry, seen: Observed) -> Counts:
    """One copy of all channels for each output pixel; positions are found in floating point."""
    size = g.channels * g.item_bytes
    column = Counter(
        (_nearest(x, g.input_w, g.output_w, g) * size & 3, x * size & 3) for x in range(g.output_w)
    )
    row = Counter(
        (_nearest(y, g.input_h, g.output_h, g) * g.input_w * size & 3, y * g.output_w * size & 3)
        for y in range(g.output_h)
    )
    image = Counter(
        (n * g.input_h * g.input_w * size & 3, n * g.output_h * g.output_w * size & 3) for n in range(g.batch)
    )
    rows = g.batch * g.output_h
    pixels = rows * g.output_w
    return {
        "call": 1,
        "output_rows": rows,
        "pixels": pixels,
        "floored_positions": (rows + pixels) * (not g.align_corners),
        "centred_positions": (rows + pixels) * g.half_pixel_centers,
        "copy_work": run_work(size, image, row, column),
    }


def run_work(size: int, *axes: Counter[tuple[int, int]]) -> int:
    """Work of one copy of `size` bytes for each combination of the axes' positions, which are given by
    source and target address modulo 4."""
    found = Counter({(0, 0): 1})
    for axis in axes:
        together: Counter[tuple[int, int]] = Counter()
        for (source, target), times in found.items():
            for (more_source, more_target), more in axis.items():
                together[(source + more_source) & 3, (target + more_target) & 3] += times * more
        found = together
    return sum(times * copy_work(size, source, target) for (source, target), times in found.items())


def _nearest(position: int, size: int, output: int, g: ResizeGeometry) -> int:
    align = g.align_corners and output > 1
    scale = (size - 1) / (output - 1) if align else size / output
    at = (position + (0.5 if g.half_pixel_centers else 0.0)) * scale
    return max(0, min(int(at + 0.5) if g.align_corners else int(at), size - 1))


def resize_bilinear(g: ResizeGeometry, seen: Observed) -> Counts:
    pixels = g.batch * g.output_h * g.output_w
    return {
        "call": 1,
        "output_rows": g.batch * g.output_h,
        "pixels": pixels,
        "elements": pixels * g.channels,
    }


def pack(g: PackGeometry, seen: Observed) -> Counts:
    """PACK and UNPACK: each tensor's rows in turn, element by element."""
    runs = g.count * g.outer
    return {"call": 1, "tensors": g.count, "rows": runs, "elements": runs * g.inner}


def strided_slice(g: StridedSliceGeometry, seen: Observed) -> Counts:
    """Five nested loops; where the last stride is 1 the innermost is a copy."""
    turns, loops = 0, 1
    for count in (1,) * (5 - len(g.counts)) + g.counts[:-1]:
        loops *= count
        turns += loops
    counts = {"call": 1, "dimensions": len(g.input_shape), "turns": turns, "runs": loops}
    if g.strides and g.strides[-1] != 1:
        return counts | {"elements": prod(g.counts)}
    size = g.counts[-1] if g.counts else 1
    axes = []
    for axis in range(len(g.counts) - 1):
        source = prod(g.input_shape[axis + 1 :]) * g.item_bytes
        target = prod(g.counts[axis + 1 :]) * g.item_bytes
        axes.append(
            Counter(
                ((g.begin[axis] + i * g.strides[axis]) * source & 3, i * target & 3)
                for i in range(g.counts[axis])
            )
        )
    axes.append(Counter({((g.begin[-1] if g.begin else 0) * g.item_bytes & 3, 0): 1}))
    return counts | {"copy_work": run_work(size * g.item_bytes, *axes)}


def transpose(g: TransposeGeometry, seen: Observed) -> Counts:
    """A recursion over the output's dimensions; the last one is a plain loop."""
    output = [g.input_shape[axis] for axis in g.permutation]
    turns, loops = 0, 1
    for count in output[:-1]:
        loops *= count
        turns += loops
    return {
        "call": 1,
        "dimensions": len(output),
        "turns": turns,
        "inner_runs": loops,
        "elements": prod(output),
    }
