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

from . import movement, rearrangement
from .copies import Copies

if TYPE_CHECKING:
    from ...operators.add import BinaryGeometry
    from ...operators.arg_max import ArgMaxGeometry
    from ...operators.average_pool_2d import PoolGeometry
    from ...operators.batch_matmul import BatchMatmulGeometry
    from ...operators.conv_2d import Conv2DGeometry
    from ...operators.depthwise_conv_2d import DepthwiseConv2DGeometry
    from ...operators.fully_connected import FullyConnectedGeometry
    from ...operators.logistic import ActivationGeometry
    from ...operators.mean import ReduceGeometry
    from ...operators.relu import ElementwiseGeometry
    from ...operators.softmax import SoftmaxGeometry
    from ...operators.svdf import SvdfGeometry
    from ...operators.transpose_conv import TransposeConvGeometry
    from ...operators.unidirectional_sequence_lstm import LstmGeometry

__all__ = ["COUNTS", "Counts", "Observed"]

Counts: TypeAlias = dict[str, int]
Observed: TypeAlias = Mapping[str, int]
"""What depends on the data: how many elements took which branch."""


def conv_2d(g: Conv2DGeometry, seen: Observed) -> Counts:
    return {
        **_windows(g, g.output_c, g.filter_c),
        "output_rows": g.batch * g.output_h,
        **seen,
    }


def depthwise_conv_2d(g: DepthwiseConv2DGeometry, seen: Observed) -> Counts:
    pixels = g.batch * g.output_h * g.output_w
    return {
        **_windows(g, g.output_c, 1),
        "output_rows": g.batch * g.output_h,
        "input_channels": pixels * g.input_c,
        **seen,
    }


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
    return {
        "call": 1,
        "rows": g.batch,
        "outputs": g.batch * g.output_depth,
        "macs": g.macs,
        **seen,
    }


def pool_2d(g: PoolGeometry, seen: Observed) -> Counts:
    channels = g.batch * g.channels
    rows = g.vertical.inside
    return {
        "call": 1,
        "output_rows": g.batch * g.output_h,
        "pixels": g.batch * g.output_h * g.output_w,
        "outputs": channels * g.output_h * g.output_w,
        "kernel_rows": channels * g.output_w * rows,
        "taps": channels * rows * g.horizontal.inside,
        **seen,
    }


def softmax(g: SoftmaxGeometry, seen: Observed) -> Counts:
    elements = g.rows * g.depth
    return {"call": 1, "rows": g.rows, "elements": elements, **seen}


def binary(g: BinaryGeometry, seen: Observed) -> Counts:
    from ..variants import broadcasts

    counts = broadcast(g) if broadcasts(g) else {"call": 1, "elements": g.elements}
    return counts | dict(seen)


def broadcast(g: BinaryGeometry) -> Counts:
    """Adjacent dimensions that broadcast alike are fused into one loop; the innermost run is a plain one."""
    loops, innermost = fused_loops(g.shape_1, g.shape_2, g.output_shape)
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
        "first_fixed": g.elements * (innermost[0] == 0),
        "second_fixed": g.elements * (innermost[0] != 0 and innermost[1] == 0),
    }


def fused_loops(
    first: Sequence[int], second: Sequence[int], output: Sequence[int]
) -> tuple[list[int], tuple[int, int, int]]:
    """Extents of the loops that TFLM's broadcast runs, outermost first, and the strides of the innermost."""
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
    return loops[::-1], strides[0] if strides else (1, 1, 1)


def elementwise(g: ElementwiseGeometry, seen: Observed) -> Counts:
    return {"call": 1, "elements": g.elements, **seen}


def absolute(g: ElementwiseGeometry, seen: Observed) -> Counts:
    return {"call": 1, "elements": g.elements, "rescaled": g.elements * g.rescales}


def activation(g: ActivationGeometry, seen: Observed) -> Counts:
    """LOGISTIC and TANH: saturated elements need no exponential."""
    return {"call": 1, "elements": g.elements, **seen}


def reduce(g: ReduceGeometry, seen: Observed) -> Counts:
    """An iterator over all input elements that recomputes its offsets for each of them."""
    elements, rank = prod(g.input_shape), len(g.input_shape)
    compared = sum(g.axes.index(axis) + 1 if axis in g.axes else len(g.axes) for axis in range(rank))
    carries, run = 0, 1
    for extent in g.input_shape[::-1][:-1] if elements else ():
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
        **seen,
    }


def arg_max(g: ArgMaxGeometry, seen: Observed) -> Counts:
    """Each comparison calls through a pointer to a function."""
    outputs = prod(g.input_shape) // max(1, g.input_shape[g.axis])
    return {
        "call": 1,
        "dimensions": len(g.input_shape),
        "outer": prod(g.input_shape[: g.axis]),
        "outputs": outputs,
        "comparisons": prod(g.input_shape) - outputs,
        **seen,
    }


def batch_matmul(g: BatchMatmulGeometry, seen: Observed) -> Counts:
    """Sides that do not lie as the loops want them are transposed first."""
    columns, rows = g.output_shape[-1], g.output_shape[-2]
    batches = prod(g.output_shape[:-2])
    return {
        "call": 1,
        **turned_sides(g),
        "batches": batches,
        "columns": batches * columns,
        "outputs": batches * columns * rows,
        "macs": g.macs,
        **seen,
    }


