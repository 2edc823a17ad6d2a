"""Where buffers go in the arena: TFLM's greedy memory planner.

A buffer has a size and a lifetime, counted in scopes of execution. Buffers whose place the file
prescribes come first, in listing order. The others enter in reverse listing order and are sorted by
size, largest first, stably, so that of equal sizes the later listed comes first. Each goes into the
first gap, by offset, that is large enough among the already placed buffers alive at the same time,
else behind the last of them. Source: `greedy_memory_planner.cc` of TFLM 90b983c2.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..model.align import align_up
from ..words.dataclass import dataclass
from .gap_tree import Entry, GapTree

__all__ = ["Buffer", "lower_bound", "peak", "place"]


@dataclass(frozen=True, slots=True)
class Buffer:
    """Bytes that something needs from scope `first` to scope `last`, both included.

    `tensor` is a tensor's index, or None for scratch of the operator at `step`. `offset` is a place
    that the file prescribes, in bytes from the start of the arena, or None. `alignment` is the least
    that the buffer itself needs; the arena's own may be larger.
    """

    size: int
    first: int
    last: int
    offset: int | None = None
    label: str = ""
    tensor: int | None = None
    step: int | None = None
    alignment: int = 1

    def overlaps(self, other: Buffer) -> bool:
        """Whether both are alive in some scope."""
        return self.first <= other.last and other.first <= self.last


def planning_order(buffers: Sequence[Buffer], alignment: int) -> list[int]:
    """Indices in the order in which the greedy planner places the buffers."""
    fixed = [i for i, buffer in enumerate(buffers) if buffer.offset is not None]
    free = [i for i, buffer in enumerate(buffers) if buffer.offset is None]
    free.reverse()
    free.sort(key=lambda i: -align_up(buffers[i].size, alignment))
    return fixed + free


class _Placed:
    """What has a place, found again by lifetime: in a long network few buffers are alive together.

    Those that live for a few scopes are listed under each of them, the others in one list. Where many are
    alive together, a tree tells the gap, or else rows of start, end, first and last scope are gone through
    as arrays. `aligned`: all starts and ends are multiples of the arena's alignment and of each buffer's.
    """

    BRIEF = 16
    FEW = 128
    FAILURES = 64

    def __init__(self, most: int, exact: bool, aligned: bool) -> None:
        self._brief: dict[int, list[Entry]] = {}
        self._long: list[Entry] = []
        self._sorted: list[Entry] = []
        self._most = most if exact and most > self.FEW else 0
        self._rows: NDArray[np.int64] | None = None
        self._tree: GapTree | None = None
        self._failures = 0 if aligned else self.FAILURES

    def add(self, buffer: Buffer, start: int, end: int) -> None:
        count = len(self._sorted)
        entry = start, count, end, buffer.first, buffer.last
        position = bisect(self._sorted, entry)
        self._sorted.insert(position, entry)
        if self._tree is not None:
            self._tree.add(entry)
        if self._rows is not None:
            self._rows[:, position + 1 : count + 1] = self._rows[:, position:count]
            self._rows[:, position] = start, end, buffer.first, buffer.last
        if self._is_brief(buffer):
            for scope in range(buffer.first, buffer.last + 1):
                self._brief.setdefault(scope, []).append(entry)
        else:
            self._long.append(entry)

    def _is_brief(self, buffer: Buffer) -> bool:
        return 0 <= buffer.last - buffer.first < self.BRIEF

    def _near(self, buffer: Buffer) -> list[Entry]:
        """All that overlap with the buffer in time, and perhaps others, sorted."""
        if not self._is_brief(buffer):
            return self._sorted
        scopes = range(buffer.first, buffer.last + 1)
        lists = [self._long, *(self._brief[scope] for scope in scopes if scope in self._brief)]
        if 4 * sum(map(len, lists)) > len(self._sorted):
            return self._sorted
        return sorted(set().union(*lists))

    def first_gap(self, buffer: Buffer, size: int) -> int:
        """The lowest offset at which `size` bytes are free while the buffer lives."""
        near = self._near(buffer)
        if self._most and len(near) > self.FEW:
            if (found := self._by_tree(buffer, size)) is not None:
                return found
            return self._first_gap_of_many(self._all_rows(), buffer, size)
        offset, first, last = 0, buffer.first, buffer.last
        for start, _, end, begins, ends in near:
            if begins <= last and first <= ends:
                if start - offset >= size:
                    break
                if end > offset:
                    offset = align_up(end, buffer.alignment)
        return offset

    def _by_tree(self, buffer: Buffer, size: int) -> int | None:
        """What the tree finds, which is no longer asked once it has failed too often."""
        if self._failures == self.FAILURES or size <= 0:
            return None
        if self._tree is None:
            self._tree = GapTree()
            for entry in self._sorted:
                self._tree.add(entry)
        found = self._tree.first_gap(buffer.first, buffer.last, size)
        if found is None:
            self._failures += 1
            if self._failures == self.FAILURES:
                self._tree = None
        return found

    def _all_rows(self) -> NDArray[np.int64]:
        count = len(self._sorted)
        if self._rows is None:
            self._rows = np.empty((4, self._most), np.int64)
            self._rows[:, :count] = np.array(self._sorted, np.int64).T[[0, 2, 3, 4]]
        return self._rows[:, :count]

    @staticmethod
    def _first_gap_of_many(rows: NDArray[np.int64], buffer: Buffer, size: int) -> int:
        """The same, with what lies before each start found for all of them at once."""
        starts, ends = rows[:2, (rows[2] <= buffer.last) & (buffer.first <= rows[3])]
        ends += -ends % buffer.alignment
        free_from = np.zeros(len(ends) + 1, np.int64)
        np.maximum.accumulate(ends, out=free_from[1:])
        np.maximum(free_from, 0, out=free_from)
        wide = starts - free_from[:-1] >= size
        return int(free_from[wide.argmax() if wide.any() else -1])


def place(buffers: Sequence[Buffer], alignment: int = 16) -> tuple[int, ...]:
    """Offsets in bytes, one a buffer; sizes are rounded up to `alignment`.

    Prescribed offsets are taken as they are, even where they overlap: TFLM does not look either.
    """
    offsets = [0] * len(buffers)
    placed = _Placed(len(buffers), _in_64_bits(buffers, alignment), _aligned(buffers, alignment))
    for index in planning_order(buffers, alignment):
        buffer = buffers[index]
        size = align_up(buffer.size, alignment)
        offset = buffer.offset if buffer.offset is not None else placed.first_gap(buffer, size)
        placed.add(buffer, offset, offset + size)
        offsets[index] = offset
    return tuple(offsets)


def _aligned(buffers: Sequence[Buffer], alignment: int) -> bool:
    """Whether every start and end comes to lie at a multiple of the arena's alignment, none below 0."""
    return all(
        alignment % b.alignment == 0
        and b.size >= 0
        and (b.offset is None or (b.offset >= 0 and b.offset % alignment == 0))
        for b in buffers
    )


def _in_64_bits(buffers: Sequence[Buffer], alignment: int) -> bool:
    """Whether no sum of sizes and offsets can leave 64 bits, whatever a file says."""
    return (
        sum(abs(b.size) + abs(b.offset or 0) + b.alignment + alignment for b in buffers) < 1 << 62
        and all(abs(b.first) < 1 << 62 and abs(b.last) < 1 << 62 for b in buffers)
    )  # fmt: skip


def peak(buffers: Iterable[Buffer], offsets: Iterable[int], alignment: int = 16) -> int:
    """Bytes from the start of the arena to the end of the highest buffer."""
    ends = (o + align_up(b.size, alignment) for b, o in zip(buffers, offsets, strict=True))
    return max(ends, default=0)


def lower_bound(buffers: Sequence[Buffer], alignment: int = 16) -> int:
    """The largest sum of live bytes in any scope: no placement can do with less."""
    changes: dict[int, int] = {}
    for buffer in buffers:
        size = align_up(buffer.size, alignment)
        changes[buffer.first] = changes.get(buffer.first, 0) + size
        changes[buffer.last + 1] = changes.get(buffer.last + 1, 0) - size
    live = most = 0
    for scope in sorted(changes):
        live += changes[scope]
        most = max(most, live)
    return most
