"""PAD: the input in the middle of an output that was filled first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from .data_movement import Run, copy, fill, in_turn

__all__ = ["pad"]


def pad(source: NDArray[Any], target: NDArray[Any], before: Sequence[int], value: NDArray[Any]) -> Run:
    """A closure that fills `target` with the one element of `value` and sets `source` at `before`."""
    inner = target[
        tuple(slice(start, start + size) for start, size in zip(before, source.shape, strict=True))
    ]
    if inner.shape == target.shape:
        return copy(source, target)
    return in_turn([fill(target, value), copy(source, inner)])