def turned_sides(g: BatchMatmulGeometry) -> Counts:
    """The transpositions that BATCH_MATMUL does in every run; a constant is turned only once."""
    turned = [
        *([] if g.adj_y or g.constant_2 else [g.shape_2]),
        *([g.shape_1] if g.adj_x else []),
    ]
    return {
        "turned_sides": len(turned),
        "turned_matrices": sum(prod(shape[:-2]) for shape in turned),
        "turned_rows": sum(prod(shape[:-2]) * shape[-1] for shape in turned),
        "turned_elements": sum(prod(shape) for shape in turned),
    }


def transpose_conv(g: TransposeConvGeometry, seen: Observed) -> Counts:
    """Every input element is scattered over the outputs that it reaches, through int32 scratch."""
    vertical, horizontal = g.vertical, g.horizontal
    reached = g.batch * g.input_c * g.output_c
    pixels = g.batch * g.input_h * g.input_w * g.input_c
    outputs = g.batch * g.output_h * g.output_w
    inside = horizontal.inside
    moved = Copies()
    moved.fill(4 * outputs * g.output_c, 0)
    return {
        "call": 1,
        **moved.counts,
        "inputs": pixels,
        "kernel_rows": pixels * g.kernel_h,
        "taps": pixels * g.kernel_h * g.kernel_w,
        "outputs_left": reached * g.input_h * g.kernel_h * horizontal.before,
        "outputs_right": reached * g.input_h * g.kernel_h * horizontal.after,
        "outputs_above": reached * inside * vertical.before,
        "outputs_below": reached * inside * vertical.after,
        "macs": reached * inside * vertical.inside,
        "pixels": outputs,
        "outputs": outputs * g.output_c,
        **seen,
    }


def svdf(g: SvdfGeometry, seen: Observed) -> Counts:
    """The state moves on by one, takes the features in, and is weighed over time."""
    filters = g.batch * g.filters
    wide = 2 if g.state_dtype == "int16" else 1
    return {
        "call": 1,
        "batches": g.batch,
        "moved_bytes": (filters * g.memory - 1) * wide,
        "filters": filters,
        "feature_macs": filters * g.input_size,
        "time_macs": filters * g.memory,
        "units": g.batch * g.units,
        "ranks": filters,
    }


def lstm(g: LstmGeometry, seen: Observed) -> Counts:
    """Four gates a step: two matrix products each, then activations and the cell's update."""
    steps = g.time * (1 if g.time_major else g.batch)
    cells = g.batch * g.time * g.units
    return {
        "call": 1,
        "steps": steps,
        "cells": cells,
        "input_macs": 4 * cells * g.input_size,
        "hidden_macs": 4 * cells * g.units,
    }


COUNTS: Mapping[str, Callable[[Any, Observed], Counts]] = MappingProxyType(
    {
        "ABS": absolute,
        "ADD": binary,
        "ARG_MAX": arg_max,
        "ARG_MIN": arg_max,
        "AVERAGE_POOL_2D": pool_2d,
        "BATCH_MATMUL": batch_matmul,
        "BATCH_TO_SPACE_ND": rearrangement.batch_to_space,
        "BROADCAST_TO": rearrangement.broadcast_to,
        "CAST": rearrangement.cast,
        "CONCATENATION": movement.concatenation,
        "CONV_2D": conv_2d,
        "DEPTHWISE_CONV_2D": depthwise_conv_2d,
        "DEPTH_TO_SPACE": rearrangement.blocks,
        "DEQUANTIZE": elementwise,
        "ELU": elementwise,
        "EQUAL": binary,
        "EXPAND_DIMS": movement.reshape,
        "FILL": rearrangement.fill,
        "FULLY_CONNECTED": fully_connected,
        "GATHER": rearrangement.gather,
        "GREATER": binary,
        "GREATER_EQUAL": binary,
        "HARD_SWISH": elementwise,
        "LEAKY_RELU": elementwise,
        "LESS": binary,
        "LESS_EQUAL": binary,
        "LOGISTIC": activation,
        "MAXIMUM": binary,
        "MAX_POOL_2D": pool_2d,
        "MEAN": reduce,
        "MINIMUM": binary,
        "MUL": binary,
        "NOT_EQUAL": binary,
        "PACK": movement.pack,
        "PAD": movement.pad,
        "PADV2": movement.pad,
        "PRELU": binary,
        "QUANTIZE": elementwise,
        "REDUCE_MAX": reduce,
        "RELU": elementwise,
        "RELU6": elementwise,
        "RESHAPE": movement.reshape,
        "RESIZE_BILINEAR": movement.resize_bilinear,
        "RESIZE_NEAREST_NEIGHBOR": movement.resize_nearest_neighbor,
        "SELECT_V2": rearrangement.select,
        "SHAPE": rearrangement.shape,
        "SLICE": rearrangement.slices,
        "SOFTMAX": softmax,
        "SPACE_TO_BATCH_ND": rearrangement.space_to_batch,
        "SPACE_TO_DEPTH": rearrangement.blocks,
        "SPLIT": movement.split,
        "SPLIT_V": movement.split,
        "SQUEEZE": movement.reshape,
        "STRIDED_SLICE": movement.strided_slice,
        "SUB": binary,
        "SUM": reduce,
        "SVDF": svdf,
        "TANH": activation,
        "TRANSPOSE": movement.transpose,
        "TRANSPOSE_CONV": transpose_conv,
        "UNIDIRECTIONAL_SEQUENCE_LSTM": lstm,
        "UNPACK": movement.pack,
        "ZEROS_LIKE": rearrangement.zeros,
    }
)
"""Operator to its counts. EXPAND_DIMS and SQUEEZE copy as RESHAPE does."""
