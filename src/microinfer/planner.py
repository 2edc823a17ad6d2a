"""Where buffers go in the arena: TFLM's greedy memory planner.

A buffer has a size and a lifetime, counted in scopes of execution. Buffers whose place the file
prescribes come first, in listing order. The others enter in reverse listing order and are sorted by
size, largest first, stably, so that of equal sizes the later listed comes first. Each goes into the
first gap, by offset, that is large enough among the already placed buffers alive at the same time,
else behind the last of them. Source: `greedy_memory_planner.cc` of TFLM 90b983c2.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Buffer", "align_up", "lower_bound", "peak", "place"]


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


def align_up(size: int, alignment: int) -> int:
    """The least multiple of `alignment` that is not below `size`."""
    return -(-size // alignment) * alignment


def planning_order(buffers: Sequence[Buffer], alignment: int) -> list[int]:
    """Indices in the order in which the greedy planner places the buffers."""
    fixed = [i for i, buffer in enumerate(buffers) if buffer.offset is not None]
    free = [i for i, buffer in enumerate(buffers) if buffer.offset is None]
    free.reverse()
    free.sort(key=lambda i: -align_up(buffers[i].size, alignment))
    return fixed + free


def place(buffers: Sequence[Buffer], alignment: int = 16) -> tuple[int, ...]:
    """Offsets in bytes, one a buffer; sizes are rounded up to `alignment`.

    Prescribed offsets are taken as they are, even where they overlap: TFLM does not look either.
    """
    offsets = [0] * len(buffers)
    starts: list[int] = []
    placed: list[tuple[int, int, int, int]] = []  # start, end, first, last; by start
    for index in planning_order(buffers, alignment):
        buffer = buffers[index]
        size = align_up(buffer.size, alignment)
        offset = 0
        if buffer.offset is not None:
            offset = buffer.offset
        else:
            first, last = buffer.first, buffer.last
            for start, end, begins, ends in placed:
                if begins <= last and first <= ends:
                    if start - offset >= size:
                        break
                    if end > offset:
                        offset = align_up(end, buffer.alignment)
        at = bisect_right(starts, offset)
        starts.insert(at, offset)
        placed.insert(at, (offset, offset + size, buffer.first, buffer.last))
        offsets[index] = offset
    return tuple(offsets)


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
