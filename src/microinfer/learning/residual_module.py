"""A lite residual that learns beside a frozen layer (TinyTL): the bits of `kernels/lite_residual.c`.

The averages of the layer's input over both sides go through a convolution of 1 x 1, and what it gives is
added to the layer's sums at every pixel, before its activation. Weights are float32 in RAM and are used as
int16 of `FRACTION` bits behind the point, in steps of the layer's own; its bias is the layer's, which learns.
No gradient goes on to the layer's input, so that of a sample the averages are kept and nothing else.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..operators.spec import Array
from .passages import Passage

__all__ = ["FRACTION", "added", "averages_of", "residual_weights", "stepped", "weight_step"]

FRACTION = 8
LARGEST = np.float32(32767)
MOST_CHANNELS = 256
"""So many products of 15 bits and 8 fit 32."""


def residual_weights(one: Passage) -> NDArray[np.float32]:
    """Noughts of [outputs, inputs]: at first the network is as it was.

    Raises:
        InputError: the layer has more channels than a sum takes.
    """
    g = one.window
    if g.input_c > MOST_CHANNELS:
        raise InputError(
            f"{one.step.node.operator.place}: {one.step.name} has {g.input_c} channels, a lite residual "
            f"takes at most {MOST_CHANNELS}; give fewer layers one"
        )
    return np.zeros((g.output_c, g.input_c), np.float32)


def averages_of(one: Passage, source: Array) -> NDArray[np.int16]:
    """Of each channel from its zero point, cut off towards nought."""
    pixels = one.window.input_h * one.window.input_w
    x = source.reshape(pixels, one.window.input_c).astype(np.int32)
    sums = (x - int(one.step.node.input(0).zero_point)).sum(0)
    found: NDArray[np.int16] = (np.sign(sums) * (abs(sums) // pixels)).astype(np.int16)
    return found


def added(weights: NDArray[np.float32], averages: NDArray[np.int16]) -> NDArray[np.int32]:
    """To the sums of each output channel, halves upwards."""
    sums = weights.astype(np.int64) @ averages.astype(np.int64)
    return ((sums + (1 << (FRACTION - 1))) >> FRACTION).astype(np.int32)


def weight_step(one: Passage) -> np.float32:
    """What a step of a bias is multiplied with to be that of a weight whose input is 1."""
    scale = np.float32(one.step.node.input(0).scale)
    return np.float32(scale * scale * np.float32(1 << FRACTION))


def stepped(
    weights: NDArray[np.float32],
    averages: NDArray[np.int16],
    sums: NDArray[np.int32],
    scale: np.float32,
    factors: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Weights down the gradient; `sums` of the gradient over pixels, `factors` as of the biases."""
    factor = scale * factors * sums.astype(np.float32)
    found = weights - factor[:, np.newaxis] * averages.astype(np.float32)
    return np.clip(found, -LARGEST, LARGEST)
