"""Which fixed-point factors bare-c's short arithmetic takes: by their powers of two, before any weights."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["short_record", "short_sum"]


def short_record(shift: int) -> bool:
    """Whether `requantise` of kernels/fixed_point.h takes its short form for multiplier x 2^(shift - 31)."""
    return 1 <= -shift <= 14


def short_sum(shifts: Sequence[int]) -> bool:
    """Whether `mi_add` takes a sum, else `mi_add_any`: exponents of both addends and of the output.

    An addend's of 0 is that of exactly one half.
    """
    first, second, output = shifts
    return min(first, second) >= -8 and max(first, second) <= 0 and 18 <= -output <= 33
