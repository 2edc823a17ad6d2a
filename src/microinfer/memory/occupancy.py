"""Who is alive in each scope of a plan, from one walk over births and deaths.

n buffers take about n log n steps, however many are alive at once; so a scope lists no more than `LISTED`.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Protocol

from ..model.align import align_up
from ..words.dataclass import dataclass

__all__ = ["LISTED", "Living", "Occupancy", "occupancy"]

LISTED = 256
"""Of a scope's buffers, largest first, these many are listed; the others are only counted."""


class Living(Protocol):
    """What has a place in the arena and a first and last scope."""

    @property
    def offset(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def first(self) -> int: ...
    @property
    def last(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Occupancy:
    """One scope: positions of its largest buffers, how many there are, their bytes and the highest end.

    Bytes and ends are rounded up to the arena's alignment.
    """

    largest: tuple[int, ...]
    count: int
    live_bytes: int
    top_bytes: int


def occupancy(buffers: Sequence[Living], alignment: int, scopes: int) -> tuple[Occupancy, ...]:
    """What holds in scopes 0 to `scopes` - 1. A buffer whose last scope is before its first never lives."""
    births: list[list[int]] = [[] for _ in range(scopes)]
    deaths: list[list[int]] = [[] for _ in range(scopes)]
    for position, buffer in enumerate(buffers):
        first, last = max(buffer.first, 0), min(buffer.last, scopes - 1)
        if buffer.first <= buffer.last and first <= last:
            births[first].append(position)
            deaths[last].append(position)
    alive: list[tuple[int, int]] = []
    tops: list[tuple[int, int]] = []
    live = 0
    found = []
    for scope in range(scopes):
        for position in births[scope]:
            buffer = buffers[position]
            insort(alive, (-buffer.size, position))
            heappush(tops, (-align_up(buffer.offset + buffer.size, alignment), min(buffer.last, scopes)))
            live += align_up(buffer.size, alignment)
        while tops and tops[0][1] < scope:
            heappop(tops)
        largest = tuple(position for _, position in alive[:LISTED])
        found.append(Occupancy(largest, len(alive), live, -tops[0][0] if tops else 0))
        for position in deaths[scope]:
            size = buffers[position].size
            del alive[bisect_left(alive, (-size, position))]
            live -= align_up(size, alignment)
    return tuple(found)
