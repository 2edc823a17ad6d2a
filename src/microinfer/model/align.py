"""Sizes rounded up to what memory and files are aligned to."""

from __future__ import annotations

__all__ = ["align_up"]


def align_up(size: int, alignment: int) -> int:
    """The least multiple of `alignment` that is not below `size`."""
    return -(-size // alignment) * alignment
