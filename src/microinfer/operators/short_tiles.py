"""The binds of layers of int16 data whose weights are constant and whose sums have 64 bits, by vectors.

Each returns None where the portable kernels have to do it: MICROINFER_VECTORS=off, or weights or shifts
beyond what is proven; the bits are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .requantization import Requantization
from .spec import Array
from .weights import writable
from .window import Axis
from .window_offsets import pixel_offsets, run_offsets

__all__ = ["bind_short_conv_2d", "bind_short_depthwise"]


def _fits(taps: NDArray[Any], scaling: Requantization) -> bool:
    from ..kernels._processor import has_vectors

    if not taps.size or not has_vectors():
        return False
    from ..kernels.short_tiles import MOST_SHIFT

    return bool(np.abs(taps.astype(np.int64)).max() <= 128 and (15 - scaling.shifts).max() <= MOST_SHIFT)


def bind_short_conv_2d(
    vertical: Axis,
    horizontal: Axis,
    scaling: Requantization,
    output_zero_point: int,
    weights: NDArray[Any],
    bias: Array | None,
    x: Array,
    y: Array,
) -> Callable[[], None] | None:
    """`weights` [output channels, height, width, channels of a group], x [.., height, width, channels]."""
    rows, columns = vertical.useful, horizontal.useful
    taps = weights[:, rows.start : rows.stop, columns.start : columns.stop]
    if not _fits(taps, scaling):
        return None
    from ..kernels import short_tiles as kernels
    from ..kernels.conv_2d import pack_weights

    x = writable(x)
    channels, inputs = weights.shape[0], x.shape[-1]
    groups = inputs // weights.shape[3]
    row = horizontal.extent * inputs
    whole_rows = groups == 1 and horizontal.dilation == 1
    starts = pixel_offsets(vertical, horizontal, row, inputs)
    runs = run_offsets(vertical, horizontal, row, inputs, whole_rows)
    length = taps.shape[3] * (taps.shape[2] if whole_rows else 1)
    pieces = -(-length // kernels.MOST_TAPS)
    piece = -(-length // pieces)
    piece += piece % 2
    padded = np.zeros((channels, len(runs), pieces * piece), np.int16)
    padded[:, :, :length] = taps.reshape(channels, len(runs), length)
    runs = np.add.outer(runs, np.arange(pieces) * piece).reshape(-1)
    return kernels.conv_2d(len(starts)).bind(
        x.reshape(-1, vertical.input, horizontal.input * inputs),
        y.reshape(-1, len(starts), channels),
        np.zeros(vertical.extent * row + 2 * pieces, np.int16),
        pack_weights(padded.reshape(channels, len(runs), piece), groups),
        kernels.channel_rows(bias, scaling.multipliers, scaling.shifts, groups),
        starts,
        np.add.outer(np.arange(groups) * taps.shape[3], runs),
        piece // 2,
        -(-(channels // groups) // 16),
        vertical.lead * row + horizontal.lead * inputs,
        row,
        output_zero_point,
        scaling.low,
        scaling.high,
    )


def bind_short_depthwise(
    vertical: Axis,
    horizontal: Axis,
    scaling: Requantization,
    weights: NDArray[Any],
    bias: Array | None,
    x: Array,
    y: Array,
) -> Callable[[], None] | None:
    """`weights` [height, width, channels], x [.., height, width, channels / depth multiplier]."""
    rows, columns = vertical.useful, horizontal.useful
    taps = weights[rows.start : rows.stop, columns.start : columns.stop]
    if not _fits(taps, scaling):
        return None
    from ..kernels import short_tiles as kernels
    from ..kernels.lanes import LANES, aligned_zeros

    if len(rows) * len(columns) > kernels.MOST_TAPS:
        return None
    x = writable(x)
    channels = weights.shape[2]
    row = horizontal.extent * channels
    padded = -(-channels // LANES) * LANES
    packed = aligned_zeros((len(rows) * len(columns), padded), np.int16)
    packed[:, :channels] = taps.reshape(-1, channels)
    starts = pixel_offsets(vertical, horizontal, row, channels)
    return kernels.depthwise_conv_2d(len(starts)).bind(
        x.reshape(-1, vertical.input, horizontal.input * x.shape[-1]),
        y.reshape(-1, len(starts), channels),
        np.zeros(vertical.extent * row + LANES, np.int16),
        packed.reshape(-1),
        kernels.channel_rows(bias, scaling.multipliers, scaling.shifts),
        starts,
        run_offsets(vertical, horizontal, row, channels),
        channels // x.shape[-1],
        vertical.lead * row + horizontal.lead * channels,
        row,
        padded,
        scaling.low,
        scaling.high,
    )
