"""Convolutions in float32 by vectors of 16 output channels: each lane adds in the order of TFLM's loops.

As in `conv_2d`, a window is a handful of contiguous runs of an image, here of the input as it is or, where
there is padding, of a copy with zeros around it. A zero that is added changes no sum, as long as no weight is
infinite or no number: sums begin with +0. Of contracted sums one may underflow to -0, which a zero may turn
into +0; a bias that is -0, and no other, tells them apart. `may_pad` says whether that can happen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._helpers import Native
from ._jit import Kernel, Run, kernel
from .data_movement import copy
from .lanes import LANES, aligned_zeros

__all__ = [
    "LANES",
    "SHAPES",
    "conv_2d",
    "depthwise_conv_2d",
    "may_pad",
    "pack_weights",
    "padded_row",
    "products_of_reals",
]

SHAPES = ((4, 2), (4, 1), (1, 4))
"""Pixels and blocks of 16 channels that are summed together."""

PIXELS = 4


def _conv_2d(pixels: int, blocks: int, fused: bool) -> Kernel:
    tile = Native("_real_tiles", "convolve", (pixels, blocks, fused))
    size = LANES * blocks

    def conv_2d(
        x: Any, y: Any, image: Any, weights: Any, bias: Any, starts: Any, runs: Any,
        taps: Any, turns: Any, start: Any, row: Any, step: Any, low: Any, high: Any,
    ) -> None:  # fmt: skip
        """x [batch, height, width x channels] to y [batch, pixels, output channels].

        The image has rows of `row` elements, and the input's first lies at `start`; where `step` is not 0, it
        is the input itself, of so many elements a batch. `starts` and `runs` are offsets into it: of each
        output pixel's window, and, group by group, of each run within one, which has so many `taps`.
        """
        depth = y.shape[2]
        each = depth // runs.shape[0]
        weight = runs.shape[1] * taps * size
        last = len(starts) - pixels
        for batch in range(x.shape[0]):
            source, target = x[batch], y[batch]
            if step == 0:
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
                            image, batch * step, weights, turn * weight, bias, turn * size, target, starts,
                            min(p, last), here, taps, depth, g * each + n * size, each - n * size, low, high,
                        )  # fmt: skip

    conv_2d.__name__ = f"conv_2d_{pixels}_{blocks}" + ("_fused" if fused else "")
    return kernel(
        "void(float32[:,:,::1], float32[:,:,::1], float32[::1], float32[::1], float32[::1], int64[::1],"
        "int64[:,::1], int64, int64, int64, int64, int64, float32, float32)"
    )(conv_2d)


def _depthwise_conv_2d(pixels: int, fused: bool) -> Kernel:
    tile = Native("_real_tiles", "depthwise", (pixels, fused))

    def depthwise_conv_2d(
        x: Any, y: Any, image: Any, weights: Any, bias: Any, starts: Any, taps: Any,
        multiplier: Any, start: Any, row: Any, step: Any, low: Any, high: Any,
    ) -> None:  # fmt: skip
        """x [batch, height, width x channels] to y [batch, pixels, output channels]; the image as above, each
        channel in it `multiplier` times. `weights` is [taps, whole blocks of 16 channels]."""
        depth = y.shape[2]
        padded = len(bias)
        last = len(starts) - pixels
        for batch in range(x.shape[0]):
            source, target = x[batch], y[batch]
            if step == 0:
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
                        image, batch * step, weights, bias, channel, target, starts, min(p, last), taps,
                        depth, padded, low, high,
                    )  # fmt: skip

    depthwise_conv_2d.__name__ = f"depthwise_conv_2d_{pixels}" + ("_fused" if fused else "")
    return kernel(
        "void(float32[:,:,::1], float32[:,:,::1], float32[::1], float32[::1], float32[::1], int64[::1],"
        "int64[::1], int64, int64, int64, int64, float32, float32)"
    )(depthwise_conv_2d)


_convs = {(*shape, fused): _conv_2d(*shape, fused) for shape in SHAPES for fused in (False, True)}
_depthwise = {
    (pixels, fused): _depthwise_conv_2d(pixels, fused) for pixels in (PIXELS, 1) for fused in (False, True)
}


def conv_2d(pixels: int, channels: int, fused: bool) -> tuple[Kernel, int]:
    """The kernel for so many pixels by so many channels of a group, and its blocks."""
    shape = SHAPES[2] if pixels < PIXELS else SHAPES[0 if channels > LANES else 1]
    return _convs[(*shape, fused)], shape[1]


def depthwise_conv_2d(pixels: int, fused: bool) -> Kernel:
    """The kernel for so many pixels."""
    return _depthwise[PIXELS if pixels >= PIXELS else 1, fused]


def may_pad(weights: NDArray[Any], bias: NDArray[Any] | None, fused: bool) -> bool:
    """Whether a zero in place of a tap that is left out makes no difference."""
    negative = fused and bias is not None and bool(np.any((bias == 0) & np.signbit(bias)))
    return bool(np.isfinite(weights).all()) and not negative


def pack_weights(weights: NDArray[Any], groups: int, blocks: int) -> tuple[NDArray[np.float32], int]:
    """[output channels, runs, taps] to [groups, turns, runs, taps, blocks, 16], flat, and the turns."""
    channels, runs, taps = weights.shape
    each, size = channels // groups, LANES * blocks
    turns = -(-each // size)
    packed = aligned_zeros((groups, turns, runs, taps, size), np.float32)
    filled = np.zeros((groups, turns * size, runs, taps), np.float32)
    filled[:, :each] = weights.reshape(groups, each, runs, taps)
    packed[:] = filled.reshape(groups, turns, size, runs, taps).transpose(0, 1, 3, 4, 2)
    return packed.reshape(-1), turns


def padded_row(values: NDArray[Any] | None, channels: int, groups: int, size: int) -> NDArray[np.float32]:
    """[channels] with each group padded to whole multiples of `size`, flat; +0 where there are none."""
    each = channels // groups
    made = aligned_zeros((groups, -(-each // size) * size), np.float32)
    if values is not None:
        made[:, :each] = values.reshape(groups, each)
    return made.reshape(-1)


def products_of_reals(
    x1: NDArray[Any],
    x2: NDArray[Any],
    batches: Sequence[NDArray[Any]],
    y: NDArray[Any],
    fused: bool,
) -> list[Run]:
    """Runs of y[b] = x1[batches[0][b]] @ x2[batches[1][b]]: rows are pixels, and the right matrix,
    whose columns are laid in whole vectors each time, the weights of a window of one run. Nothing is empty.

    A bias of -0 changes no sum. x1 [.., rows, depth], x2 [.., depth, columns], y [batches, rows, columns].
    """
    batches_1, batches_2 = batches
    (rows, depth), columns = x1.shape[1:], x2.shape[2]
    tile, blocks = conv_2d(rows, columns, fused)
    size = LANES * blocks
    turns = -(-columns // size)
    starts, runs = np.arange(rows) * depth, np.zeros((1, 1), np.int64)
    bias = np.full(turns * size, -0.0, np.float32)
    packed = aligned_zeros((turns, depth, size), np.float32)
    laid, found = -1, []
    for b in np.argsort(batches_2, kind="stable").tolist():
        if batches_2[b] != laid:
            laid = int(batches_2[b])
            whole = columns - columns % size
            if whole:
                source = x2[laid, :, :whole].reshape(depth, -1, size)
                found.append(copy(source.swapaxes(0, 1), packed[: whole // size]))
            if whole < columns:
                found.append(copy(x2[laid, :, whole:], packed[-1, :, : columns - whole]))
        left = x1[batches_1[b]].reshape(1, 1, -1)
        found.append(
            tile.bind(
                left, y[b].reshape(1, rows, columns), left.reshape(-1), packed.reshape(-1), bias, starts,
                runs, depth, turns, 0, depth, rows * depth, np.float32(-np.inf), np.float32(np.inf),
            )
        )  # fmt: skip
    return found
