"""How far the pointers of a generated program reach: on an AVR 16 bits, of a flash that may be larger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..operators.spec import Step
    from .bare_c.call import Lowered

__all__ = ["constant_sizes", "reaches_all", "unreached"]

SHORT_POINTER = 2
NEAR_BYTES = 65536 - 256
"""What LPM reads, without the vectors that lie first: 57 of 4 bytes on an ATmega2560 (its data sheet)."""
LARGEST_OBJECT = 32767
"""Of avr-gcc, which says "size of array is too large" of more."""


def reaches_all(pointer_bytes: int, flash_bytes: int) -> bool:
    """Whether pointers reach all of a flash, so that nothing hangs on the constants' sizes."""
    return pointer_bytes > SHORT_POINTER or flash_bytes <= NEAR_BYTES


def constant_sizes(lowered: Lowered) -> tuple[Step, tuple[int, ...]]:
    """An operator with the bytes of each constant that its kernels read."""
    return lowered.step, tuple(constant.size_bytes for constant in lowered.constants)


def unreached(
    constants: Iterable[tuple[Step, Sequence[int]]], pointer_bytes: int, flash_bytes: int
) -> Iterator[tuple[Step, str]]:
    """The first operator whose constants a program cannot have, or not read, and why: it would not compile,
    or read other bytes without a word.

    Args:
        constants: the operators in order, each with the bytes of its constants.
        pointer_bytes: of the target.
        flash_bytes: of the part; what is too much for a small one is told by its size.
    """
    if reaches_all(pointer_bytes, flash_bytes):
        return
    total = 0
    for step, sizes in constants:
        largest, total = max(sizes, default=0), total + sum(sizes)
        if largest > LARGEST_OBJECT:
            said = f"has {largest:,} bytes of weights in one array, and avr-gcc takes {LARGEST_OBJECT:,}"
        elif total > NEAR_BYTES:
            said = (
                f"makes it {total:,} bytes of weights, tables and parameters, of which pointers of 16 bits "
                f"reach the first {NEAR_BYTES:,}"
            )
        else:
            continue
        yield step, said
        return
