"""The smallest arena to the byte, from what TFLM takes at either end of it while it starts.

The start of an arena is aligned. Where its end is not, everything at the end lies `slack` bytes lower
than in the next larger arena of a whole alignment, until padding takes up the shift. Source:
`single_arena_buffer_allocator.cc` of TFLM 90b983c2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..model.align import align_up

__all__ = ["ALIGNMENT", "Event", "smallest"]

ALIGNMENT = 16


class Event(NamedTuple):
    """The tail grows by `size` bytes, then `alignment`, while all bytes up to `below` are in use.

    `rounded`: the alignment to which the tail's end is rounded when TFLM asks what is left. The bytes
    `used_from` to `used_to`, which lie above `below`, are in use too, but not what is around them.
    """

    size: int
    alignment: int
    below: int
    rounded: int
    used_from: int
    used_to: int


def smallest(journal: Sequence[Event], needed: int) -> int:
    """The least number of bytes from which on every arena works.

    Args:
        journal: what happens from the first allocation to the last.
        needed: the most bytes that are in use at once in an arena of a whole alignment.
    """
    size = align_up(needed, ALIGNMENT)
    while size > 0 and _works(journal, size - 1, needed):
        size -= 1
    return size


def _works(journal: Sequence[Event], arena: int, needed: int) -> bool:
    whole = align_up(arena, ALIGNMENT)
    plain, tail = 0, whole - arena
    enough = whole >= needed
    for size, alignment, below, rounded, used_from, used_to in journal:
        tail = -(-(tail + size) // alignment) * alignment
        start = whole - (tail if rounded == 1 else align_up(tail, rounded))
        if start < below or (used_from < start + size and start < used_to):
            return False
        if enough:
            plain = -(-(plain + size) // alignment) * alignment
            if plain == tail:
                return True
    return True
