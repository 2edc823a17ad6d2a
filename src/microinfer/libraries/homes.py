"""Where an operator's data lie in the arena of a generated program."""

from __future__ import annotations

from collections.abc import Mapping

from ..words.dataclass import dataclass

__all__ = ["Homes"]


@dataclass(frozen=True, slots=True)
class Homes:
    """Offsets in bytes: of tensors by their number, of this operator's scratch in order, and of resource
    variables by their number, each with its size, which is 0 where nothing gives it memory."""

    tensors: Mapping[int, int]
    scratch: tuple[int, ...] = ()
    variables: tuple[tuple[int, int], ...] = ()
