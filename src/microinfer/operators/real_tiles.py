"""The binds of layers of real numbers whose weights are constant, by vectors of output channels.

Each returns None where the portable kernels have to do it: MICROINFER_VECTORS=off, or weights among which
the zeros of padding would show; the bits are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .spec import Array
from .weights import writable
from .window import Axis
from .window_offsets import pixel_offsets, run_offsets

__all__ = ["bind_real_conv_2d", "bind_real_depthwise"]


def _image(
    vertical: Axis, horizontal: Axis, x: Array, pixel: int, direct: bool
) -> tuple[NDArray[Any], int, int, int]:
    """The image, where the input begins in it, elements of a row, and of a batch where it is the input."""
    from ..kernels.lanes import LANES

    inside = vertical.lead == horizontal.lead == 0
    if direct and inside and vertical.extent <= vertical.input and horizontal.extent <= horizontal.input:
        row = horizontal.input * pixel
        return x.reshape(-1), 0, row, vertical.input * row
    row = horizontal.extent * pixel
    image = np.zeros(vertical.extent * row + LANES, np.float32)
    return image, vertical.lead * row + horizontal.lead * pixel, row, 0


def _is_padded(*axes: Axis) -> bool:
    return any(axis.lead > 0 or axis.extent > axis.input for axis in axes)


def bind_real_conv_2d(
    vertical: Axis,
    horizontal: Axis,
    weights: NDArray[Any],
    bias: Array | None,
    bounds: tuple[float, float],
    contracted: bool,
    x: Array,
    y: Array,
) -> Callable[[], None] | None:
    """`weights` [output channels, height, width, channels of a group], x [.., height, width, channels]."""
    from ..kernels._processor import has_vectors

    rows, columns = vertical.useful, horizontal.useful
    taps = weights[:, rows.start : rows.stop, columns.start : columns.stop]
    if not taps.size or not has_vectors():
        return None
    from ..kernels import real_tiles as kernels

    if _is_padded(vertical, horizontal) and not kernels.may_pad(taps, bias, contracted):
        return None
    x = writable(x)
    channels, inputs = weights.shape[0], x.shape[-1]
    groups = inputs // weights.shape[3]
    image, start, row, step = _image(vertical, horizontal, x, inputs, direct=True)
    whole_rows = groups == 1 and horizontal.dilation == 1
    starts = pixel_offsets(vertical, horizontal, row, inputs)
    runs = run_offsets(vertical, horizontal, row, inputs, whole_rows)
    run = taps.shape[3] * (taps.shape[2] if whole_rows else 1)
    kernel, blocks = kernels.conv_2d(len(starts), channels // groups, contracted)
    packed, turns = kernels.pack_weights(taps.reshape(channels, len(runs), run), groups, blocks)
    return kernel.bind(
        x.reshape(-1, vertical.input, horizontal.input * inputs),
        y.reshape(-1, len(starts), channels),
        image,
        packed,
        kernels.padded_row(bias, channels, groups, kernels.LANES * blocks),
        starts,
        np.add.outer(np.arange(groups) * taps.shape[3], runs),
        run,
        turns,
        start,
        row,
        step,
        *bounds,
    )


def bind_real_depthwise(
    vertical: Axis,
    horizontal: Axis,
    weights: NDArray[Any],
    bias: Array | None,
    bounds: tuple[float, float],
    contracted: bool,
    x: Array,
    y: Array,
) -> Callable[[], None] | None:
    """`weights` [height, width, channels], x [.., height, width, channels / depth multiplier]."""
    from ..kernels._processor import has_vectors

    rows, columns = vertical.useful, horizontal.useful
    taps = weights[rows.start : rows.stop, columns.start : columns.stop]
    if not taps.size or not has_vectors():
        return None
    from ..kernels import real_tiles as kernels

    if _is_padded(vertical, horizontal) and not kernels.may_pad(taps, bias, contracted):
        return None
    x = writable(x)
    channels = weights.shape[2]
    multiplier = channels // x.shape[-1]
    direct = multiplier == 1 and channels % kernels.LANES == 0
    image, start, row, step = _image(vertical, horizontal, x, channels, direct)
    starts = pixel_offsets(vertical, horizontal, row, channels)
    flat = taps.reshape(-1, channels)
    packed = np.stack([kernels.padded_row(tap, channels, 1, kernels.LANES) for tap in flat])
    return kernels.depthwise_conv_2d(len(starts), contracted).bind(
        x.reshape(-1, vertical.input, horizontal.input * x.shape[-1]),
        y.reshape(-1, len(starts), channels),
        image,
        packed.reshape(-1),
        kernels.padded_row(bias, channels, 1, kernels.LANES),
        starts,
        run_offsets(vertical, horizontal, row, channels),
        multiplier,
        start,
        row,
        step,
        *bounds,
    )
