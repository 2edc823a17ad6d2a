"""How often each loop of TFLM's reference kernels runs.

One function an operator: its geometry in, counts by event out. An event is a piece of a loop that
costs the same every time. `call` is the call itself. The loops are those of TFLM 90b983c2; taps in
front of, behind, above and below the input are tested in this order and rejected one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from .copies import copy_work

if TYPE_CHECKING:
    from ...ops.add import BinaryGeometry
    from ...ops.average_pool_2d import PoolGeometry
    from ...ops.concatenation import ConcatenationGeometry
    from ...ops.conv_2d import Conv2DGeometry
    from ...ops.depthwise_conv_2d import DepthwiseConv2DGeometry
    from ...ops.fully_connected import FullyConnectedGeometry
    from ...ops.logistic import ActivationGeometry
    from ...ops.mean import ReduceGeometry
    from ...ops.pack import PackGeometry
    from ...ops.pad import PadGeometry
    from ...ops.relu import ElementwiseGeometry
    from ...ops.reshape import ReshapeGeometry
    from ...ops.resize_nearest_neighbor import ResizeGeometry
    from ...ops.softmax import SoftmaxGeometry
    from ...ops.split import SplitGeometry
    from ...ops.strided_slice import StridedSliceGeometry
    from ...ops.transpose import TransposeGeometry

__all__ = ["COUNTS", "Counts", "Observed"]

Counts: TypeAlias = dict[str, int]
Observed: TypeAlias = Mapping[str, int]
"""What depends on the data: how many elements took which branch."""


def conv_2d(g: Conv2DGeometry, seen: Observed) -> Counts:
    return _windows(g, g.output_c, g.filter_c) | {"output_rows": g.batch * g.output_h}


def depthwise_conv_2d(g: DepthwiseConv2DGeometry, seen: Observed) -> Counts:
    pixels = g.batch * g.output_h * g.output_w
    return _windows(g, g.output_c, 1) | {"input_channels": pixels * g.input_c}


def _windows(g: Conv2DGeometry | DepthwiseConv2DGeometry, channels: int, depth: int) -> Counts:
    vertical, horizontal = g.vertical, g.horizontal
    every = g.batch * channels
    inside = horizontal.inside
    taps = every * vertical.inside * inside
    return {
        "call": 1,
        "pixels": g.batch * g.output_h * g.output_w,
        "outputs": every * g.output_h * g.output_w,
        "kernel_rows": every * g.output_h * g.output_w * g.kernel_h,
        "taps_left": every * g.output_h * g.kernel_h * horizontal.before,
        "taps_right": every * g.output_h * g.kernel_h * horizontal.after,
        "taps_above": every * vertical.before * inside,
        "taps_below": every * vertical.after * inside,
        "taps": taps,
        "macs": taps * depth,
    }


def fully_connected(g: FullyConnectedGeometry, seen: Observed) -> Counts:
    return {"call": 1, "rows": g.batch, "outputs": g.batch * g.output_depth, "macs": g.macs}


def pool_2d(g: PoolGeometry, seen: Observed) -> Counts:
    channels = g.batch * g.channels
    rows = g.vertical.inside
    return {
        "call": 1,
        "pixels": g.batch * g.output_h * g.output_w,
        "outputs": channels * g.output_h * g.output_w,
        "kernel_rows": channels * g.output_w * rows,
        "taps": channels * rows * g.horizontal.inside,
    }


def softmax(g: SoftmaxGeometry, seen: Observed) -> Counts:
    elements = g.rows * g.depth
    return {"call": 1, "rows": g.rows, "elements": elements, "exponentials": seen["exponentials"]}


def binary(g: BinaryGeometry, seen: Observed) -> Counts:
    from ..variants import broadcasts

    if not broadcasts(g):
        return {"call": 1, "elements": g.elements}
    return broadcast(g)


def broadcast(g: BinaryGeometry) -> Counts:
    """Adjacent dimensions that broadcast alike are fused into one loop; the innermost run is a plain one."""
    loops = fused_loops(g.shape_1, g.shape_2, g.output_shape)
    calls, entered = 0, 1
    for extent in loops[:-1]:
        entered *= extent
        calls += entered
    return {
        "call": 1,
        "dimensions": max(len(g.shape_1), len(g.shape_2), len(g.output_shape)),
        "loops": len(loops),
        "loop_turns": calls,
        "inner_runs": entered,
        "elements": g.elements,
    }


def fused_loops(first: Sequence[int], second: Sequence[int], output: Sequence[int]) -> list[int]:
    """Extents of the loops that TFLM's broadcast runs, outermost first."""
    rank = max(len(first), len(second), len(output))
    shapes = [(1,) * (rank - len(shape)) + tuple(shape) for shape in (first, second, output)]
    loops: list[int] = []
    strides: list[tuple[int, int, int]] = []
    run = [1, 1, 1]
    for axis in range(rank - 1, -1, -1):
        extents = [shape[axis] for shape in shapes]
        stride = tuple(
            0 if extent == 1 and extents[2] != 1 else have for extent, have in zip(extents, run, strict=True)
        )
        fuse = bool(strides) and (
            extents[2] == 1
            or all(
                mine == 0 if before == 0 else mine == have
                for mine, have, before in zip(stride, run, strides[-1], strict=True)
            )
        )
        if fuse:
            loops[-1] *= extents[2]
        else:
            loops.append(extents[2])
            strides.append((stride[0], stride[1], stride[2]))
        run = [have * extent for have, extent in zip(run, extents, strict=True)]
    return loops[::-1]


