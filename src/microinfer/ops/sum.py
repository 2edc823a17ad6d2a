"""SUM: as MEAN, without the division."""

from __future__ import annotations

from ..graph import Node, Prepared
from .mean import prepare_sum


def prepare(node: Node) -> Prepared:
    return prepare_sum(node, False)
