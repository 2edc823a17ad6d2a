"""EQUAL and NOT_EQUAL: comparisons that take bool as well.

Specification: as the other comparisons.
"""

from __future__ import annotations

from .comparison import NUMBERS, prepare_comparison
from .spec import Node, Prepared


def prepare(node: Node) -> Prepared:
    return prepare_comparison(node, *NUMBERS, "bool")
