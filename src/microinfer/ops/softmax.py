"""SOFTMAX."""

from __future__ import annotations

from dataclasses import dataclass

from ..graph import Geometry, Node, Prepared


@dataclass(frozen=True, slots=True)
class SoftmaxGeometry(Geometry):
    """`rows` of `depth` elements; what is below a row's maximum by more than -`diff_min` counts as 0."""

    rows: int
    depth: int
    diff_min: int
    input_dtype: str
    output_dtype: str


def prepare(node: Node) -> Prepared:
    raise NotImplementedError
