"""SPACE_TO_DEPTH: blocks of pixels become channels, the inverse of DEPTH_TO_SPACE.

Specification: as there; height and width are multiples of block_size.
"""

from __future__ import annotations

from .depth_to_space import prepare_blocks
from .spec import Node, Prepared


def prepare(node: Node) -> Prepared:
    return prepare_blocks(node, deepen=True)
