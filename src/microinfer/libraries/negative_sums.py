"""Outputs that are rescaled by other instructions where their sums are negative."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..operators.batch_matmul import BatchMatmulGeometry
    from ..operators.mean import ReduceGeometry
    from .kernel import Bounds


def sums_bounds(outputs: int) -> Mapping[str, Bounds]:
    """Outputs that are rescaled by other instructions where the sum is negative."""
    return {"negative_sums": (0, outputs // 2, outputs)}


PLAIN = frozenset({"int32", "int64", "float32", "bool"})
"""Types that are not rescaled."""


def shaped_bounds(g: BatchMatmulGeometry | ReduceGeometry) -> Mapping[str, Bounds]:
    return sums_bounds(prod(g.output_shape))
