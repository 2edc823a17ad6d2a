"""What newlib's memcpy and memset do on an Armv7-M core, in units of work.

Both TFLM libraries move tensors with them, often a few bytes at a time, so that alignment decides the
price. One unit is what costs one cycle on a Cortex-M4 with an ideal memory: an instruction, one more
for a load that does not follow a load, two more for a taken branch; an instruction that its condition
skips costs what it costs otherwise. What happens once a call, its path, is kept apart from the loops
over blocks and words, for other cores are quicker at the one than at the other. Addresses count modulo
4; tensors and scratch buffers start at multiples of 16, so these follow from offsets. Source: the
loops of `memcpy-armv7m` and `memset` in the newlib that GNU Arm 12.2 ships.
"""

from __future__ import annotations

from functools import lru_cache

__all__ = ["Copies"]

TAKEN, NOT_TAKEN, RETURN = 3, 1, 3


class Copies:
    """Copies and fills, added up; `counts` are their events."""

    def __init__(self) -> None:
        self.counts = {"copy_path": 0, "copy_loops": 0, "fill_path": 0, "fill_loops": 0}

    def copy(self, size: int, source: int, target: int, times: int = 1) -> None:
        """memcpy(target, source, size), so many times."""
        path, loops = _copied(size, source & 3, target & 3)
        self.counts["copy_path"] += path * times
        self.counts["copy_loops"] += loops * times

    def fill(self, size: int, target: int, times: int = 1) -> None:
        """memset(target, value, size), so many times."""
        path, loops = _filled(size, target & 3)
        self.counts["fill_path"] += path * times
        self.counts["fill_loops"] += loops * times


@lru_cache(maxsize=4096)
def _copied(size: int, source: int, target: int) -> tuple[int, int]:
    path = 3
    if not (source | target) & 3:
        return _aligned(size, path + NOT_TAKEN)
    path += TAKEN + 1
    if size < 8:
        return _short(size, path + TAKEN)
    path += NOT_TAKEN + 1
    if not source & 3:
        return _aligned(size, path + TAKEN)
    path += NOT_TAKEN + 1
    if not target & 3:
        return _aligned(size, path + TAKEN)
    head = 4 - (target & 3)
    path += NOT_TAKEN + 7 + (NOT_TAKEN + 3 + TAKEN if head & 2 else TAKEN)
    return _aligned(size - head, path)


def _aligned(size: int, path: int) -> tuple[int, int]:
    """From the 64-byte loop on: blocks of 64, of 16, words, and a tail of up to three bytes."""
    loops = 0
    path += 1
    for block, turn in ((64, 52), (16, 16), (4, 7)):
        turns, size = divmod(size, block)
        path += 1 + (NOT_TAKEN - 2 if turns else TAKEN)
        loops += turn * turns
    return path + _tail(size), loops


def _tail(size: int) -> int:
    if not size:
        return TAKEN + 1 + RETURN
    return NOT_TAKEN + 5 + (NOT_TAKEN + 3 if size & 2 else TAKEN) + 1 + RETURN


def _short(size: int, path: int) -> tuple[int, int]:
    """Fewer than 8 bytes of which an end is not aligned: byte by byte."""
    if size < 4:
        return path + 1 + TAKEN + 1 + _tail(size), 0
    return path + 1 + NOT_TAKEN - 2 + 9 + 1 + RETURN, 7 * (size - 3)


@lru_cache(maxsize=4096)
def _filled(size: int, target: int) -> tuple[int, int]:
    path, loops = 5, 0
    if target & 3:
        path += NOT_TAKEN + 2
        if not size:
            return path + TAKEN + 6, 0
        path += NOT_TAKEN + 2 + TAKEN
        while True:
            size -= 1
            target = (target + 1) & 3
            loops += 2
            if not target:
                path += NOT_TAKEN
                break
            loops += TAKEN + 1
            if not size:
                return path + TAKEN + 6, loops
            loops += NOT_TAKEN
    else:
        path += TAKEN + 2 + TAKEN
    path += 1
    if size < 4:
        return _fill_bytes(size, path + TAKEN, loops)
    path += NOT_TAKEN + 4
    if size < 16:
        path += TAKEN + 2 + TAKEN
    else:
        blocks, rest = divmod(size, 16)
        path += NOT_TAKEN + 6 - 2 + 4
        loops += 9 * blocks
        if rest < 4:
            path += TAKEN + 3
            if not rest:
                return path + NOT_TAKEN + TAKEN + 6, loops
            return path + TAKEN + 2 + 6 - 2, loops + 5 * rest
        path += NOT_TAKEN
        size = rest
    words, size = divmod(size, 4)
    return _fill_bytes(size, path + 4 - 2 + 1, loops + 5 * words)


def _fill_bytes(size: int, path: int, loops: int) -> tuple[int, int]:
    """The last bytes, and the return: LDM of three words."""
    if not size:
        return path + TAKEN + 6, loops
    return path + NOT_TAKEN + 2 + 6 - 2, loops + 5 * size
