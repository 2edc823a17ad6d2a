"""What a program around a model takes beside the arena and what is stored of the model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from ..operators.spec import Geometry, Unmodelled
from ..words.dataclass import dataclass, field

__all__ = ["CodeShare", "Image", "Operators", "unmodelled_names", "whole_bytes"]

Operators: TypeAlias = Sequence[tuple[str, Geometry]]
"""Names and geometries of a model's operators, in order."""


@dataclass(frozen=True, slots=True)
class CodeShare:
    """Bytes of code that these operators reach, linked once; the program's own where there are none. `group`
    is where the code comes from."""

    operators: tuple[str, ...]
    group: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Image:
    """Bytes of flash, stack and static RAM; None where a figure is not known.

    `provisional`: code or stack were not measured for this core or these operators. `code_unknown` names
    whose code is not in `code_bytes`, empty where nobody knows any; `stack_least` is how deep the stack goes
    at the least, where `stack_bytes` are None. `shared_out` tells where the bytes of
    code go: their sum is `code_bytes`.
    """

    code_bytes: int | None
    stack_bytes: int | None
    globals_bytes: int | None
    provisional: bool = False
    code_unknown: tuple[str, ...] = ()
    stack_least: int = 0
    shared_out: Callable[[], tuple[CodeShare, ...]] = field(default=tuple, repr=False, compare=False)


def whole_bytes(parts: Sequence[float], total: int) -> list[int]:
    """Parts as whole numbers with this total, of which they fall short by less than one each."""
    floors = [int(part) for part in parts]
    order = sorted(range(len(parts)), key=lambda at: floors[at] - parts[at])
    for at in order[: total - sum(floors)]:
        floors[at] += 1
    return floors


def unmodelled_names(operators: Operators) -> tuple[str, ...]:
    """The operators of which nothing but their tensors is known, each name once."""
    return tuple(dict.fromkeys(name for name, g in operators if isinstance(g, Unmodelled)))
