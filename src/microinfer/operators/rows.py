"""Operators that work on the last dimension, row by row, but SOFTMAX: what they share."""

from __future__ import annotations

from ..model.tables import Tensor
from ..words.dataclass import dataclass
from .spec import Geometry, Node

__all__ = ["RowsGeometry", "rows_geometry"]


@dataclass(frozen=True, slots=True)
class RowsGeometry(Geometry):
    """`rows` of `depth` elements.

    `diff_min`: what is below a row's maximum by more than -`diff_min` counts as nothing; 0 where all counts.
    """

    rows: int
    depth: int
    dtype: str
    diff_min: int = 0

    @property
    def elements(self) -> int:
        return self.rows * self.depth


def rows_geometry(node: Node, source: Tensor, target: Tensor, diff_min: int = 0) -> RowsGeometry:
    """Input and output have one shape, of a dimension or more."""
    if not source.shape or target.shape != source.shape:
        node.fail(
            f"inputs[0] ({source.name!r}) has shape {source.shape} and outputs[0] ({target.name!r}) "
            f"{target.shape}, expected one shape of at least one dimension"
        )
    depth = source.shape[-1]
    return RowsGeometry(source.elements // depth if depth else 0, depth, source.dtype, diff_min)
