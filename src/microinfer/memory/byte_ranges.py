"""A set of bytes as ranges: as large as there are ranges, however many bytes there are."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["ByteRanges"]


class ByteRanges:
    """Bytes from `start` on and below `stop`, apart from each other and in order."""

    def __init__(self) -> None:
        self._ranges: list[tuple[int, int]] = []

    def add(self, start: int, stop: int) -> None:
        """These, too; what touches becomes one."""
        if start >= stop:
            return
        apart = []
        for one in self._ranges:
            if one[1] < start or one[0] > stop:
                apart.append(one)
            else:
                start, stop = min(start, one[0]), max(stop, one[1])
        self._ranges = sorted([*apart, (start, stop)])

    def remove(self, start: int, stop: int) -> None:
        """Not these."""
        if start >= stop:
            return
        left = []
        for first, behind in self._ranges:
            left += [(first, min(behind, start)), (max(first, stop), behind)]
        self._ranges = [(first, behind) for first, behind in left if first < behind]

    def within(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Those of a range."""
        for first, behind in self._ranges:
            if max(first, start) < min(behind, stop):
                yield max(first, start), min(behind, stop)
