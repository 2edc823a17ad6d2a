"""RESIZE_NEAREST_NEIGHBOR."""

from __future__ import annotations

from dataclasses import dataclass

from ..graph import Geometry, Node, Prepared


@dataclass(frozen=True, slots=True)
class ResizeGeometry(Geometry):
    """NHWC sizes in elements."""

    batch: int
    input_h: int
    input_w: int
    channels: int
    output_h: int
    output_w: int
    align_corners: bool
    half_pixel_centers: bool
    item_bytes: int


def prepare(node: Node) -> Prepared:
    raise NotImplementedError
