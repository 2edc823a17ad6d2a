"""STRIDED_SLICE."""

from __future__ import annotations

from dataclasses import dataclass

from ..graph import Geometry, Node, Prepared


@dataclass(frozen=True, slots=True)
class StridedSliceGeometry(Geometry):
    """Resolved against masks and signs: element counts per input dimension, before axes are shrunk."""

    input_shape: tuple[int, ...]
    begin: tuple[int, ...]
    strides: tuple[int, ...]
    counts: tuple[int, ...]
    item_bytes: int


def prepare(node: Node) -> Prepared:
    raise NotImplementedError
