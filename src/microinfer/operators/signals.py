"""What the operators of TFLM's signal library share: checks of shapes, and arrays for their kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..model.tables import Tensor
from ..words.printing import counted
from .node import Array, Node

__all__ = [
    "LEAST_ONE",
    "NOT_NEGATIVE",
    "arrays",
    "expect_rank",
    "expect_room",
    "expect_rows",
    "expect_shape",
    "flat",
]

NOT_NEGATIVE = range(1 << 31)
LEAST_ONE = range(1, 1 << 31)
MOST_SAMPLES = 16 << 20
MOST_ROWS = 1 << 14


def expect_rank(node: Node, where: str, tensor: Tensor, rank: int) -> None:
    if len(tensor.shape) != rank:
        wanted = "a scalar" if rank == 0 else counted(rank, "dimension")
        node.fail(f"{where} ({tensor.name!r}) has shape {tensor.shape}, expected {wanted}")


def expect_shape(node: Node, where: str, tensor: Tensor, wanted: Sequence[int]) -> None:
    if tensor.shape != tuple(wanted):
        node.fail(f"{where} ({tensor.name!r}) has shape {tensor.shape}, expected {tuple(wanted)}")


def expect_rows(node: Node, where: str, tensor: Tensor) -> tuple[int, int]:
    """How many rows, the last dimension, there are, and how long they are."""
    if not tensor.shape or not tensor.elements:
        node.fail(
            f"{where} ({tensor.name!r}) has shape {tensor.shape}, expected one dimension or more, none of 0"
        )
    return tensor.elements // tensor.shape[-1], tensor.shape[-1]


def expect_room(node: Node, samples: int, rows: int = 1) -> None:
    """What an operator keeps has to fit a device, whatever its options and shapes ask for: `rows` times
    `samples`, each row in memory of its own."""
    if rows > MOST_ROWS:
        node.fail(f"keeps something for each of {rows} rows, expected at most {MOST_ROWS}")
    if rows * samples > MOST_SAMPLES:
        node.fail(
            f"keeps {counted(rows * samples, 'sample')}, more than the {MOST_SAMPLES} that any device has "
            "memory for"
        )


def arrays(given: Sequence[Array | None]) -> list[Array]:
    """The inputs, none of which is left out."""
    found = [array for array in given if array is not None]
    assert len(found) == len(given)
    return found


def flat(array: Array) -> Any:
    return array.reshape(-1)
