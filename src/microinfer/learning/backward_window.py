"""A window that slid over an image, looked at from its outputs: which inputs each tap had."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..operators.average_pool_2d import PoolGeometry
from ..operators.fully_connected import FullyConnectedGeometry
from ..operators.window import Axis
from ..words.dataclass import dataclass

__all__ = ["BackwardWindow"]


@dataclass(frozen=True, slots=True)
class BackwardWindow:
    """NHWC sizes; a fully connected layer is a window of one pixel. An output channel reads `run` channels a
    tap: all, or in `groups` as many as there are channels its own."""

    input_h: int
    input_w: int
    input_c: int
    output_h: int
    output_w: int
    output_c: int
    kernel_h: int = 1
    kernel_w: int = 1
    stride_h: int = 1
    stride_w: int = 1
    dilation_h: int = 1
    dilation_w: int = 1
    pad_h: int = 0
    pad_w: int = 0
    groups: int = 1
    batch: int = 1

    @classmethod
    def of_layer(cls, g: Any) -> BackwardWindow:
        """Of a convolution, depthwise or not, or a fully connected layer, whose rows are pixels."""
        if isinstance(g, FullyConnectedGeometry):
            return cls(1, g.batch, g.input_depth, 1, g.batch, g.output_depth)
        groups = getattr(g, "groups", g.input_c)
        return cls(
            g.input_h, g.input_w, g.input_c, g.output_h, g.output_w, g.output_c, g.kernel_h, g.kernel_w,
            g.stride_h, g.stride_w, g.dilation_h, g.dilation_w, g.pad_h, g.pad_w, groups, g.batch,
        )  # fmt: skip

    @classmethod
    def of_pool(cls, g: PoolGeometry) -> BackwardWindow:
        return cls(
            g.input_h, g.input_w, g.channels, g.output_h, g.output_w, g.channels, g.kernel_h, g.kernel_w,
            g.stride_h, g.stride_w, 1, 1, g.pad_h, g.pad_w, g.channels, g.batch,
        )  # fmt: skip

    @classmethod
    def of_all(cls, height: int, width: int, channels: int) -> BackwardWindow:
        """A mean over both sides of an image."""
        return cls(height, width, channels, 1, 1, channels, height, width, groups=channels)

    @property
    def vertical(self) -> Axis:
        return Axis(self.input_h, self.output_h, self.kernel_h, self.stride_h, self.dilation_h, self.pad_h)

    @property
    def horizontal(self) -> Axis:
        return Axis(self.input_w, self.output_w, self.kernel_w, self.stride_w, self.dilation_w, self.pad_w)

    @property
    def taps(self) -> int:
        return self.kernel_h * self.kernel_w

    @property
    def run(self) -> int:
        return self.input_c // self.groups

    @property
    def inputs(self) -> int:
        return self.input_h * self.input_w * self.input_c

    @property
    def outputs(self) -> int:
        return self.output_h * self.output_w * self.output_c

    @property
    def pixels(self) -> int:
        return self.output_h * self.output_w

    @property
    def pointwise(self) -> bool:
        """A tap, which lies inside: nothing is gathered."""
        return self.taps == 1 and not self.pad_h and not self.pad_w

    def reached(self) -> Iterator[tuple[int, tuple[slice, slice], tuple[slice, slice]]]:
        """Of each tap its number, the outputs where it lies inside, and the inputs that it has there."""
        for y in range(self.kernel_h):
            for x in range(self.kernel_w):
                down, across = self.vertical.reached(y), self.horizontal.reached(x)
                if len(down) and len(across):
                    first = down.start * self.stride_h + y * self.dilation_h - self.pad_h
                    left = across.start * self.stride_w + x * self.dilation_w - self.pad_w
                    rows = slice(first, first + (len(down) - 1) * self.stride_h + 1, self.stride_h)
                    columns = slice(left, left + (len(across) - 1) * self.stride_w + 1, self.stride_w)
                    outputs = slice(down.start, down.stop), slice(across.start, across.stop)
                    yield y * self.kernel_w + x, outputs, (rows, columns)

    def shares(self) -> NDArray[np.int64]:
        """Of an average the part that an input has in each output, in 2^-15, to the nearest."""
        counts = np.zeros((self.output_h, self.output_w), np.int64)
        for _, outputs, _ in self.reached():
            counts[outputs] += 1
        counts = np.maximum(counts, 1)
        found: NDArray[np.int64] = ((1 << 15) + counts // 2) // counts
        return found
