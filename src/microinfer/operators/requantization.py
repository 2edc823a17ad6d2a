"""What makes the outputs of a layer of its sums."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import Reason
from ..model.tables import Tensor
from ..words.dataclass import dataclass
from ..words.printing import counted
from .quantization import activation_range, channel_multipliers
from .spec import Node


@dataclass(frozen=True, slots=True, eq=False)
class Requantization:
    """From int32 sums to int8: multipliers and shifts, int32 [output channels], zero points, clamp."""

    input_zero_point: int
    output_zero_point: int
    low: int
    high: int
    multipliers: NDArray[np.int32]
    shifts: NDArray[np.int32]


def expect_channel_scales(node: Node, weights: Tensor, channels: int) -> None:
    """One scale, or one an output channel along the dimension that the file names, as TFLM demands."""
    quantization = weights.quantization
    assert quantization is not None
    if quantization.per_channel:
        dimension = quantization.quantized_dimension
        length = weights.shape[dimension] if 0 <= dimension < len(weights.shape) else None
        if not len(quantization.scale) == length == channels:
            node.fail(
                f"inputs[1] ({weights.name!r}) has {counted(len(quantization.scale), 'scale')} "
                f"along dimension "
                f"{dimension} of {list(weights.shape)}, expected 1, or {channels}, one an output channel",
                Reason.CHANNEL_SCALES,
            )


def per_channel_requantization(
    node: Node, source: Tensor, weights: Tensor, target: Tensor, channels: int
) -> Requantization:
    """That of the convolutions, whose weights have one scale or one an output channel, zero point 0."""
    expect_channel_scales(node, weights, channels)
    place = node.operator.place
    low, high = activation_range(node.options["fused_activation_function"], target, place)
    multipliers, shifts = channel_multipliers(source, weights, target, channels, place)
    return Requantization(source.zero_point, target.zero_point, low, high, multipliers, shifts)
