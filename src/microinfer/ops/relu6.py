"""RELU6."""

from __future__ import annotations

from ..graph import Node, Prepared


def prepare(node: Node) -> Prepared:
    raise NotImplementedError
