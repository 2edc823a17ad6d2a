"""LOGISTIC; TANH shares its geometry."""

from __future__ import annotations

from dataclasses import dataclass

from ..graph import Geometry, Node, Prepared


@dataclass(frozen=True, slots=True)
class ActivationGeometry(Geometry):
    """`radius`: inputs this far or further from the zero point saturate without an exponential."""

    elements: int
    radius: int
    zero_point: int
    dtype: str


def prepare(node: Node) -> Prepared:
    raise NotImplementedError
