"""TRANSPOSE_CONV by the vectors of convolutions: the outputs that lie a stride apart are one of stride 1.

An output row's number, with the pad, is stride x q + phase: the taps phase, phase + stride, .. of the kernel
reach it from the input rows q, q - 1, ..; turned round, these taps are the kernel of a convolution whose
outputs are the phase's rows. Of integers the phases of a row are neighbouring channels of one convolution,
with zeros for taps that a phase has not; of real numbers, which may be infinite, each is one by itself.

Each returns None where the portable kernels have to do it; the bits are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..words.dataclass import dataclass, replace
from .dot_products import bind_conv_2d
from .real_tiles import bind_real_conv_2d
from .requantization import Requantization
from .short_tiles import bind_short_conv_2d
from .spec import Array, Run
from .weights import writable
from .window import Axis
from .window_offsets import pixel_offsets, run_offsets

__all__ = ["bind_phases", "bind_real_phases"]

Layer: TypeAlias = Callable[[Axis, Axis, Requantization, NDArray[Any], Any, Array, Array], "Run | None"]


@dataclass(frozen=True, slots=True)
class Phase:
    """Outputs a stride apart: the first, the taps that reach them, last first, and the axis of both."""

    first: int
    taps: list[int]
    axis: Axis


def _phases(reversed_axis: Axis) -> Iterator[Phase]:
    """Of an axis with input and output exchanged, as the geometry has it."""
    size, stride, pad = reversed_axis.input, reversed_axis.stride, reversed_axis.pad
    for phase in range(stride):
        first = (phase - pad) % stride
        if first < size:
            taps = list(range(phase, reversed_axis.kernel, stride))[::-1]
            outputs = len(range(first, size, stride))
            before = len(taps) - 1 - (first + pad) // stride
            yield Phase(first, taps, Axis(reversed_axis.output, outputs, len(taps), 1, 1, before))


def _joined(reversed_axis: Axis, weights: NDArray[Any]) -> tuple[Axis, NDArray[Any]]:
    """The axis of all phases of a row, and weights [outputs, height, width, inputs] with phases in front."""
    size, stride, pad = reversed_axis.input, reversed_axis.stride, reversed_axis.pad
    outputs, height, width, inputs = weights.shape
    count = -(-width // stride)
    padded = np.zeros((outputs, height, count * stride, inputs), weights.dtype)
    padded[:, :, :width] = weights
    split = padded.reshape(outputs, height, count, stride, inputs)[:, :, ::-1]
    made = np.ascontiguousarray(split.transpose(3, 0, 1, 2, 4)).reshape(-1, height, count, inputs)
    first = pad // stride
    pixels = (size - 1 + pad) // stride - first + 1
    return Axis(reversed_axis.output, pixels, count, 1, 1, count - 1 - first), made


def _bind_pairs(
    vertical: Axis,
    horizontal: Axis,
    scaling: Requantization,
    weights: NDArray[Any],
    bias: Array | None,
    x: Array,
    y: Array,
) -> Run | None:
    """`bind_conv_2d`, or, where the processor sums no products of bytes, the same by those of int16."""
    from ..kernels import conv_2d as kernels
    from ..kernels._processor import has_vectors

    fast = bind_conv_2d(vertical, horizontal, scaling, weights, bias, x, y)
    rows, columns = vertical.useful, horizontal.useful
    taps = weights[:, rows.start : rows.stop, columns.start : columns.stop].astype(np.int16)
    if fast is not None or not taps.size or not has_vectors():
        return fast
    channels, inputs = len(weights), weights.shape[3]
    row, run = horizontal.extent * inputs, len(columns) * inputs
    return kernels.conv_2d.bind(
        writable(x).reshape(-1, vertical.input, horizontal.input * inputs),
        y.reshape(-1, vertical.output * horizontal.output, channels),
        np.zeros(vertical.extent * row + 1, np.int16),
        kernels.pack_weights(taps.reshape(channels, len(rows), run)),
        kernels.channel_table(bias, scaling.multipliers, scaling.shifts),
        pixel_offsets(vertical, horizontal, row, inputs),
        run_offsets(vertical, horizontal, row, inputs, whole_rows=True),
        kernels.channel_blocks(channels, 1, inputs),
        run + run % 2,
        vertical.lead * row + horizontal.lead * inputs,
        row,
        scaling.input_zero_point,
        scaling.output_zero_point,
        scaling.low,
        scaling.high,
    )


def _integers(dtype: Any) -> Layer:
    if dtype == np.int8:
        return _bind_pairs
    return lambda vertical, horizontal, scaling, weights, bias, x, y: bind_short_conv_2d(
        vertical, horizontal, scaling, 0, weights, bias, x, y
    )


def bind_phases(
    vertical: Axis,
    horizontal: Axis,
    scaling: Requantization,
    weights: NDArray[Any],
    bias: Array | None,
    x: Array,
    y: Array,
) -> Run | None:
    """Of int8 or int16 data, `weights` [output channels, height, width, channels], x and y [batch, height,
    width, channels]; the axes have input and output exchanged."""
    from ..kernels.data_movement import copy, in_turn

    batch, _, width, channels = y.shape
    stride = horizontal.stride
    across, joined = _joined(horizontal, weights)
    scaling = replace(
        scaling, multipliers=np.tile(scaling.multipliers, stride), shifts=np.tile(scaling.shifts, stride)
    )
    bias = None if bias is None else np.tile(bias, stride)
    lead = horizontal.pad % stride * channels
    whole = across.output * stride == width
    layer, runs = _integers(x.dtype), []
    for phase in _phases(vertical):
        taps = joined[:, phase.taps] if phase.taps else np.zeros_like(joined[:, :1])
        down = phase.axis if phase.taps else replace(phase.axis, kernel=1, pad=0)
        direct = whole and vertical.stride == 1
        shape = batch, down.output, across.output, stride * channels
        made = y.reshape(shape) if direct else np.empty(shape, y.dtype)
        run = layer(down, across, scaling, taps, bias, x, made)
        if run is None:
            return None
        runs.append(run)
        if not direct:
            rows = made.reshape(batch, down.output, -1)[..., lead : lead + width * channels]
            target = y.reshape(batch, -1, width * channels)[:, phase.first :: vertical.stride]
            runs.append(copy(rows, target))
    return in_turn(runs)


def bind_real_phases(
    vertical: Axis,
    horizontal: Axis,
    weights: NDArray[Any],
    bias: Array | None,
    bounds: tuple[float, float],
    contracted: bool,
    x: Array,
    y: Array,
) -> Run | None:
    """Of float32, as `bind_phases`: every sum has the order of TRANSPOSE_CONV's loops."""
    from ..kernels.data_movement import copy, in_turn

    runs = []
    for down in _phases(vertical):
        for across in _phases(horizontal):
            if not (down.taps and across.taps):
                return None
            target = y[:, down.first :: vertical.stride, across.first :: horizontal.stride]
            made = target if target.flags.c_contiguous else np.empty(target.shape, y.dtype)
            taps = np.ascontiguousarray(weights[:, down.taps][:, :, across.taps])
            run = bind_real_conv_2d(down.axis, across.axis, taps, bias, bounds, contracted, x, made)
            if run is None:
                return None
            runs.append(run)
            if made is not target:
                runs.append(copy(made, target))
    return in_turn(runs)
