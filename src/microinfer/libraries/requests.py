"""Sizes of what several Prepare functions of TFLM ask for."""

from __future__ import annotations

INT32_BYTES = 4
INT64_BYTES = 8


def per_channel(channels: int) -> tuple[int, int]:
    """Arrays of multipliers and of shifts."""
    return INT32_BYTES * channels, INT32_BYTES * channels
