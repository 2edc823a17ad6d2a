"""TRANSPOSE."""

from __future__ import annotations

from dataclasses import dataclass

from ..graph import Geometry, Node, Prepared


@dataclass(frozen=True, slots=True)
class TransposeGeometry(Geometry):
    """Output dimension i is input dimension permutation[i]."""

    input_shape: tuple[int, ...]
    permutation: tuple[int, ...]
    item_bytes: int


def prepare(node: Node) -> Prepared:
    raise NotImplementedError
