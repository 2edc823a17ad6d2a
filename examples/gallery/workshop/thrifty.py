"""Layers that keep of the pass forward what training them asks for and no more.

That is the input for a change of weights, a bit an element for a RELU, nothing for a bias; `kept` is what
lies in memory until the pass backwards.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .layers import Conv, Dense, DepthwiseConv, Pair, Shape, Values
from .pools import AveragePool, MaxPool

__all__ = ["LiteBlock", "ThriftyConv", "ThriftyDense", "ThriftyDepthwise", "ThriftyMaxPool"]


class _Thrifty:
    """Before a layer with weights; `trains` "weights" (and the bias), "bias" or "nothing"."""

    trains = "nothing"

    def forward(self, x: Values) -> Values:
        y: Values = super().forward(x)  # type: ignore[misc]
        self.kept = []
        if self.trains != "nothing" or self.passes:
            self.kept = [np.packbits(y > 0)] if self.relu else []  # type: ignore[attr-defined]
        if self.trains == "weights":
            self.kept.append(x)
        self._size, self._x, self._y = x.shape, x[:0], x[:0]
        return y

    passes = True
    """Whether something before it is trained, so that the gradient goes through it."""

    def backward(self, change: Values) -> Values:
        whole = self.trains == "weights"
        x = self.kept[-1] if whole else np.zeros(self._size, np.float32)
        self._x = self._padded(x) if hasattr(self, "_padded") else x
        if self.relu:  # type: ignore[attr-defined]
            self._y = np.unpackbits(self.kept[0], count=change.size).reshape(change.shape)
        found: Values = super().backward(change)  # type: ignore[misc]
        return found

    def step(self, rate: float) -> None:
        """Down the gradient, in place."""
        for at in {"weights": (0, 1), "bias": (1,), "nothing": ()}[self.trains]:
            self.parameters[at] -= np.float32(rate) * self.gradients[at]  # type: ignore[attr-defined]


class ThriftyConv(_Thrifty, Conv):
    """CONV_2D."""


class ThriftyDepthwise(_Thrifty, DepthwiseConv):
    """DEPTHWISE_CONV_2D."""


class ThriftyDense(_Thrifty, Dense):
    """FULLY_CONNECTED."""


class ThriftyMaxPool(MaxPool):
    """Keeps which of a window is the largest, a byte each."""

    passes = True

    def forward(self, x: Values) -> Values:
        y = super().forward(x)
        height, width = self.size
        flat = self._chosen.transpose(0, 1, 3, 5, 2, 4).reshape(*y.shape, height * width)
        self.kept: list[NDArray[np.generic]] = [flat.argmax(-1).astype(np.uint8)] if self.passes else []
        self._chosen = self._chosen[:0]
        return y

    def backward(self, change: Values) -> Values:
        height, width = self.size
        places = np.arange(height * width).reshape(height, 1, width, 1)
        self._chosen = self.kept[0][:, :, np.newaxis, :, np.newaxis] == places
        return super().backward(change)


class LiteBlock:
    """Layers one after another with TinyTL's lite residual beside them, which begins as nothing."""

    keeps_scale = False

    def __init__(self, layers: list[_Thrifty], outputs: int, kernel: Pair, pool: Pair) -> None:
        self.layers, self.outputs, self.kernel = layers, outputs, kernel
        self.pool = AveragePool(pool)
        self.parameters: list[Values] = []
        self.gradients: list[Values] = []

    def start(self, shape: Shape, random: np.random.Generator) -> Shape:
        channels = shape[2]
        small = self.pool.start(shape, random)
        counts = (channels - channels // 2, channels // 2)
        self.groups = [ThriftyConv(count, self.kernel) for count in counts]
        self.last = ThriftyConv(self.outputs, (1, 1), relu=False)
        for group, count in zip(self.groups, counts, strict=True):
            group.start((*small[:2], count), random)
        self.last.start(small, random)
        self.last.parameters[0][...] = 0
        for one in (*self.groups, self.last):
            one.trains = "weights"
        for layer in self.layers:
            shape = layer.start(shape, random)  # type: ignore[attr-defined]
        return shape

    def leaves(self) -> list[_Thrifty]:
        return [*self.layers, *self.groups, self.last]

    def forward(self, x: Values) -> Values:
        pooled = self.pool.forward(x)
        cut = self.groups[0].channels
        parts = (pooled[..., :cut], pooled[..., cut:])
        hidden = [group.forward(part) for group, part in zip(self.groups, parts, strict=True)]
        beside = self.last.forward(np.concatenate(hidden, 3))
        for layer in self.layers:
            x = layer.forward(x)
        self._times = x.shape[1] // beside.shape[1], x.shape[2] // beside.shape[2]
        return x + beside.repeat(self._times[0], 1).repeat(self._times[1], 2)

    def backward(self, change: Values) -> Values:
        batch, height, width, channels = change.shape
        down, across = self._times
        beside = change.reshape(batch, height // down, down, width // across, across, channels).sum((2, 4))
        hidden = self.last.backward(beside)
        cut = self.groups[0].channels
        parts = (hidden[..., :cut], hidden[..., cut:])
        back = [group.backward(part) for group, part in zip(self.groups, parts, strict=True)]
        for layer in reversed(self.layers):
            change = layer.backward(change)
        return change + self.pool.backward(np.concatenate(back, 3))
