"""What a program around a model takes beside the arena and what is stored of the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from ..operators.spec import Geometry, Unmodelled
from ..words.dataclass import dataclass

__all__ = ["Image", "Operators", "unmodelled_names"]

Operators: TypeAlias = Sequence[tuple[str, Geometry]]
"""Names and geometries of a model's operators, in order."""


@dataclass(frozen=True, slots=True)
class Image:
    """Bytes of flash, stack and static RAM; None where a figure is not known.

    `provisional`: code or stack were not measured for this core or these operators. `code_unknown` names
    whose code is not in `code_bytes`, empty where nobody knows any.
    """

    code_bytes: int | None
    stack_bytes: int | None
    globals_bytes: int | None
    provisional: bool = False
    code_unknown: tuple[str, ...] = ()


def unmodelled_names(operators: Operators) -> tuple[str, ...]:
    """The operators of which nothing but their tensors is known, each name once."""
    return tuple(dict.fromkeys(name for name, g in operators if isinstance(g, Unmodelled)))
