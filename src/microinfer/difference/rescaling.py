"""Operators that end in a rescaling, in numpy, with the rounding as a parameter.

TFLM brings int32 sums to 8 bits by a multiplication with 31 fraction bits and a right shift, and rounds
after each of the two. Other runtimes round once, or multiply in float32. Everything before the rescaling
is exact whole-number arithmetic and the same for all; with `twice` the results are TFLM's to the bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from ..model.tables import Tensor
from ..operators.add import sum_parameters
from ..operators.mean import reduce_tensors
from ..operators.quantization import (
    activation_range,
    channel_multipliers,
    integer_range,
    product_multiplier,
    quantize_multiplier,
)
from ..operators.real_windowed import conv_sums, depthwise_sums, transpose_sums
from ..operators.relu import float_ratio
from ..operators.resolver import OpResolver
from ..operators.spec import Array, Node, Prepared
from ..operators.sub import int32_activation
from ..operators.window import unpacked
from .rounding import Whole, _int32, in_float32, once, twice

__all__ = ["RESCALING_OPERATORS", "Rescale", "in_float32", "once", "resolver", "twice"]

Rescale: TypeAlias = Callable[[Any, Any, Any], Whole]
"""(whole numbers, multipliers, shifts) to numbers x multiplier x 2^(shift - 31), rounded."""

Compute: TypeAlias = Callable[[Sequence[Array | None]], Whole]
"""An operator's inputs as stored to its output as stored."""


def _stored(array: Array | None, tensor: Tensor) -> Whole:
    assert array is not None
    made: Whole = unpacked(array, tensor).astype(np.int64)
    return made


def _centred(array: Array | None, tensor: Tensor) -> Whole:
    """Stored numbers less their zero point; of several, one a channel, none counts, as in TFLM."""
    per_channel = tensor.quantization is not None and tensor.quantization.per_channel
    return _stored(array, tensor) - (0 if per_channel else tensor.zero_point)


def _bias(inputs: Sequence[Array | None], position: int) -> Whole | int:
    bias = inputs[position] if position < len(inputs) else None
    return 0 if bias is None else bias.astype(np.int64)


def _finish(node: Node, scaled: Whole, low: int, high: int) -> Whole:
    made: Whole = np.clip(_int32(scaled + node.output(0).zero_point), low, high)
    return made


def _activation(node: Node) -> tuple[int, int]:
    return activation_range(node.options["fused_activation_function"], node.output(0), node.operator.place)


def _convolution(sums: Callable[..., Any], source: int, bias: int) -> Callable[[Node, Rescale], Compute]:
    """The three convolutions: where the input and the bias stand among the inputs, and how they sum."""

    def make(node: Node, rescale: Rescale) -> Compute:
        x, weights, target = node.input(source), node.input(1), node.output(0)
        channels = target.shape[-1]
        multipliers, shifts = channel_multipliers(x, weights, target, channels, node.operator.place)
        low, high = _activation(node)

        def compute(inputs: Sequence[Array | None]) -> Whole:
            taps = _stored(inputs[1], weights)  # whose zero point TFLM takes to be 0
            total = sums(node, _centred(inputs[source], x).astype(float), taps.astype(float))
            whole = _int32(np.rint(total).astype(np.int64) + _bias(inputs, bias))
            return _finish(node, rescale(whole, multipliers, shifts), low, high)

        return compute

    return make


def _fully_connected(node: Node, rescale: Rescale) -> Compute:
    source, weights, target = node.input(0), node.input(1), node.output(0)
    outputs, depth = weights.shape
    multiplier: Any
    shift: Any
    if weights.quantization is not None and weights.quantization.per_channel:
        multiplier, shift = channel_multipliers(source, weights, target, outputs, node.operator.place)
    else:
        multiplier, shift = product_multiplier(
            source, weights, node.optional_input(2), target, node.release.real, node.operator.place
        )
    low, high = _activation(node)

    def compute(inputs: Sequence[Array | None]) -> Whole:
        x = _centred(inputs[0], source).reshape(-1, depth).astype(float)
        total = np.rint(x @ _centred(inputs[1], weights).T.astype(float)).astype(np.int64)
        return _finish(node, rescale(_int32(total + _bias(inputs, 2)), multiplier, shift), low, high)

    return compute


def _batch_matmul(node: Node, rescale: Rescale) -> Compute:
    first, second, target = node.input(0), node.input(1), node.output(0)
    multiplier, shift = product_multiplier(
        first, second, None, target, node.release.real, node.operator.place
    )

    def compute(inputs: Sequence[Array | None]) -> Whole:
        left, right = _centred(inputs[0], first), _centred(inputs[1], second)
        left = left.swapaxes(-1, -2) if node.options["adj_x"] else left
        right = right.swapaxes(-1, -2) if node.options["adj_y"] else right
        return _finish(node, rescale(_int32(left @ right), multiplier, shift), -128, 127)

    return compute


def _sum_of_two(sign: int) -> Callable[[Node, Rescale], Compute]:
    def make(node: Node, rescale: Rescale) -> Compute:
        real = np.float64 if sign > 0 else node.release.real
        _, left, *packed, low, high = sum_parameters(node, real, sign)
        (_, factor_1, right_1), (_, factor_2, right_2), (_, factor, right) = (
            packed[i : i + 3] for i in (0, 3, 6)
        )

        def compute(inputs: Sequence[Array | None]) -> Whole:
            first = rescale(_centred(inputs[0], node.input(0)) << left, factor_1, -right_1)
            second = rescale(_centred(inputs[1], node.input(1)) << left, factor_2, -right_2)
            return _finish(node, rescale(_int32(first + sign * second), factor, -right), low, high)

        return compute

    return make


