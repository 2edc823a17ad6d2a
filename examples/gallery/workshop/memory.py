"""Blocks of a deep feedforward sequential memory network: its past is a weighted sum, nothing recurs.

A layer wide and rectified, one narrow, each channel's newest frames by weights of its own, and what came in
on top of it (Zhang et al., Deep-FSMN, 2018). Values are float32, [batch, frames, 1, channels]; frames that
look back to before the first are left out, as of convolutions of padding VALID.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from microinfer import ModelBuilder
from microinfer.builder import Handle

from .layers import Conv, DepthwiseConv, Shape, Values
from .scales import quantization

__all__ = ["MemoryBlock"]


class MemoryBlock:
    """`order`: how many frames are weighed, the newest among them."""

    keeps_scale = False

    def __init__(self, width: int, order: int) -> None:
        self.kernel = (order, 1)
        self.width = width
        self.parameters: list[Values] = []
        self.gradients: list[Values] = []

    def start(self, shape: Shape, random: np.random.Generator) -> Shape:
        self.wide = Conv(self.width, (1, 1), padding="VALID")
        self.narrow = Conv(shape[2], (1, 1), relu=False, padding="VALID")
        self.past = DepthwiseConv(self.kernel, relu=False, padding="VALID")
        self._parts = (self.wide, self.narrow, self.past)
        for one in self._parts:
            shape = one.start(shape, random)
        weights = self.past.parameters[0]
        weights *= 0.3
        weights[-1] += 0.5
        self.parameters = [parameter for one in self._parts for parameter in one.parameters]
        return shape

    def forward(self, x: Values) -> Values:
        self._values = []
        values = x
        for one in self._parts:
            values = one.forward(values)
            self._values.append(values.copy())
        return values + x[:, self.kernel[0] - 1 :]

    def backward(self, change: Values) -> Values:
        back = change
        for one in reversed(self._parts):
            back = one.backward(back)
        self.gradients = [gradient for one in self._parts for gradient in one.gradients]
        back = back.copy()
        back[:, self.kernel[0] - 1 :] += change
        return back

    def write(self, builder: ModelBuilder, x: Handle, **quantization: Any) -> Handle:
        raise NotImplementedError("one frame at a time only: streaming.write_streaming writes it")

    def write_frame(self, builder: ModelBuilder, x: Handle, write: Any, **given: Any) -> Handle:
        """For one frame, [1, 1, 1, channels]; `write(layer, x, scale=, zero_point=)` writes a layer."""
        y = x
        for one, values in zip(self._parts, self._values, strict=True):
            scale, zero_point = quantization(float(values.min()), float(values.max()))
            y = write(one, y, scale=scale, zero_point=zero_point)
        return builder.add(y, x, **given)
