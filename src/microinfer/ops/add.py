"""ADD; SUB, MUL, MAXIMUM and MINIMUM share its geometry."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from ..graph import Geometry, Node, Prepared


@dataclass(frozen=True, slots=True)
class BinaryGeometry(Geometry):
    """Shapes of both inputs and of the output, which is their broadcast."""

    shape_1: tuple[int, ...]
    shape_2: tuple[int, ...]
    output_shape: tuple[int, ...]
    dtype: str

    @property
    def elements(self) -> int:
        return prod(self.output_shape)

    @property
    def broadcasts(self) -> bool:
        return self.shape_1 != self.shape_2


def prepare(node: Node) -> Prepared:
    raise NotImplementedError
