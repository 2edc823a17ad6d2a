"""Which operator of a new model is which of the old one."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeAlias

__all__ = ["Pair", "align"]

Pair: TypeAlias = tuple[int | None, int | None]
"""Positions in the old and in the new model; None where it has no counterpart."""


def align(old: Sequence[tuple[str, Hashable]], new: Sequence[tuple[str, Hashable]]) -> Iterator[Pair]:
    """Pairs in the order of both models.

    Args:
        old, new: of each operator its name, and what else makes it the same operator.

    Equal operators are paired first. Of those between them, the ones of equal names are, in order: a layer
    that became wider is the same layer.
    """
    for tag, i, i_end, j, j_end in _blocks(old, new):
        if tag == "equal":
            yield from zip(range(i, i_end), range(j, j_end), strict=True)
            continue
        names = [name for name, _ in old[i:i_end]], [name for name, _ in new[j:j_end]]
        for inner, k, k_end, m, m_end in _blocks(*names):
            if inner == "equal":
                yield from zip(range(i + k, i + k_end), range(j + m, j + m_end), strict=True)
            else:
                yield from ((number, None) for number in range(i + k, i + k_end))
                yield from ((None, number) for number in range(j + m, j + m_end))


def _blocks(old: Sequence[Hashable], new: Sequence[Hashable]) -> Sequence[tuple[str, int, int, int, int]]:
    return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
