"""RESHAPE; SQUEEZE and EXPAND_DIMS share its geometry."""

from __future__ import annotations

from dataclasses import dataclass

from ..graph import Geometry, Node, Prepared


@dataclass(frozen=True, slots=True)
class ReshapeGeometry(Geometry):
    """A copy of `size_bytes`."""

    size_bytes: int


def prepare(node: Node) -> Prepared:
    raise NotImplementedError
