"""Layers of a network in numpy: what they compute, their gradients, and how they are written as operators.

Values are float32, [batch, features] or [batch, height, width, channels]. A layer is asked in this order:
`start` (shapes and first weights), `forward` and `backward` in turns, `write` at the end.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from microinfer import ModelBuilder
from microinfer.builder import Handle, quantize_weights

__all__ = ["Conv", "Dense", "DepthwiseConv", "Layer", "Pair", "Shape", "Values"]

Values: TypeAlias = NDArray[np.float32]
Shape: TypeAlias = tuple[int, ...]
Pair: TypeAlias = tuple[int, int]


class Layer(Protocol):
    """`parameters` and `gradients` are in one order; `keeps_scale`: the output is quantised as the input."""

    parameters: list[Values]
    gradients: list[Values]
    keeps_scale: bool

    def start(self, shape: Shape, random: np.random.Generator) -> Shape:
        """Draw the first weights for an input of this shape, without the batch; the output's shape."""
        ...

    def forward(self, x: Values) -> Values: ...

    def backward(self, change: Values) -> Values:
        """The gradient of the loss with respect to the input, from that with respect to the output."""
        ...

    def write(self, builder: ModelBuilder, x: Handle, **quantization: Any) -> Handle: ...


class _Weighted:
    """What layers with weights, a bias and an activation share; `relu`: negative sums become 0."""

    keeps_scale = False

    def __init__(self, *, relu: bool = True) -> None:
        self.relu = relu
        self.parameters: list[Values] = []
        self.gradients: list[Values] = []

    @property
    def activation(self) -> str:
        return "RELU" if self.relu else "NONE"

    def _draw(self, random: np.random.Generator, shape: Shape, inputs: int, units: int) -> None:
        weights = random.standard_normal(shape) * np.sqrt(2 / inputs)
        self.parameters = [weights.astype(np.float32), np.zeros(units, np.float32)]
        self.gradients = [np.zeros_like(one) for one in self.parameters]

    def _activated(self, sums: Values) -> Values:
        sums += self.parameters[1]
        if self.relu:
            np.maximum(sums, 0, out=sums)
        self._y = sums
        return sums

    def _before_activation(self, change: Values) -> Values:
        if self.relu:
            change = change * (self._y > 0)
        self.gradients[1] = change.sum(tuple(range(change.ndim - 1)))
        return change


class Dense(_Weighted):
    """FULLY_CONNECTED; one scale for all weights, as every release of TFLM takes it."""

    def __init__(self, units: int, *, relu: bool = True) -> None:
        super().__init__(relu=relu)
        self.units = units

    def start(self, shape: Shape, random: np.random.Generator) -> Shape:
        self._draw(random, (shape[0], self.units), shape[0], self.units)
        return (self.units,)

    def forward(self, x: Values) -> Values:
        self._x = x
        return self._activated(x @ self.parameters[0])

    def backward(self, change: Values) -> Values:
        change = self._before_activation(change)
        self.gradients[0] = self._x.T @ change
        return change @ self.parameters[0].T

    def write(self, builder: ModelBuilder, x: Handle, **quantization: Any) -> Handle:
        stored, scale = quantize_weights(self.parameters[0].T)
        return builder.fully_connected(
            x, stored, self.parameters[1], weight_scale=scale, activation=self.activation, **quantization
        )


