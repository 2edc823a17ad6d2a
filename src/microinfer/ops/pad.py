"""PAD."""

from __future__ import annotations

from dataclasses import dataclass

from ..graph import Geometry, Node, Prepared


@dataclass(frozen=True, slots=True)
class PadGeometry(Geometry):
    """Shapes as the model has them; `before` and `after` per dimension, in elements of `item_bytes`."""

    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    item_bytes: int


def prepare(node: Node) -> Prepared:
    raise NotImplementedError
