"""Finds the first gap among thousands of placed buffers without going through them one by one.

A B-tree of what is placed, sorted by address. Each node knows its lowest start, its highest end, the widest
gap between its entries and between which scopes they begin and end. Where all of a node is alive with the
buffer that is to be placed, and no gap in it is wide enough, it counts as one; where none of it is, as none.
What is wide in time has neighbours like it, so few nodes are opened; where lifetimes are all in a muddle
too many are, and `first_gap` gives up.
"""

from __future__ import annotations

from bisect import bisect
from typing import Any, TypeAlias

__all__ = ["Entry", "GapTree"]

Entry: TypeAlias = tuple[int, int, int, int, int]
"""Start, number in the order of placing, end, first and last scope."""

MOST_ITEMS = 32
MOST_OPENED = 24


class _Node:
    """`items` are entries, or nodes, sorted by their lowest entries, `lows`."""

    __slots__ = (
        "begun",
        "begun_late",
        "end",
        "ended",
        "ended_early",
        "gap",
        "items",
        "leaf",
        "lows",
        "start",
    )

    def __init__(self, items: list[Any], lows: list[Entry], leaf: bool) -> None:
        self.items, self.lows, self.leaf = items, lows, leaf
        self.start = min(entry[0] for entry in lows) if leaf else items[0].start
        self.end: int = max(item[2] if leaf else item.end for item in items)
        self.begun: int = min(item[3] if leaf else item.begun for item in items)
        self.begun_late: int = max(item[3] if leaf else item.begun_late for item in items)
        self.ended_early: int = min(item[4] if leaf else item.ended_early for item in items)
        self.ended: int = max(item[4] if leaf else item.ended for item in items)
        self.gap = 0
        self.measure()

    def measure(self) -> None:
        """`gap`: no gap in here is wider. The sum of what lies apart would be exact, and is not needed."""
        widest, end = -1, self.start
        if self.leaf:
            for start, _, ends, _, _ in self.items:
                if start - end > widest:
                    widest = start - end
                if ends > end:
                    end = ends
        else:
            for node in self.items:
                if node.start - end > widest:
                    widest = node.start - end
                if node.end > end:
                    if node.gap > widest:
                        widest = max(widest, min(node.gap, node.end - end))
                    end = node.end
        self.gap = widest

    def take(self, entry: Entry) -> _Node | None:
        """Put it in its place; the upper half, as a node beside this one, where that made it too many."""
        start, _, end, first, last = entry
        if self.leaf:
            at = bisect(self.lows, entry)
            self.items.insert(at, entry)
            self.lows.insert(at, entry)
        else:
            at = max(0, bisect(self.lows, entry) - 1)
            node = self.items[at]
            beside = node.take(entry)
            self.lows[at] = node.lows[0]
            if beside is not None:
                self.items.insert(at + 1, beside)
                self.lows.insert(at + 1, beside.lows[0])
        if len(self.items) > MOST_ITEMS:
            half = len(self.items) // 2
            beside = _Node(self.items[half:], self.lows[half:], self.leaf)
            self.__init__(self.items[:half], self.lows[:half], self.leaf)  # type: ignore[misc]
            return beside
        self.start = min(self.start, start)
        self.end = max(self.end, end)
        self.begun, self.begun_late = min(self.begun, first), max(self.begun_late, first)
        self.ended_early, self.ended = min(self.ended_early, last), max(self.ended, last)
        self.measure()
        return None


class GapTree:
    """Takes entries one by one. Starts and ends are multiples of one alignment, none below 0."""

    def __init__(self) -> None:
        self._root: _Node | None = None
        self._opened = 0

    def add(self, entry: Entry) -> None:
        if self._root is None:
            self._root = _Node([entry], [entry], leaf=True)
        elif (beside := self._root.take(entry)) is not None:
            self._root = _Node([self._root, beside], [self._root.lows[0], beside.lows[0]], leaf=False)

    def first_gap(self, first: int, last: int, size: int) -> int | None:
        """The lowest offset at which so many bytes, at least one, are free from scope `first` to `last`; None
        where to tell it takes as long as to look at all entries."""
        if self._root is None:
            return 0
        self._opened = 0
        offset, _ = self._search(self._root, 0, first, last, size)
        return None if self._opened > MOST_OPENED else offset

    def _search(self, node: _Node, offset: int, first: int, last: int, size: int) -> tuple[int, bool]:
        """Where the gap begins, and whether it ends in this node; else what is taken up to its end."""
        self._opened += 1
        if self._opened > MOST_OPENED:
            return offset, True
        if node.leaf:
            for start, _, end, begins, ends in node.items:
                if begins <= last and first <= ends:
                    if start - offset >= size:
                        return offset, True
                    if end > offset:
                        offset = end
            return offset, False
        for item in node.items:
            if item.end <= offset or item.begun > last or item.ended < first:
                continue
            if item.gap < size and item.begun_late <= last and first <= item.ended_early:
                if item.start - offset >= size:
                    return offset, True
                offset = item.end
            else:
                offset, found = self._search(item, offset, first, last, size)
                if found:
                    return offset, True
        return offset, False
