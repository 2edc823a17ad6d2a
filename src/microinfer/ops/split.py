"""SPLIT."""

from __future__ import annotations

from dataclasses import dataclass

from ..graph import Geometry, Node, Prepared


@dataclass(frozen=True, slots=True)
class SplitGeometry(Geometry):
    """`outer` rows; each row gives copy_bytes[i] to output i in turn."""

    outer: int
    copy_bytes: tuple[int, ...]
    dtype: str


def prepare(node: Node) -> Prepared:
    raise NotImplementedError
