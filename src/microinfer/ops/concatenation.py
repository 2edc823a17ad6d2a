"""CONCATENATION."""

from __future__ import annotations

from dataclasses import dataclass

from ..graph import Geometry, Node, Prepared


@dataclass(frozen=True, slots=True)
class ConcatenationGeometry(Geometry):
    """`outer` rows; each row takes copy_bytes[i] from input i in turn."""

    outer: int
    copy_bytes: tuple[int, ...]
    dtype: str


def prepare(node: Node) -> Prepared:
    raise NotImplementedError
