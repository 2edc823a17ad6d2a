"""SPACE_TO_DEPTH: blocks of pixels become channels, the inverse of DEPTH_TO_SPACE.

Specification: as there; height and width are multiples of block_size.
"""

from __future__ import annotations

from typing import Any

from .batching import always
from .depth_to_space import BlockGeometry, prepare_blocks
from .example import Draw
from .spec import Node, Prepared, Spec, same
from .versions import Versions


def prepare(node: Node) -> Prepared:
    return prepare_blocks(node, deepen=True)


def example(d: Draw) -> Any:
    return d.b.space_to_depth(d.image(), 2)


SPEC = Spec(
    "SPACE_TO_DEPTH",
    prepare=prepare,
    geometry=BlockGeometry,
    types=same("int8", "float32"),
    batch=always,
    moves="data",
    versions=Versions(int8=2, int16=2),
    example=example,
)
