"""Layers without weights: pools and the step from images to rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from microinfer import ModelBuilder
from microinfer.builder import Handle

from .layers import Pair, Shape, Values

__all__ = ["AveragePool", "Flatten", "MaxPool"]


class _Plain:
    """What layers without weights share."""

    keeps_scale = True

    def __init__(self) -> None:
        self.parameters: list[Values] = []
        self.gradients: list[Values] = []


class _Pool(_Plain):
    """Windows side by side; what does not fill one at the end is left out (VALID)."""

    def __init__(self, size: Pair) -> None:
        super().__init__()
        self.size = size
        self._shape: Shape = ()

    def start(self, shape: Shape, random: np.random.Generator) -> Shape:
        return (shape[0] // self.size[0], shape[1] // self.size[1], shape[2])

    def _windows(self, x: Values) -> Values:
        (height, width), (batch, rows, columns, channels) = self.size, x.shape
        down, across = rows // height, columns // width
        kept = x[:, : down * height, : across * width]
        return kept.reshape(batch, down, height, across, width, channels)

    def _spread(self, windows: Values) -> Values:
        batch, down, height, across, width, channels = windows.shape
        back = np.zeros(self._shape, np.float32)
        kept = windows.reshape(batch, down * height, across * width, channels)
        back[:, : down * height, : across * width] = kept
        return back


class MaxPool(_Pool):
    """MAX_POOL_2D."""

    def forward(self, x: Values) -> Values:
        self._shape, windows = x.shape, self._windows(x)
        found: Values = windows.max((2, 4), keepdims=True)
        self._chosen = windows == found
        return found[:, :, 0, :, 0]

    def backward(self, change: Values) -> Values:
        share = self._chosen / self._chosen.sum((2, 4), keepdims=True)
        return self._spread(share * change[:, :, np.newaxis, :, np.newaxis])

    def write(self, builder: ModelBuilder, x: Handle, **quantization: Any) -> Handle:
        return builder.max_pool_2d(x, self.size)


class AveragePool(_Pool):
    """AVERAGE_POOL_2D."""

    def forward(self, x: Values) -> Values:
        self._shape = x.shape
        found: Values = self._windows(x).mean((2, 4))
        return found

    def backward(self, change: Values) -> Values:
        height, width = self.size
        batch, down, across, channels = change.shape
        share = change[:, :, np.newaxis, :, np.newaxis] / (height * width)
        return self._spread(np.broadcast_to(share, (batch, down, height, across, width, channels)))

    def write(self, builder: ModelBuilder, x: Handle, **quantization: Any) -> Handle:
        return builder.average_pool_2d(x, self.size)


class Flatten(_Plain):
    """RESHAPE to one row a sample; not `written`, FULLY_CONNECTED takes rows out of any shape."""

    def __init__(self, *, written: bool = True) -> None:
        super().__init__()
        self.written = written

    def start(self, shape: Shape, random: np.random.Generator) -> Shape:
        return (int(np.prod(shape)),)

    def forward(self, x: Values) -> Values:
        self._shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, change: Values) -> Values:
        return change.reshape(self._shape)

    def write(self, builder: ModelBuilder, x: Handle, **quantization: Any) -> Handle:
        return builder.reshape(x, (1, -1)) if self.written else x
