"""AVERAGE_POOL_2D; MAX_POOL_2D shares its geometry."""

from __future__ import annotations

from dataclasses import dataclass

from ..graph import Geometry, Node, Prepared
from .window import Axis


@dataclass(frozen=True, slots=True)
class PoolGeometry(Geometry):
    """NHWC sizes in elements; pads in front only."""

    batch: int
    input_h: int
    input_w: int
    channels: int
    output_h: int
    output_w: int
    kernel_h: int
    kernel_w: int
    stride_h: int
    stride_w: int
    pad_h: int
    pad_w: int

    @property
    def vertical(self) -> Axis:
        return Axis(self.input_h, self.output_h, self.kernel_h, self.stride_h, 1, self.pad_h)

    @property
    def horizontal(self) -> Axis:
        return Axis(self.input_w, self.output_w, self.kernel_w, self.stride_w, 1, self.pad_w)


def prepare(node: Node) -> Prepared:
    raise NotImplementedError
