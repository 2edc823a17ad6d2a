"""RELU; RELU6, LEAKY_RELU and HARD_SWISH share its geometry."""

from __future__ import annotations

from dataclasses import dataclass

from ..graph import Geometry, Node, Prepared


@dataclass(frozen=True, slots=True)
class ElementwiseGeometry(Geometry):
    """One input, one output, element by element. `rescales`: input and output quantisation differ."""

    elements: int
    input_dtype: str
    output_dtype: str
    zero_point: int
    rescales: bool


def prepare(node: Node) -> Prepared:
    raise NotImplementedError
