"""What newlib's memcpy and memset do on an Armv7-M core, in units of work.

Both TFLM libraries move tensors with them, often a few bytes at a time, so that alignment decides the
price. One unit is what costs one cycle on a Cortex-M4 with an ideal memory: an instruction, one more
for a load that does not follow a load, two more for a taken branch. Addresses count modulo 4; tensors
and scratch buffers start at multiples of 16, so these follow from offsets. Source: the loops of
`memcpy-armv7m` and `memset` in the newlib that GNU Arm 12.2 ships.
"""

from __future__ import annotations

from functools import lru_cache

__all__ = ["copy_work", "fill_work"]

TAKEN, NOT_TAKEN, RETURN = 3, 1, 3


@lru_cache(maxsize=4096)
def copy_work(size: int, source: int, target: int) -> int:
    """Work of memcpy(target, source, size); addresses modulo 4."""
    work = 3
    if not (source | target) & 3:
        return work + NOT_TAKEN + _aligned(size)
    work += TAKEN + 1
    if size < 8:
        return work + TAKEN + _short(size)
    work += NOT_TAKEN + 1
    if not source & 3:
        return work + TAKEN + _aligned(size)
    work += NOT_TAKEN + 1
    if not target & 3:
        return work + TAKEN + _aligned(size)
    head = 4 - (target & 3)
    work += NOT_TAKEN + 4 + (3 if head & 1 else 2)
    if head & 2:
        work += NOT_TAKEN + 3 + TAKEN
    else:
        work += TAKEN
    return work + _aligned(size - head)


def _aligned(size: int) -> int:
    """From the 64-byte loop on: blocks of 64, of 16, words, and a tail of up to three bytes."""
    work = 1
    blocks, size = divmod(size, 64)
    work += TAKEN if not blocks else NOT_TAKEN + 52 * blocks - 2
    blocks, size = divmod(size, 16)
    work += 1 + (TAKEN if not blocks else NOT_TAKEN + 16 * blocks - 2)
    words, size = divmod(size, 4)
    work += 1 + (TAKEN if not words else NOT_TAKEN + 7 * words - 2)
    return work + 1 + _tail(size)


def _tail(size: int) -> int:
    if not size:
        return TAKEN + 1 + RETURN
    work = NOT_TAKEN + 2 + (3 if size & 1 else 2)
    return work + (NOT_TAKEN + 3 if size & 2 else TAKEN) + 1 + RETURN


def _short(size: int) -> int:
    """Fewer than 8 bytes of which an end is not aligned: byte by byte."""
    if size < 4:
        return 1 + TAKEN + 1 + _tail(size)
    return 1 + NOT_TAKEN + 7 * (size - 3) - 2 + 9 + 1 + RETURN


@lru_cache(maxsize=4096)
def fill_work(size: int, target: int) -> int:
    """Work of memset(target, value, size); address modulo 4."""
    work = 1 + 4
    if target & 3:
        work += NOT_TAKEN + 2
        if not size:
            return work + TAKEN + 4 + 2
        work += NOT_TAKEN + 2 + TAKEN
        left = size
        while True:
            left -= 1
            target = (target + 1) & 3
            work += 2
            if not target:
                work += NOT_TAKEN
                break
            work += TAKEN + 1
            if not left:
                return work + TAKEN + 6
            work += NOT_TAKEN
        size = left
    else:
        work += TAKEN + 2 + TAKEN
    work += 1
    if size < 4:
        return work + TAKEN + _fill_bytes(size)
    work += NOT_TAKEN + 4
    if size < 16:
        work += TAKEN + 2 + TAKEN
    else:
        blocks, rest = divmod(size, 16)
        work += NOT_TAKEN + 6 + (9 * blocks - 2) + 4
        if rest < 4:
            work += TAKEN + 3
            if not rest:
                return work + NOT_TAKEN + TAKEN + 6
            return work + TAKEN + 1 + _fill_bytes(rest, checked=False)
        work += NOT_TAKEN
        size = rest
    words, size = divmod(size, 4)
    work += 4 + (5 * words - 2) + 1
    return work + _fill_bytes(size)


def _fill_bytes(size: int, *, checked: bool = True) -> int:
    """The last bytes, and the return: LDM of three words."""
    if not size:
        return TAKEN + 6
    return (NOT_TAKEN + 1 if checked else 0) + 1 + (5 * size - 2) + 6
