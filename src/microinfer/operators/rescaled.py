"""Operators that end in a rescaling, in numpy, with the rounding as a parameter: what several share.

Everything before the rescaling is exact whole-number arithmetic and the same for every runtime.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..model.tables import Tensor
from .quantization import activation_range, channel_multipliers
from .spec import Array, Compute, Node, Rescale, Rescaled, Whole
from .weights import unpacked

__all__ = [
    "activation_limits",
    "bias_numbers",
    "but_for_int32",
    "centred_numbers",
    "finish",
    "low_32_bits",
    "rescaled_convolution",
    "stored_numbers",
    "whole_sums",
]

FEW_BITS = (1 << 17) - 1
"""Numbers up to this one, times weights of 8 bits, are summed exactly in float64."""


def low_32_bits(x: Any) -> Whole:
    """The low 32 bits as a signed number."""
    made: Whole = ((np.asarray(x, np.int64) + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)
    return made


def stored_numbers(array: Array | None, tensor: Tensor) -> Whole:
    assert array is not None
    made: Whole = unpacked(array, tensor).astype(np.int64)
    return made


def centred_numbers(array: Array | None, tensor: Tensor) -> Whole:
    """Stored numbers less their zero point, as an int32 has it; of several, one a channel, none counts, as in
    TFLM."""
    per_channel = tensor.quantization is not None and tensor.quantization.per_channel
    centred = stored_numbers(array, tensor) - (0 if per_channel else tensor.zero_point)
    return low_32_bits(centred) if abs(tensor.zero_point) > FEW_BITS else centred


def whole_sums(sums: Callable[[Any], Any], x: Whole) -> Whole:
    """`sums` of numbers of 32 bits by way of float64, in two halves where one would not be exact."""
    if not x.size or abs(x).max() <= FEW_BITS:
        made: Whole = np.rint(sums(x.astype(float))).astype(np.int64)
        return made
    low = ((x + (1 << 15)) & 0xFFFF) - (1 << 15)
    return whole_sums(sums, low) + (whole_sums(sums, (x - low) >> 16) << 16)


def bias_numbers(inputs: Sequence[Array | None], position: int) -> Whole | int:
    bias = inputs[position] if position < len(inputs) else None
    return 0 if bias is None else bias.astype(np.int64)


def finish(node: Node, scaled: Whole, low: int, high: int) -> Whole:
    made: Whole = np.clip(low_32_bits(scaled + node.output(0).zero_point), low, high)
    return made


def activation_limits(node: Node) -> tuple[int, int]:
    return activation_range(node.options["fused_activation_function"], node.output(0), node.operator.place)


def rescaled_convolution(
    sums: Callable[..., Any], source: int, bias: int
) -> Callable[[Node, Rescale], Compute]:
    """The three convolutions: where the input and the bias stand among the inputs, and how they sum."""

    def make(node: Node, rescale: Rescale) -> Compute:
        x, weights, target = node.input(source), node.input(1), node.output(0)
        channels = target.shape[-1]
        multipliers, shifts = channel_multipliers(x, weights, target, channels, node.operator.place)
        low, high = activation_limits(node)

        def compute(inputs: Sequence[Array | None]) -> Whole:
            taps = stored_numbers(inputs[1], weights)  # whose zero point TFLM takes to be 0
            total = whole_sums(
                lambda numbers: sums(node, numbers, taps.astype(float)), centred_numbers(inputs[source], x)
            )
            whole = low_32_bits(total + bias_numbers(inputs, bias))
            return finish(node, rescale(whole, multipliers, shifts), low, high)

        return compute

    return make


def but_for_int32(make: Callable[[Node, Rescale], Compute]) -> Rescaled:
    """int32 operands are not rescaled."""

    def checked(node: Node, rescale: Rescale) -> Compute | None:
        if node.output(0).dtype == "int32":
            return None
        return make(node, rescale)

    return checked
