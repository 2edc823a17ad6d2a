"""Loops that a kernel nests on the stack, by the shapes of its operands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..operators.add import BinaryGeometry
    from ..operators.transpose import TransposeGeometry

__all__ = ["broadcast_levels", "operand_levels", "transposed_levels"]


def broadcast_levels(shape_1: Sequence[int], shape_2: Sequence[int]) -> int:
    """Loops that TFLM's broadcasting nests: neighbouring dimensions of one kind are one loop."""
    rank = max(len(shape_1), len(shape_2))
    kinds: list[int] = []
    for a, b in zip(
        (1,) * (rank - len(shape_1)) + tuple(shape_1),
        (1,) * (rank - len(shape_2)) + tuple(shape_2),
        strict=True,
    ):
        kind = 0 if a == b else 1 if a == 1 else 2
        if not a == b == 1 and kinds[-1:] != [kind]:
            kinds.append(kind)
    return len(kinds)


def operand_levels(geometry: BinaryGeometry) -> int:
    """0 where the operands' shapes are the same."""
    same = geometry.shape_1 == geometry.shape_2
    return 0 if same else broadcast_levels(geometry.shape_1, geometry.shape_2)


def transposed_levels(geometry: TransposeGeometry) -> int:
    return len(geometry.input_shape)
