"""MEAN."""

from __future__ import annotations

from dataclasses import dataclass

from ..graph import Geometry, Node, Prepared


@dataclass(frozen=True, slots=True)
class ReduceGeometry(Geometry):
    """`axes` are non-negative, sorted and without repeats; `axis_count` is the length of the axis tensor."""

    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    axes: tuple[int, ...]
    axis_count: int
    keep_dims: bool
    dtype: str
    rescales: bool


def prepare(node: Node) -> Prepared:
    raise NotImplementedError
