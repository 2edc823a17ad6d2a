"""Sums of bytes times signed ones, four at a time: what is arranged for them beforehand.

On x86 an activation x becomes the unsigned byte x + 128, and what that and the input's zero point add to a
sum, (128 + zero point) x all weights of the channel, is taken from its bias: modulo 2^32, as sums wrap,
nothing changes. On Arm, whose bytes are signed, x stays what it is, and 0 is in the place of 128. Padding
holds zero point + 128, so that its taps add nothing, as in TFLM, which skips them. Sums are packed to bytes
within 128 bits at a time; the channels of a lane are chosen so that bytes come out in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._processor import byte_products
from .lanes import LANES, aligned_zeros

__all__ = [
    "ELEMENT",
    "ELEMENT_BYTES",
    "NARROW",
    "REAL",
    "ROWS",
    "SLACK",
    "SUFFIXES",
    "TAPS",
    "UNSIGNED",
    "WIDE",
    "bias_of_unsigned",
    "channel_rows",
    "image",
    "is_narrow",
    "lane_order",
    "largest_sums",
    "packed",
    "pair_order",
]

ROWS = 5
"""Rows of 16 int32 that a block of 16 channels has: bias, even and odd multipliers, two for the shift. In
`REAL` form bias, scale and nudge, the last two as bits of float32."""

NARROW, WIDE, REAL = "narrow", "wide", "real"
"""Forms of requantisation: of sums below 2^30 that are shifted to the right; of all; of sums for which a
multiplication of real numbers has been proven to give the same, see `real_scales`."""

SUFFIXES = {NARROW: "", WIDE: "_wide", REAL: "_real"}
"""Of the names of kernels."""

SLACK = 64
"""Elements behind an image that are read, and count for nothing."""

_WAY = byte_products()

UNSIGNED = 0 if _WAY is not None and _WAY.signed else 128
"""What is added to an activation: nothing where the processor multiplies signed numbers by signed ones."""

ELEMENT_BYTES = 1 if _WAY is None else _WAY.element_bytes
"""Of an activation in an image, and of a weight."""

ELEMENT = "uint8" if ELEMENT_BYTES == 1 else "int16"
"""Of an image."""

WEIGHT = np.int8 if ELEMENT_BYTES == 1 else np.int16

TAPS = 4 // ELEMENT_BYTES
"""That are multiplied and summed in one lane."""

PACKED = 4
"""Blocks of sums of which one vector of bytes is made."""


def image(size: int, input_zero_point: int) -> NDArray[Any]:
    """`size` elements that all are padding, and what may be read behind them."""
    made = aligned_zeros(size + SLACK, ELEMENT)
    made[:] = input_zero_point if ELEMENT == "int16" else (input_zero_point + UNSIGNED) & 0xFF
    return made


def packed(weights: NDArray[Any]) -> NDArray[np.int8]:
    """Weights in this order, as they lie in memory."""
    made = aligned_zeros(weights.shape, WEIGHT)
    made[:] = weights
    return made.reshape(-1).view(np.int8)


def bias_of_unsigned(
    weights: NDArray[Any], bias: NDArray[Any] | None, input_zero_point: int
) -> NDArray[np.int64]:
    """[channels]: the bias of a sum over an image's elements; `weights` [channels, taps]."""
    given = np.zeros(len(weights), np.int64) if bias is None else bias.reshape(-1).astype(np.int64)
    moved: NDArray[np.int64] = given - (UNSIGNED + input_zero_point) * weights.astype(np.int64).sum(1)
    return moved.astype(np.int32).astype(np.int64, copy=False)


def largest_sums(weights: NDArray[Any], bias: NDArray[Any] | None) -> NDArray[np.int64]:
    """[channels]: no input makes a sum of more, of either sign. `weights` [channels, taps]."""
    most: NDArray[np.int64] = np.abs(weights.astype(np.int64)).sum(1) * 255
    return most if bias is None else most + np.abs(bias.reshape(-1).astype(np.int64))


def is_narrow(
    weights: NDArray[Any],
    bias: NDArray[Any] | None,
    multipliers: NDArray[np.int32],
    shifts: NDArray[np.int32],
) -> bool:
    """Whether no input makes a sum of 2^30, or a shift other than to the right: `requantize_narrow` is then
    exact. `weights` [channels, taps]."""
    most = largest_sums(weights, bias)
    idle = multipliers == 0
    return bool(np.all(most < 1 << 30) and np.all((shifts < 0) | idle))


def lane_order(blocks: int) -> NDArray[np.int64]:
    """[blocks, 16]: the channel, of blocks x 16, that each lane of each block holds; four by four blocks."""
    if blocks > PACKED:
        return np.concatenate([lane_order(PACKED), lane_order(blocks - PACKED) + PACKED * LANES])
    block, lane = np.meshgrid(np.arange(blocks), np.arange(LANES), indexing="ij")
    return (lane // 4) * 4 * blocks + 4 * block + lane % 4


def pair_order() -> NDArray[np.int64]:
    """[4, 16]: which of 64 neighbours each lane holds after two vectors of 64 int16 were interleaved within
    128 bits, where vectors have 256."""
    block, lane = np.meshgrid(np.arange(4), np.arange(LANES), indexing="ij")
    return 32 * (lane // 8) + 16 * (block // 2) + 8 * (lane // 4 % 2) + 4 * (block % 2) + lane % 4


def channel_rows(
    order: NDArray[np.int64],
    bias: NDArray[np.int64],
    multipliers: NDArray[np.int32],
    shifts: NDArray[np.int32],
    form: str,
    reals: Sequence[NDArray[np.float32]] = (),
) -> NDArray[np.int32]:
    """The table of channels, flat: `ROWS` rows a block. `order` holds a channel a lane, or -1 for none.
    `reals`: scales and nudges for the form `REAL`."""
    lanes = order.reshape(-1, LANES)
    idle = lanes < 0
    spare = bool(idle.any())

    def pick(values: NDArray[Any]) -> NDArray[np.int32]:
        found: NDArray[np.int32] = values[lanes].astype(np.int32, copy=False)
        if spare:
            found[idle] = 0
        return found

    multiplier, shift = pick(multipliers), pick(shifts)
    odd = np.zeros_like(multiplier)
    odd[:, 0::2] = multiplier[:, 1::2]
    if form == NARROW:
        right = np.where((multiplier == 0) | (shift >= 0), 1, -shift)
        down = (right, 1 << (right.astype(np.int64) - 1))
    else:
        down = (np.maximum(shift, 0), np.maximum(-shift, 0))
    table = aligned_zeros((len(lanes), ROWS, LANES), np.int32)
    rows: tuple[NDArray[Any], ...] = (pick(bias), multiplier, odd, *down)
    if form == REAL:
        rows = (rows[0], *(pick(values.view(np.int32)) for values in reals), *down)
    for row, held in enumerate(rows):
        table[:, row] = held
    return table.reshape(-1)
