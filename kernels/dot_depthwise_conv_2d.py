"""Depthwise convolution by dot products of bytes: 64 neighbouring outputs of a row at once.

In a row of an image of unsigned bytes, neighbours are channels and then the next pixel's, so that a tap is
one offset for the whole row where the window moves by one pixel. Where it moves by more, the pixels of a row
are dealt out, once, to as many planes as it moves. Four taps are interleaved byte by byte, and each lane
sums the four of its output. Weights repeat along the row: after 64 outputs, or as many as it takes until
channels and blocks of 64 begin together.
"""

from __future__ import annotations

from functools import lru_cache
from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._helpers import Native
from ._jit import Kernel, kernel
from ._processor import dot_product_bits
from .dot_products import ELEMENT, ELEMENT_BYTES, ROWS, SUFFIXES, TAPS, lane_order, packed, pair_order
from .lanes import LANES

__all__ = ["BLOCK", "depthwise_conv_2d", "pack_weights", "phases"]

BLOCK = 64
QUARTERS = BLOCK // LANES
WEIGHT_STEP = QUARTERS * LANES * TAPS * ELEMENT_BYTES
ROW_STEP = QUARTERS * ROWS * LANES * 4
_ORDER = (lane_order(QUARTERS) if ELEMENT_BYTES == 1 else pair_order()).reshape(-1)
SPLIT = (8, 16, 32, 64)
"""Channels of which two pixels are dealt out at once."""

copy_unsigned = Native("_copies", "copy_unsigned")
repeat_unsigned = Native("_copies", "repeat_unsigned")
split_unsigned = Native("_copies", "split_unsigned", (SPLIT,))


def _make(form: str) -> Kernel:
    block = Native("_depthwise_tiles", "depthwise", (form,))

    def depthwise_conv_2d(
        x: Any,
        y: Any,
        image: Any,
        weights: Any,
        channels: Any,
        taps: Any,
        pixel: Any,
        stride: Any,
        start: Any,
        row: Any,
        plane: Any,
        lead: Any,
        down: Any,
        repeat: Any,
        shifted: Any,
        pairs: Any,
        multiplier: Any,
        output_zero_point: Any,
        low: Any,
        high: Any,
    ) -> None:
        """x [batch, height, width x channels] to y [batch, output height, output width x channels].

        The image has rows of `row` elements, `stride` planes of `plane`; the input's first row lies at
        `start`, after `lead` pixels of padding, and the next output row's window is `down` on. `taps`
        are offsets within a window, a multiple of `TAPS` of them. Weights repeat after `repeat` blocks; the
        last block of a row may begin earlier where `shifted`. `pairs`: pixels may be split in pairs. Each
        input channel comes `multiplier` times into the image, whose pixels have `pixel` elements.
        """
        size = y.shape[2]
        inputs = pixel // multiplier
        width = x.shape[2] // inputs
        for batch in range(x.shape[0]):
            source, target = x[batch], y[batch]
            for i in range(x.shape[1]):
                here, origin = start + i * row, i * x.shape[2]
                if multiplier > 1:
                    for column in range(width):
                        at = column + lead
                        repeat_unsigned(
                            image, here + at % stride * plane + at // stride * pixel,
                            source, origin + column * inputs, inputs, multiplier,
                        )  # fmt: skip
                elif stride == 1:
                    copy_unsigned(image, here + lead * pixel, source, origin, x.shape[2])
                else:
                    first, last = width, width
                    if pairs != 0:
                        first = lead % 2
                        last = first + (width - first) // 2 * 2
                        place = here + (lead + first) // 2 * pixel
                        split_unsigned(
                            image, place, place + plane, source, origin + first * pixel,
                            (last - first) // 2, pixel,
                        )  # fmt: skip
                    for column in range(width):
                        if column < first or column >= last:
                            at = column + lead
                            copy_unsigned(
                                image, here + at % stride * plane + at // stride * pixel,
                                source, origin + column * pixel, pixel,
                            )  # fmt: skip
            for line in range(y.shape[1]):
                for begin in range(0, size, BLOCK):
                    at = begin
                    if shifted != 0 and begin + BLOCK > size >= BLOCK:
                        at = size - BLOCK
                    phase = at // BLOCK % repeat
                    block(
                        image, line * down + at, taps, weights, phase * (len(taps) // TAPS) * WEIGHT_STEP,
                        channels, phase * ROW_STEP, target, line * size + at, size - at,
                        output_zero_point, low, high,
                    )  # fmt: skip

    depthwise_conv_2d.__name__ += SUFFIXES[form]
    return kernel(
        f"void(int8[:,:,::1], int8[:,:,::1], {ELEMENT}[::1], int8[::1], int32[::1], int64[::1], int64, int64,"
        "int64, int64, int64, int64, int64, int64, int64, int64, int64, int64, int64, int64)"
    )(depthwise_conv_2d)


_kernels = {form: _make(form) for form in (SUFFIXES if dot_product_bits() else ())}


def depthwise_conv_2d(form: str) -> Kernel:
    """The kernel, for this form of requantisation."""
    return _kernels[form]


def phases(channels: int, size: int) -> int:
    """Blocks of 64 of a row of `size` outputs after which weights repeat."""
    return min(channels // gcd(channels, BLOCK), -(-size // BLOCK))


@lru_cache(maxsize=64)
def _channel_order(channels: int, repeat: int) -> NDArray[np.int64]:
    """[repeat, 64]: the channel that each lane holds; to be read alone."""
    order: NDArray[np.int64] = (np.arange(repeat)[:, None] * BLOCK + _ORDER) % channels
    order.flags.writeable = False
    return order


def pack_weights(weights: NDArray[np.int8], repeat: int) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """[taps, channels] to [repeat, groups of taps, 4 x 16 lanes, taps], flat, with the order of channels,
    [repeat, 64]. Taps are padded with zeros."""
    taps, channels = weights.shape
    groups = -(-taps // TAPS)
    order = _channel_order(channels, repeat)
    padded = np.zeros((groups * TAPS, channels), np.int8)
    padded[:taps] = weights
    split = padded[:, order.reshape(-1)].reshape(groups, TAPS, repeat, BLOCK).transpose(2, 0, 3, 1)
    return packed(split), order