def _mul(node: Node, rescale: Rescale) -> Compute:
    first, second, target = node.input(0), node.input(1), node.output(0)
    multiplier, shift = quantize_multiplier(first.scale * second.scale / target.scale, node.operator.place)
    low, high = _activation(node)

    def compute(inputs: Sequence[Array | None]) -> Whole:
        product = _centred(inputs[0], first) * _centred(inputs[1], second)
        return _finish(node, rescale(_int32(product), multiplier, shift), low, high)

    return compute


def _prelu(node: Node, rescale: Rescale) -> Compute:
    source, alpha, target = node.input(0), node.input(1), node.output(0)
    identity = quantize_multiplier(source.scale / target.scale, node.operator.place)
    slope = quantize_multiplier(source.scale * alpha.scale / target.scale, node.operator.place)

    def compute(inputs: Sequence[Array | None]) -> Whole:
        x, factor = np.broadcast_arrays(_centred(inputs[0], source), _centred(inputs[1], alpha))
        scaled = np.where(x >= 0, rescale(x, *identity), rescale(x * factor, *slope))
        return _finish(node, scaled, -128, 127)

    return compute


def _sum_over(mean: bool) -> Callable[[Node, Rescale], Compute]:
    def make(node: Node, rescale: Rescale) -> Compute:
        source, target, geometry = reduce_tensors(node, "int8", "int16")
        multiplier, shift = quantize_multiplier(source.scale / target.scale, node.operator.place)
        if mean:
            left = min(geometry.count.bit_length() - 1, 32, 31 + shift)
            multiplier, shift = (multiplier << left) // geometry.count, shift - left

        def compute(inputs: Sequence[Array | None]) -> Whole:
            total = _centred(inputs[0], source).sum(axis=geometry.axes)
            return _finish(node, rescale(_int32(total), multiplier, shift), *integer_range(target.dtype))

        return compute

    return make


def _leaky_relu(node: Node, rescale: Rescale) -> Compute:
    source, target = node.input(0), node.output(0)
    place, real = node.operator.place, node.release.real
    alpha = quantize_multiplier(float_ratio(source, target, real, node.options["alpha"]), place)
    identity = quantize_multiplier(float_ratio(source, target, real), place)

    def compute(inputs: Sequence[Array | None]) -> Whole:
        x = _centred(inputs[0], source)
        below = rescale(x, abs(alpha[0]), alpha[1]) * (-1 if alpha[0] < 0 else 1)
        return _finish(node, np.where(x >= 0, rescale(x, *identity), below), *integer_range(target.dtype))

    return compute


def _relu(node: Node, rescale: Rescale) -> Compute:
    source, target = node.input(0), node.output(0)
    ratio = float_ratio(source, target, node.release.real)
    multiplier, shift = quantize_multiplier(ratio, node.operator.place)
    low, high = integer_range(target.dtype)

    def compute(inputs: Sequence[Array | None]) -> Whole:
        scaled = rescale(_centred(inputs[0], source), multiplier, shift)
        return _finish(node, scaled, max(low, target.zero_point), high)

    return compute


def _quantize(node: Node, rescale: Rescale) -> Compute | None:
    source, target = node.input(0), node.output(0)
    if source.dtype == "float32":
        return None
    multiplier, shift = quantize_multiplier(source.scale / target.scale, node.operator.place)

    def compute(inputs: Sequence[Array | None]) -> Whole:
        scaled = rescale(_centred(inputs[0], source), multiplier, shift)
        return _finish(node, scaled, *integer_range(target.dtype))

    return compute


def _plain_int32(make: Callable[[Node, Rescale], Compute]) -> Callable[[Node, Rescale], Compute | None]:
    """int32 operands are not rescaled."""

    def checked(node: Node, rescale: Rescale) -> Compute | None:
        if node.output(0).dtype == "int32":
            int32_activation(node)
            return None
        return make(node, rescale)

    return checked


_MAKERS: dict[str, Callable[[Node, Rescale], Compute | None]] = {
    "ADD": _plain_int32(_sum_of_two(1)),
    "BATCH_MATMUL": _batch_matmul,
    "CONV_2D": _convolution(conv_sums, 0, 2),
    "DEPTHWISE_CONV_2D": _convolution(depthwise_sums, 0, 2),
    "FULLY_CONNECTED": _fully_connected,
    "LEAKY_RELU": _leaky_relu,
    "MEAN": _sum_over(True),
    "MUL": _plain_int32(_mul),
    "PRELU": _prelu,
    "QUANTIZE": _quantize,
    "RELU": _relu,
    "SUB": _plain_int32(_sum_of_two(-1)),
    "SUM": _sum_over(False),
    "TRANSPOSE_CONV": _convolution(transpose_sums, 2, 3),
}

RESCALING_OPERATORS = frozenset(_MAKERS)
"""The LSTM and SVDF rescale too; here they always do it as TFLM does."""


def resolver(rescale: Rescale) -> OpResolver:
    """Every operator, those that rescale with this rounding. For looking at, not for speed."""
    made = OpResolver.builtin()
    for name in _MAKERS:
        if name in made:
            made.register(name, _prepare(name, rescale))
    return made


def _prepare(name: str, rescale: Rescale) -> Callable[[Node], Prepared]:
    builtin = OpResolver.builtin()

    def prepare(node: Node) -> Prepared:
        prepared = builtin.find(node.operator)(node)
        compute = _MAKERS[name](node, rescale)
        if compute is None:
            return prepared

        def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
            target = outputs[0]

            def run() -> None:
                target[...] = compute(inputs).reshape(target.shape)

            return run

        return Prepared(prepared.geometry, bind)

    return prepare
