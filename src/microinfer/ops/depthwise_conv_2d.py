"""DEPTHWISE_CONV_2D."""

from __future__ import annotations

from dataclasses import dataclass

from ..graph import Geometry, Node, Prepared
from .window import Axis


@dataclass(frozen=True, slots=True)
class DepthwiseConv2DGeometry(Geometry):
    """NHWC sizes in elements; pads in front only. output_c = input_c x depth_multiplier."""

    batch: int
    input_h: int
    input_w: int
    input_c: int
    output_h: int
    output_w: int
    output_c: int
    kernel_h: int
    kernel_w: int
    depth_multiplier: int
    stride_h: int
    stride_w: int
    dilation_h: int
    dilation_w: int
    pad_h: int
    pad_w: int
    per_channel: bool
    bias: bool

    @property
    def vertical(self) -> Axis:
        return Axis(self.input_h, self.output_h, self.kernel_h, self.stride_h, self.dilation_h, self.pad_h)

    @property
    def horizontal(self) -> Axis:
        return Axis(self.input_w, self.output_w, self.kernel_w, self.stride_w, self.dilation_w, self.pad_w)

    @property
    def macs(self) -> int:
        pixels = self.batch * self.output_h * self.output_w
        return pixels * self.kernel_h * self.kernel_w * self.output_c

    @property
    def macs_executed(self) -> int:
        """Without the taps that fall into the padding."""
        return self.batch * self.vertical.inside * self.horizontal.inside * self.output_c


def prepare(node: Node) -> Prepared:
    raise NotImplementedError