def elementwise(g: ElementwiseGeometry, seen: Observed) -> Counts:
    return {"call": 1, "elements": g.elements}


def rectifier(g: ElementwiseGeometry, seen: Observed) -> Counts:
    """LEAKY_RELU and HARD_SWISH: another branch below zero."""
    return {"call": 1, "elements": g.elements, "negatives": seen["negatives"]}


def activation(g: ActivationGeometry, seen: Observed) -> Counts:
    """LOGISTIC and TANH: saturated elements need no exponential."""
    return {
        "call": 1,
        "elements": g.elements,
        "saturated_high": seen["saturated_high"],
        "exponentials": seen["exponentials"],
        "negative_exponentials": seen["negative_exponentials"],
    }


def reduce(g: ReduceGeometry, seen: Observed) -> Counts:
    """An iterator over all input elements that recomputes its offsets for each of them."""
    elements, rank = prod(g.input_shape), len(g.input_shape)
    compared = sum(g.axes.index(axis) + 1 if axis in g.axes else len(g.axes) for axis in range(rank))
    carries, run = 0, 1
    for extent in g.input_shape[::-1][:-1]:
        run *= extent
        carries += elements // run
    return {
        "call": 1,
        "axes": g.axis_count,
        "outputs": prod(g.output_shape),
        "elements": elements,
        "element_dimensions": elements * rank,
        "element_axes": elements * compared,
        "carries": carries,
    }


def pad(g: PadGeometry, seen: Observed) -> Counts:
    """Each output element is tested against both edges of every dimension, until one rejects it."""
    rank = 5
    fill = rank - len(g.input_shape)
    inside = (1,) * fill + tuple(g.input_shape)
    before, after = (0,) * fill + tuple(g.before), (0,) * fill + tuple(g.after)
    whole = [i + b + a for i, b, a in zip(inside, before, after, strict=True)]
    counts: Counts = {"call": 1}
    loops, kept = 1, 1
    for axis in range(rank):
        rest = prod(whole[axis + 1 :])
        loops *= whole[axis]
        if axis < rank - 1:
            counts["turns"] = counts.get("turns", 0) + loops
        counts["tests"] = counts.get("tests", 0) + 2 * kept * whole[axis] * rest - kept * before[axis] * rest
        kept *= inside[axis]
    counts["elements"] = prod(whole)
    counts["copied"] = kept
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
    """One copy of all channels for each output pixel."""
    size = g.channels * g.item_bytes
    columns = [_nearest(x, g.input_w, g.output_w, g) for x in range(g.output_w)]
    rows = [_nearest(y, g.input_h, g.output_h, g) for y in range(g.output_h)]
    work = 0
    if size % 4 == 0:
        work = g.batch * g.output_h * g.output_w * copy_work(size, 0, 0)
    else:
        classes: dict[tuple[int, int], int] = {}
        for x, column in enumerate(columns):
            key = (column * size) & 3, (x * size) & 3
            classes[key] = classes.get(key, 0) + 1
        for batch in range(g.batch):
            for y, row in enumerate(rows):
                source = (batch * g.input_h + row) * g.input_w * size
                target = (batch * g.output_h + y) * g.output_w * size
                for (s, t), times in classes.items():
                    work += times * copy_work(size, (source + s) & 3, (target + t) & 3)
    return {
        "call": 1,
        "output_rows": g.batch * g.output_h,
        "pixels": g.batch * g.output_h * g.output_w,
        "copy_work": work,
    }


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
    turns, loops = 0, 1
    for count in g.counts[:-1]:
        loops *= count
        turns += loops
    return {
        "call": 1,
        "dimensions": len(g.input_shape),
        "turns": turns,
        "inner_runs": loops,
        "elements": prod(g.counts),
    }


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


COUNTS: Mapping[str, Callable[[Any, Observed], Counts]] = MappingProxyType(
    {
        "ADD": binary,
        "AVERAGE_POOL_2D": pool_2d,
        "CONCATENATION": concatenation,
        "CONV_2D": conv_2d,
        "DEPTHWISE_CONV_2D": depthwise_conv_2d,
        "DEQUANTIZE": elementwise,
        "EXPAND_DIMS": reshape,
        "FULLY_CONNECTED": fully_connected,
        "HARD_SWISH": rectifier,
        "LEAKY_RELU": rectifier,
        "LOGISTIC": activation,
        "MAXIMUM": binary,
        "MAX_POOL_2D": pool_2d,
        "MEAN": reduce,
        "MINIMUM": binary,
        "MUL": binary,
        "PACK": pack,
        "PAD": pad,
        "PADV2": pad,
        "QUANTIZE": elementwise,
        "REDUCE_MAX": reduce,
        "RELU": elementwise,
        "RELU6": elementwise,
        "RESHAPE": reshape,
        "RESIZE_BILINEAR": resize_bilinear,
        "RESIZE_NEAREST_NEIGHBOR": resize_nearest_neighbor,
        "SOFTMAX": softmax,
        "SPLIT": split,
        "SQUEEZE": reshape,
        "STRIDED_SLICE": strided_slice,
        "SUB": binary,
        "SUM": reduce,
        "TANH": activation,
        "TRANSPOSE": transpose,
        "UNPACK": pack,
    }
)
"""Operator to its counts. EXPAND_DIMS and SQUEEZE copy as RESHAPE does."""
