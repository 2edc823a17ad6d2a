"""Convolution by dot products of bytes: tiles of several pixels by several blocks of 16 channels.

As in `conv_2d`, a window is a handful of contiguous runs of a padded image, here of unsigned bytes; fully
connected layers are convolutions over a row of single pixels. A tile keeps its sums in registers while it
goes over all runs, so the shapes of tiles differ with the width of vectors, and which shape a layer gets
follows from its pixels and channels. There is a kernel for each shape.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._helpers import Native
from ._jit import Kernel, kernel
from ._processor import dot_product_bits
from .dot_products import ROWS, lane_order
from .lanes import LANES, aligned_zeros

__all__ = ["conv_2d", "pack_weights", "tile_shape"]

TAPS = 4
"""Bytes that are multiplied and summed in one lane."""

SHAPES: dict[int, dict[int, tuple[int, ...]]] = {
    512: {4: (6, 5, 4, 3, 1), 2: (8, 6, 4, 2, 1), 1: (12, 8, 4, 1)},
    256: {4: (1,), 2: (3, 1), 1: (6, 4, 1)},
}
"""By bits of a vector and blocks of a tile: the pixels that tiles of exact layers may have."""

ROW_BYTES = ROWS * LANES * 4
"""Of the table of channels, for a block of 16."""

WIDE_SHAPES = (4, 3, 1)
"""Of these, the ones that requantise every sum; few layers need it."""

copy_unsigned = Native("_tiles", "copy_unsigned")


def _shapes(blocks: int, narrow: bool) -> tuple[int, ...]:
    found = SHAPES[dot_product_bits()][blocks]
    return found if narrow else tuple(pixels for pixels in found if pixels in WIDE_SHAPES)


def tile_shape(pixels: int, channels: int, narrow: bool) -> tuple[int, int]:
    """Pixels and blocks of 16 channels of the tiles that take least time: all lanes busy, few loads."""
    all_blocks = -(-channels // LANES)
    best = (np.inf, 1, 1)
    for blocks in SHAPES[dot_product_bits()]:
        for tile in _shapes(blocks, narrow):
            if tile > pixels:
                continue
            # two multiplications, or two loads, a turn; sums of one tile wait four turns for themselves
            turn = max(tile * blocks / 2, (tile + blocks) / 2, 2.5 if tile == 1 else 4.0)
            turns = -(-pixels // tile) * -(-all_blocks // blocks)
            best = min(best, (turns * (turn + 0.25), tile, blocks))
    return best[1], best[2]


def _make(pixels: int, blocks: int, narrow: bool) -> Kernel:
    tile = Native("_tiles", "convolve", (pixels, blocks, not narrow))
    weight_step = LANES * TAPS * blocks
    row_step = ROW_BYTES * blocks
    size = LANES * blocks

    def conv_2d(
        x: Any,
        y: Any,
        image: Any,
        weights: Any,
        channels: Any,
        starts: Any,
        runs: Any,
        groups: Any,
        turns: Any,
        start: Any,
        row: Any,
        output_zero_point: Any,
        low: Any,
        high: Any,
    ) -> None:
        """x [batch, height, width x channels] to y [batch, pixels, output channels].

        The image has rows of `row` bytes, and the input's first lies at `start`. `starts` and `runs` are
        offsets into it: of each output pixel's window, and of each run within a window, which has
        `groups` x 4 taps. Output channels are done in `turns`.
        """
        depth = y.shape[2]
        weight = len(runs) * groups * weight_step
        last = len(starts) - pixels
        for batch in range(x.shape[0]):
            source, target = x[batch], y[batch]
            for i in range(x.shape[1]):
                copy_unsigned(image, start + i * row, source, i * x.shape[2], x.shape[2])
            for p in range(0, len(starts), pixels):
                for n in range(turns):
                    tile(
                        image, weights, channels, target, starts, min(p, last), runs, groups, n * weight,
                        n * row_step, depth, n * size, depth - n * size, output_zero_point, low, high,
                    )  # fmt: skip

    conv_2d.__name__ = f"conv_2d_{pixels}_{blocks}" + ("" if narrow else "_wide")
    return kernel(
        "void(int8[:,:,::1], int8[:,:,::1], uint8[::1], int8[::1], int32[::1], int64[::1], int64[::1],"
        "int64, int64, int64, int64, int64, int64, int64)"
    )(conv_2d)


_kernels = {
    (pixels, blocks, narrow): _make(pixels, blocks, narrow)
    for blocks in (SHAPES[dot_product_bits()] if dot_product_bits() else ())
    for narrow in (True, False)
    for pixels in _shapes(blocks, narrow)
}


@cache
def conv_2d(pixels: int, blocks: int, narrow: bool) -> Kernel:
    """The kernel for tiles of this shape, see `tile_shape`."""
    return _kernels[pixels, blocks, narrow]


def pack_weights(weights: NDArray[np.int8], blocks: int) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """[output channels, runs, taps] to [turns, runs, groups of 4 taps, blocks, 16 channels, 4], flat.

    Also returned is the order of channels, [turns, blocks, 16], -1 where there is none; taps are padded with
    zeros.
    """
    channels, runs, taps = weights.shape
    turns, groups = -(-channels // (LANES * blocks)), -(-taps // TAPS)
    order = np.arange(turns)[:, None, None] * LANES * blocks + lane_order(blocks)
    order = np.where(order < channels, order, -1)
    padded = np.zeros((turns * blocks * LANES, runs, groups * TAPS), np.int8)
    present = order.reshape(-1) >= 0
    padded[present, :, :taps] = weights[order.reshape(-1)[present]]
    split = padded.reshape(turns, blocks, LANES, runs, groups, TAPS).transpose(0, 3, 4, 1, 2, 5)
    packed = aligned_zeros(split.shape, np.int8)
    packed[:] = split
    return packed.reshape(-1), order
