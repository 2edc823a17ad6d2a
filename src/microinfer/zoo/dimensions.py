"""Sizes that an architecture is built in."""

from __future__ import annotations

from ..errors import InputError

__all__ = ["expect_sizes", "scaled"]

WIDEST, DEEPEST, LARGEST = 64, 256, 4096


def scaled(channels: int, width: float) -> int:
    """Channels times a factor, at least one."""
    return max(1, round(channels * width))


def expect_sizes(width: float, depth: int, size: int, deepest: int = DEEPEST) -> None:
    """Refuse what no network has.

    Raises:
        InputError: a size is no number, or out of its range.
    """
    if isinstance(width, bool) or not isinstance(width, int | float) or not 0 < width <= WIDEST:
        raise InputError(f"width {width!r}: expected a factor above 0, at most {WIDEST}")
    for name, value, most in (("depth", depth, deepest), ("size", size, LARGEST)):
        if type(value) is not int or not 1 <= value <= most:
            raise InputError(f"{name} {value!r}: expected a whole number from 1 to {most}")
