"""SUM: as MEAN, without the division."""

from __future__ import annotations

from .mean import prepare_sum
from .spec import Node, Prepared


def prepare(node: Node) -> Prepared:
    return prepare_sum(node, False)