class _Sliding(_Weighted):
    """What convolutions share: padding, SAME or VALID, and what of the input each tap of the kernel sees."""

    def __init__(
        self, kernel: Pair, strides: Pair = (1, 1), *, relu: bool = True, padding: str = "SAME"
    ) -> None:
        super().__init__(relu=relu)
        self.kernel, self.strides, self.padding = kernel, strides, padding

    def _place(self, shape: Shape) -> Pair:
        if self.padding == "VALID":
            shape = tuple(length - tap + 1 for length, tap in zip(shape, self.kernel, strict=False))
        self.size = -(-shape[0] // self.strides[0]), -(-shape[1] // self.strides[1])
        self.pads = []
        for count, length, step, tap in zip(self.size, shape, self.strides, self.kernel, strict=False):
            total = max(0, (count - 1) * step + tap - length) if self.padding == "SAME" else 0
            self.pads.append((total // 2, total - total // 2))
        return self.size

    def _padded(self, x: Values) -> Values:
        return np.pad(x, [(0, 0), *self.pads, (0, 0)])

    def _seen(self, padded: Values, row: int, column: int) -> Values:
        height, width = self.size
        down, across = self.strides
        rows = slice(row, row + (height - 1) * down + 1, down)
        return padded[:, rows, column : column + (width - 1) * across + 1 : across]

    def _inner(self, padded: Values) -> Values:
        (top, bottom), (left, right) = self.pads
        return padded[:, top : padded.shape[1] - bottom, left : padded.shape[2] - right]


class Conv(_Sliding):
    """CONV_2D; a scale for each output channel."""

    def __init__(
        self,
        channels: int,
        kernel: Pair,
        strides: Pair = (1, 1),
        *,
        relu: bool = True,
        padding: str = "SAME",
    ) -> None:
        super().__init__(kernel, strides, relu=relu, padding=padding)
        self.channels = channels

    def start(self, shape: Shape, random: np.random.Generator) -> Shape:
        taps = self.kernel[0] * self.kernel[1] * shape[2]
        self._draw(random, (*self.kernel, shape[2], self.channels), taps, self.channels)
        return (*self._place(shape), self.channels)

    def forward(self, x: Values) -> Values:
        self._x = self._padded(x)
        weights = self.parameters[0]
        sums = np.zeros((len(x), *self.size, self.channels), np.float32)
        for tap in np.ndindex(*self.kernel):
            sums += self._seen(self._x, *tap) @ weights[tap]
        return self._activated(sums)

    def backward(self, change: Values) -> Values:
        change = self._before_activation(change)
        back, weights = np.zeros_like(self._x), self.parameters[0]
        for tap in np.ndindex(*self.kernel):
            seen = self._seen(self._x, *tap)
            self.gradients[0][tap] = np.tensordot(seen, change, ([0, 1, 2], [0, 1, 2]))
            self._seen(back, *tap)[...] += change @ weights[tap].T
        return self._inner(back)

    def write(self, builder: ModelBuilder, x: Handle, **quantization: Any) -> Handle:
        weights = self.parameters[0].transpose(3, 0, 1, 2)
        return builder.conv_2d(
            x,
            weights,
            self.parameters[1],
            strides=self.strides,
            padding=self.padding,
            activation=self.activation,
            **quantization,
        )


class DepthwiseConv(_Sliding):
    """DEPTHWISE_CONV_2D with multiplier 1; a scale for each channel."""

    def start(self, shape: Shape, random: np.random.Generator) -> Shape:
        self._draw(random, (*self.kernel, shape[2]), self.kernel[0] * self.kernel[1], shape[2])
        return (*self._place(shape), shape[2])

    def forward(self, x: Values) -> Values:
        self._x = self._padded(x)
        weights = self.parameters[0]
        sums = np.zeros((len(x), *self.size, x.shape[3]), np.float32)
        product = np.empty_like(sums)
        for tap in np.ndindex(*self.kernel):
            sums += np.multiply(self._seen(self._x, *tap), weights[tap], out=product)
        return self._activated(sums)

    def backward(self, change: Values) -> Values:
        change = self._before_activation(change)
        back, weights = np.zeros_like(self._x), self.parameters[0]
        product = np.empty(change.shape, np.float32)
        rows = np.ones(product.size // product.shape[3], np.float32)
        for tap in np.ndindex(*self.kernel):
            np.multiply(self._seen(self._x, *tap), change, out=product)
            self.gradients[0][tap] = rows @ product.reshape(len(rows), -1)
            self._seen(back, *tap)[...] += np.multiply(change, weights[tap], out=product)
        return self._inner(back)

    def write(self, builder: ModelBuilder, x: Handle, **quantization: Any) -> Handle:
        return builder.depthwise_conv_2d(
            x,
            self.parameters[0][np.newaxis],
            self.parameters[1],
            strides=self.strides,
            padding=self.padding,
            activation=self.activation,
            **quantization,
        )
