"""Convolution by dot products of bytes: tiles of several pixels by several blocks of 16 channels.

As in `conv_2d`, a window is a handful of contiguous runs of a padded image, here of unsigned bytes; fully
connected layers are convolutions over a row of single pixels. A tile keeps its sums in registers while it
goes over all runs, so the shapes of tiles differ with the width of vectors, and which shape a layer gets
follows from its pixels and channels. There is a kernel for each shape.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._helpers import Native
from ._jit import Kernel, kernel
from ._processor import way_of_products
from .dot_products import ELEMENT, ELEMENT_BYTES, NARROW, REAL, ROWS, SUFFIXES, TAPS, WIDE, lane_order, packed
from .lanes import LANES, aligned_zeros

__all__ = ["Tile", "conv_2d", "pack_weights", "tile_shape"]

ROW_BYTES = ROWS * LANES * 4
"""Of the table of channels, for a block of 16."""


class Tile(NamedTuple):
    """Pixels and blocks of 16 channels that are summed together; `deep`: twice as many taps a step."""

    pixels: int
    blocks: int
    deep: bool = False

    @property
    def taps(self) -> int:
        """Of one step."""
        return 2 * TAPS if self.deep else TAPS

    @property
    def parts(self) -> int:
        """Vectors of weights of one step, and of sums of a pixel."""
        return 2 if self.deep else self.blocks


SHAPES: dict[str, tuple[Tile, ...]] = {
    "AVX-512 VNNI": (
        Tile(1, 8),
        *(Tile(pixels, 4) for pixels in (6, 5, 4, 3, 1)),
        *(Tile(pixels, 2) for pixels in (8, 6, 4, 2, 1)),
        *(Tile(pixels, 1) for pixels in (8, 4, 1)),
        *(Tile(pixels, 1, deep=True) for pixels in (8, 4)),
    ),
    "AVX-VNNI": (Tile(1, 4), Tile(3, 2), Tile(1, 2), *(Tile(pixels, 1) for pixels in (6, 4, 1))),
    "AVX2": (Tile(2, 2), Tile(1, 2), *(Tile(pixels, 1) for pixels in (6, 5, 4, 3, 1))),
    "Arm dot products": (
        *(Tile(pixels, 2) for pixels in (3, 2, 1)),
        *(Tile(pixels, 1) for pixels in (6, 4, 1)),
    ),
}
"""By the name of `byte_products`: the tiles of layers whose sums are narrow."""

WIDE_SHAPES = (4, 3, 1)
"""Pixels of the tiles, none of them deep, that requantise every sum; few layers need it."""

copy_unsigned = Native("_copies", "copy_unsigned")


def _shapes(form: str) -> tuple[Tile, ...]:
    found = SHAPES[way_of_products()]
    if form == WIDE:
        return tuple(t for t in found if t.pixels in WIDE_SHAPES and not t.deep)
    return found if form == NARROW else tuple(t for t in found if t.pixels > 1)


def tile_shape(pixels: int, channels: int, runs: int, taps: int, form: str) -> Tile:
    """The tile that takes least time, for windows of so many runs of so many taps.

    Two multiplications, or two loads, take a turn of the processor, and so do two of the dozen operations
    that requantise a vector; a step that is too short waits for its sums.
    """

    def turns(tile: Tile) -> float:
        multiplications = tile.pixels * tile.parts
        step = max(multiplications, tile.pixels + tile.parts, 5 if tile.pixels == 1 else 8) / 2
        steps = runs * -(-taps // tile.taps)
        rest = (2 if form == REAL else 6) * tile.pixels * (tile.blocks + (tile.parts > tile.blocks) / 4) + 20
        tiles = -(-pixels // tile.pixels) * -(-channels // (LANES * tile.blocks))
        return tiles * (steps * (step + 0.25) + rest)

    return min((tile for tile in _shapes(form) if tile.pixels <= pixels), key=turns)


def _make(shape: Tile, form: str) -> Kernel:
    pixels, blocks, deep = shape
    tile = Native("_tiles", "convolve", (pixels, blocks, deep, form))
    weight_step = LANES * TAPS * ELEMENT_BYTES * shape.parts
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
        steps: Any,
        turns: Any,
        start: Any,
        row: Any,
        output_zero_point: Any,
        low: Any,
        high: Any,
    ) -> None:
        """x [batch, height, width x channels] to y [batch, pixels, output channels].

        The image has rows of `row` elements, and the input's first lies at `start`. `starts` and `runs` are
        offsets into it: of each output pixel's window, and, group of channels by group, of each run within a
        window, which has `steps` x `TAPS` taps, or twice as many. Output channels of a group are done in
        `turns`.
        """
        depth = y.shape[2]
        each = depth // runs.shape[0]
        weight = runs.shape[1] * steps * weight_step
        last = len(starts) - pixels
        for batch in range(x.shape[0]):
            source, target = x[batch], y[batch]
            for i in range(x.shape[1]):
                copy_unsigned(image, start + i * row, source, i * x.shape[2], x.shape[2])
            for p in range(0, len(starts), pixels):
                for g in range(runs.shape[0]):
                    here = runs[g]
                    for n in range(turns):
                        turn = g * turns + n
                        tile(
                            image, weights, channels, target, starts, min(p, last), here, steps,
                            turn * weight, turn * row_step, depth, g * each + n * size, each - n * size,
                            output_zero_point, low, high,
                        )  # fmt: skip

    conv_2d.__name__ = f"conv_2d_{pixels}_{blocks}" + ("_deep" if deep else "") + SUFFIXES[form]
    return kernel(
        f"void(int8[:,:,::1], int8[:,:,::1], {ELEMENT}[::1], int8[::1], int32[::1], int64[::1], int64[:,::1],"
        "int64, int64, int64, int64, int64, int64, int64)"
    )(conv_2d)


_kernels = {
    (tile, form): _make(tile, form)
    for form in (SUFFIXES if way_of_products() else ())
    for tile in _shapes(form)
}


def conv_2d(tile: Tile, form: str) -> Kernel:
    """The kernel for these tiles, see `tile_shape`, and this form of requantisation."""
    return _kernels[tile, form]


def pack_weights(
    weights: NDArray[np.int8], tile: Tile, groups: int = 1
) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """[output channels, runs, taps] to [groups x turns, runs, steps, vectors, 16 lanes, taps], flat.

    Also returned is the order of channels, [groups x turns, blocks, 16], -1 where there is none; taps are
    padded with zeros.
    """
    if groups > 1:
        each = len(weights) // groups
        packs = [pack_weights(weights[g * each : (g + 1) * each], tile) for g in range(groups)]
        orders = [np.where(order < 0, -1, order + g * each) for g, (_, order) in enumerate(packs)]
        both = aligned_zeros(sum(made.size for made, _ in packs), np.int8)
        both[:] = np.concatenate([made for made, _ in packs])
        return both, np.concatenate(orders)
    channels, runs, taps = weights.shape
    blocks = tile.blocks
    turns, steps = -(-channels // (LANES * blocks)), -(-taps // tile.taps)
    order = np.arange(turns)[:, None, None] * LANES * blocks + lane_order(blocks)
    order = np.where(order < channels, order, -1)
    padded = np.zeros((turns * blocks * LANES, runs, steps * tile.taps), np.int8)
    present = order.reshape(-1) >= 0
    padded[present, :, :taps] = weights[order.reshape(-1)[present]]
    if tile.deep:
        # of 16 channels, four a lane of 128 bits: two in one vector, two in the other; each has two lanes
        split = padded.reshape(turns, 4, 2, 2, runs, steps, 2, TAPS).transpose(0, 4, 5, 2, 1, 3, 6, 7)
    else:
        split = padded.reshape(turns, blocks, LANES, runs, steps, TAPS).transpose(0, 3, 4, 1, 2, 5)
    return packed(split), order
