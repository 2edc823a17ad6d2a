"""Convolution as a sum over runs of input that lie contiguous in memory, sixteen output channels at once.

The input, minus its zero point, is widened into an int16 image with the padding around it (so padded
taps add nothing, as in TFLM, which skips them). In that image a window is a handful of contiguous runs:
its rows, or its single taps where it is dilated or grouped. Weights are packed once to match: for each
block of 16 output channels, run after run, two taps by 16 channels. Four pixels share each load of
weights. Fully connected layers over several rows, 1 x 1 convolutions and depthwise convolutions of a
single input channel are the same sum.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._jit import kernel
from .lanes import (
    LANES,
    aligned_zeros,
    load,
    load_pairs,
    multiply_add,
    requantize,
    store_bytes,
    widen,
)

__all__ = ["LANES", "channel_blocks", "channel_table", "conv_2d", "pack_weights"]


@kernel(
    "void(int8[:,:,::1], int8[:,:,::1], int16[::1], int16[::1], int32[::1],"
    "int64[::1], int64[::1], int64[:,::1], int64, int64, int64, int64, int64, int64, int64)"
)
def conv_2d(
    x: Any,
    y: Any,
    image: Any,
    weights: Any,
    channels: Any,
    pixels: Any,
    runs: Any,
    blocks: Any,
    run_length: Any,
    start: Any,
    row: Any,
    input_zero_point: Any,
    output_zero_point: Any,
    low: Any,
    high: Any,
) -> None:
    """x [batch, height, width x channels] to y [batch, pixels, output channels].

    The image has rows of `row` elements, and the input's first lies at `start`. `pixels` and `runs` are
    offsets into it: of each output pixel's window, and of each run within a window. `blocks` holds (first
    output channel, channels, offset of the group's input) a row, and `channels` is a `channel_table`.
    """
    last = len(pixels) - 1
    padded = LANES * len(blocks)
    for batch in range(x.shape[0]):
        for i in range(x.shape[1]):
            source = (batch * x.shape[1] + i) * x.shape[2]
            widen(image, start + i * row, x, source, x.shape[2], input_zero_point)
        for p in range(0, len(pixels), 4):
            p1, p2, p3 = min(p + 1, last), min(p + 2, last), min(p + 3, last)
            for n in range(len(blocks)):
                first, count, group = blocks[n, 0], blocks[n, 1], blocks[n, 2]
                s0, s1, s2, s3 = (
                    pixels[p] + group, pixels[p1] + group, pixels[p2] + group, pixels[p3] + group,
                )  # fmt: skip
                a0 = a1 = a2 = a3 = load(channels, LANES * n)
                w = n * len(runs) * run_length * LANES
                for r in range(len(runs)):
                    for k in range(runs[r], runs[r] + run_length, 2):
                        taps = load_pairs(weights, w)
                        a0 = multiply_add(a0, image, s0 + k, taps)
                        a1 = multiply_add(a1, image, s1 + k, taps)
                        a2 = multiply_add(a2, image, s2 + k, taps)
                        a3 = multiply_add(a3, image, s3 + k, taps)
                        w += 2 * LANES
                scale = load(channels, padded + LANES * n)
                up = load(channels, 2 * padded + LANES * n)
                down = load(channels, 3 * padded + LANES * n)
                at = batch * len(pixels)
                a0 = requantize(a0, scale, up, down, output_zero_point, low, high)
                a1 = requantize(a1, scale, up, down, output_zero_point, low, high)
                a2 = requantize(a2, scale, up, down, output_zero_point, low, high)
                a3 = requantize(a3, scale, up, down, output_zero_point, low, high)
                store_bytes(y, (at + p) * y.shape[2] + first, count, a0)
                store_bytes(y, (at + p1) * y.shape[2] + first, count, a1)
                store_bytes(y, (at + p2) * y.shape[2] + first, count, a2)
                store_bytes(y, (at + p3) * y.shape[2] + first, count, a3)


def channel_table(
    bias: NDArray[np.int32] | None,
    multipliers: NDArray[np.int32],
    shifts: NDArray[np.int32],
    groups: int = 1,
) -> NDArray[np.int32]:
    """Bias, multiplier, left shift and right shift of every output channel, one after the other, int32.

    Each is padded with zeros to whole blocks of 16 channels, group by group.
    """
    each = len(multipliers) // groups
    table = aligned_zeros((4, groups, -(-each // LANES) * LANES), np.int32)
    rows = (0 if bias is None else bias, multipliers, np.maximum(shifts, 0), np.maximum(-shifts, 0))
    for row, values in zip(table, rows, strict=True):
        row[:, :each] = np.broadcast_to(values, (groups * each,)).reshape(groups, each)
    return table.reshape(-1)


def pack_weights(weights: NDArray[np.int16], groups: int = 1, multiple: int = 2) -> NDArray[np.int16]:
    """[output channels, runs, taps] to [blocks of 16 channels, runs, pairs of taps, 16 channels, 2], flat.

    Taps are padded with zeros to a multiple of `multiple`, channels to whole blocks, group by group.
    """
    channels, runs, taps = weights.shape
    each = channels // groups
    blocks, turns = -(-each // LANES), -(-taps // multiple)
    packed = np.zeros((groups, blocks * LANES, runs, turns * multiple), np.int16)
    packed[:, :each, :, :taps] = weights.reshape(groups, each, runs, taps)
    split = packed.reshape(groups * blocks, LANES, runs, turns * multiple // 2, 2)
    arranged = aligned_zeros(packed.size, np.int16)
    arranged.reshape(groups * blocks, runs, turns * multiple // 2, LANES, 2)[:] = split.transpose(
        0, 2, 3, 1, 4
    )
    return arranged


def channel_blocks(channels: int, groups: int, group_inputs: int) -> NDArray[np.int64]:
    """A row for each block of at most 16 output channels: the first, how many, offset of its input."""
    each = channels // groups
    rows = [
        (group * each + first, min(LANES, each - first), group * group_inputs)
        for group in range(groups)
        for first in range(0, each, LANES)
    ]
    return np.array(rows, np.int64).reshape(-1, 3)
