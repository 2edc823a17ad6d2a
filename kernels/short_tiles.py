"""Convolutions of int16 data whose sums have 64 bits, by vectors of 16 output channels.

As in `conv_2d`, a window is a handful of contiguous runs of a padded image. The sum of a run fits 32 bits, as
long as it has at most `MOST_TAPS` taps of eight bits; longer ones are several. Factors have 16 bits and are
rounded once, as in `int16_layers`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._helpers import Native
from ._jit import Kernel, kernel
from .lanes import LANES, aligned_zeros

__all__ = ["MOST_SHIFT", "MOST_TAPS", "channel_rows", "conv_2d", "depthwise_conv_2d"]

MOST_TAPS = 508
"""128 x 2^15 x so many are below 2^31."""

MOST_SHIFT = 62
"""Of a product of 64 bits."""

PIXELS = 4


def _conv_2d(pixels: int) -> Kernel:
    tile = Native("_short_tiles", "convolve", (pixels,))

    def conv_2d(
        x: Any, y: Any, image: Any, weights: Any, table: Any, starts: Any, runs: Any,
        pairs: Any, turns: Any, start: Any, row: Any, zero_point: Any, low: Any, high: Any,
    ) -> None:  # fmt: skip
        """x [batch, height, width x channels] to y [batch, pixels, output channels].

        The image has rows of `row` elements, and the input's first lies at `start`. `starts` and `runs` are
        offsets into it: of each output pixel's window, and, group by group, of each run within one, which has
        so many `pairs` of taps.
        """
        depth = y.shape[2]
        each = depth // runs.shape[0]
        weight = runs.shape[1] * pairs * 2 * LANES
        last = len(starts) - pixels
        for batch in range(x.shape[0]):
            source, target = x[batch], y[batch]
            for i in range(x.shape[1]):
                at = start + i * row
                for k in range(x.shape[2]):
                    image[at + k] = source[i, k]
            for p in range(0, len(starts), pixels):
                for g in range(runs.shape[0]):
                    here = runs[g]
                    for n in range(turns):
                        turn = g * turns + n
                        tile(
                            image, weights, turn * weight, table, turn * 3 * LANES, target, starts,
                            min(p, last), here, pairs, depth, g * each + n * LANES, each - n * LANES,
                            zero_point, low, high,
                        )  # fmt: skip

    conv_2d.__name__ = f"conv_2d_{pixels}"
    return kernel(
        "void(int16[:,:,::1], int16[:,:,::1], int16[::1], int16[::1], int64[::1], int64[::1], int64[:,::1],"
        "int64, int64, int64, int64, int64, int64, int64)"
    )(conv_2d)


def _depthwise_conv_2d(pixels: int) -> Kernel:
    tile = Native("_short_tiles", "depthwise", (pixels,))

    def depthwise_conv_2d(
        x: Any, y: Any, image: Any, weights: Any, table: Any, starts: Any, taps: Any,
        multiplier: Any, start: Any, row: Any, padded: Any, low: Any, high: Any,
    ) -> None:  # fmt: skip
        """x [batch, height, width x channels] to y [batch, pixels, output channels]; the image as above, each
        channel in it `multiplier` times. `weights` is [taps, `padded`: whole blocks of 16 channels]."""
        depth = y.shape[2]
        last = len(starts) - pixels
        for batch in range(x.shape[0]):
            source, target = x[batch], y[batch]
            for i in range(x.shape[1]):
                at = start + i * row
                if multiplier == 1:
                    for k in range(x.shape[2]):
                        image[at + k] = source[i, k]
                else:
                    for k in range(x.shape[2]):
                        for m in range(multiplier):
                            image[at + k * multiplier + m] = source[i, k]
            for p in range(0, len(starts), pixels):
                for channel in range(0, padded, LANES):
                    tile(
                        image, weights, table, channel, target, starts, min(p, last), taps, depth, padded,
                        low, high,
                    )  # fmt: skip

    depthwise_conv_2d.__name__ = f"depthwise_conv_2d_{pixels}"
    return kernel(
        "void(int16[:,:,::1], int16[:,:,::1], int16[::1], int16[::1], int64[::1], int64[::1], int64[::1],"
        "int64, int64, int64, int64, int64, int64)"
    )(depthwise_conv_2d)


_convs = {pixels: _conv_2d(pixels) for pixels in (PIXELS, 1)}
_depthwise = {pixels: _depthwise_conv_2d(pixels) for pixels in (PIXELS, 1)}


def conv_2d(pixels: int) -> Kernel:
    """The kernel for so many pixels."""
    return _convs[PIXELS if pixels >= PIXELS else 1]


def depthwise_conv_2d(pixels: int) -> Kernel:
    """The kernel for so many pixels."""
    return _depthwise[PIXELS if pixels >= PIXELS else 1]


def channel_rows(
    bias: NDArray[Any] | None, multipliers: NDArray[Any], shifts: NDArray[Any], groups: int = 1
) -> NDArray[np.int64]:
    """Bias, factor and shift of each block of 16 channels, [blocks, 3, 16], flat, padded group by group."""
    channels = len(multipliers)
    each = channels // groups
    blocks = -(-each // LANES)
    wide = multipliers.astype(np.int64)
    factors = np.where(wide < 0x7FFF0000, (wide + (1 << 15)) >> 16, 0x7FFF)
    given = np.zeros(channels, np.int64) if bias is None else bias.reshape(-1).astype(np.int64)
    table = aligned_zeros((groups, blocks, 3, LANES), np.int64)
    table[:, :, 2] = 1
    for row, values in enumerate((given, factors, 15 - shifts.astype(np.int64))):
        padded = np.full((groups, blocks * LANES), 1 if row == 2 else 0, np.int64)
        padded[:, :each] = values.reshape(groups, each)
        table[:, :, row] = padded.reshape(groups, blocks, LANES)
    return table.reshape(-1)
