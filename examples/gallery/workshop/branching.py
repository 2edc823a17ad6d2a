"""Layers that part the way: an attention condenser, and branches side by side.

An attention condenser (Wong et al., TinySpeech, 2020) looks at a condensed copy of its input, embeds it in
few channels, and says for every place and channel, between 0 and 1, how much of the input goes on. Here it is
MAX_POOL_2D, three convolutions, LOGISTIC, RESIZE_NEAREST_NEIGHBOR and MUL, all of them operators of TFLM.
The sigmoid comes before the resize: that gives the same numbers, of a quarter as many.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from microinfer import ModelBuilder
from microinfer.builder import Handle

from .layers import Conv, DepthwiseConv, Layer, Shape, Values
from .pools import MaxPool
from .scales import quantization as cover

__all__ = ["Branches", "Condenser"]


class Condenser:
    """Attention over images whose height and width are even; `units`: channels of the embedding."""

    keeps_scale = False

    def __init__(self, units: int) -> None:
        self.units = units
        self.parameters: list[Values] = []
        self.gradients: list[Values] = []

    def start(self, shape: Shape, random: np.random.Generator) -> Shape:
        self.inner: list[Layer] = [
            MaxPool((2, 2)),
            DepthwiseConv((3, 3), relu=False),
            Conv(self.units, (1, 1)),
            Conv(shape[2], (1, 1), relu=False),
        ]
        inside = shape
        for layer in self.inner:
            inside = layer.start(inside, random)
            self.parameters += layer.parameters
        return shape

    def forward(self, x: Values) -> Values:
        self._x, self._inside, inside = x, [], x
        for layer in self.inner:
            inside = layer.forward(inside)
            self._inside.append(inside)
        self._share = 1 / (1 + np.exp(-np.clip(inside, -60, 60)))
        self._wide = self._share.repeat(2, 1).repeat(2, 2)
        found: Values = x * self._wide
        return found

    def backward(self, change: Values) -> Values:
        batch, height, width, channels = change.shape
        to_share = change * self._x
        back = to_share.reshape(batch, height // 2, 2, width // 2, 2, channels).sum((2, 4))
        back = back * self._share * (1 - self._share)
        for layer in reversed(self.inner):
            back = layer.backward(back)
        self.gradients = [one for layer in self.inner for one in layer.gradients]
        found: Values = back + change * self._wide
        return found

    def write(self, builder: ModelBuilder, x: Handle, **quantization: Any) -> Handle:
        inside = x
        for layer, values in zip(self.inner, self._inside, strict=True):
            scale, zero_point = cover(float(values.min()), float(values.max()))
            given = {} if layer.keeps_scale else {"scale": scale, "zero_point": zero_point}
            inside = layer.write(builder, inside, **given)
        share = builder.resize_nearest_neighbor(builder.logistic(inside), (x.shape[1], x.shape[2]))
        return builder.mul(x, share, **quantization)


class Branches:
    """Layers that see the same input, and whose channels lie side by side: CONCATENATION."""

    keeps_scale = False

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = list(layers)
        self.parameters: list[Values] = []
        self.gradients: list[Values] = []

    def start(self, shape: Shape, random: np.random.Generator) -> Shape:
        shapes = [layer.start(shape, random) for layer in self.layers]
        self.parameters = [one for layer in self.layers for one in layer.parameters]
        self._ends = np.cumsum([one[-1] for one in shapes])
        return (*shapes[0][:-1], int(self._ends[-1]))

    def forward(self, x: Values) -> Values:
        return np.concatenate([layer.forward(x) for layer in self.layers], -1)

    def backward(self, change: Values) -> Values:
        parts = np.split(change, self._ends[:-1], -1)
        back = [layer.backward(part) for layer, part in zip(self.layers, parts, strict=True)]
        self.gradients = [one for layer in self.layers for one in layer.gradients]
        found: Values = np.sum(back, 0)
        return found

    def write(self, builder: ModelBuilder, x: Handle, **quantization: Any) -> Handle:
        return builder.concatenation([one.write(builder, x, **quantization) for one in self.layers], 3)
