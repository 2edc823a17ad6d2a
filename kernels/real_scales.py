"""Requantisation by real numbers, proven for each channel: a multiplication and a cut instead of a doubling
high product and a rounding shift.

What TFLM makes of a sum, round(round(sum x multiplier / 2^31) / 2^right) with halves up in the first and
away from zero in the second, rises with the sum, and so does trunc(float32(sum) x scale +- nudge), in
float32. Two functions that rise, and are clamped to int8, are the same if they pass from each value to the
next at the same sum: at most 255 places a channel. Each place bounds the nudge; the middle of what all leave
is taken, and then every place is looked at. Where nothing is left, neighbours of the nearest scale are tried.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._helpers import inline
from ._jit import kernel
from .multiply_add import fused

__all__ = ["SCALES", "find_scales", "real_scales"]

SCALES = 5
"""Numbers next to the exact scale that are tried for a channel."""

LEAST_STEP = 2.0**-23


@inline
def _first_sum(value: Any, multiplier: Any, right: Any) -> Any:
    """The least sum that becomes `value` or more."""
    one = np.int64(1)
    high = (value << right) - (one << (right - 1)) + (0 if value > 0 else 1)
    high = min(max(high, -(one << 31)), one << 31)
    wanted = (high << 31) - (one << 30)
    start = wanted // multiplier
    return start + (1 if start * multiplier < wanted else 0)


@inline
def _half_step(real: Any) -> Any:
    """Half the distance from a whole number of at most 2^8 to the float32 before it."""
    power, half = np.int64(1), 2.0**-25
    while power < real:
        power, half = power * 2, half * 2
    return half


@inline
def _cut(total: Any, scale: Any, nudge: Any) -> Any:
    """As `requantize_real` of the dot product kernels."""
    return np.int64(fused(np.float32(np.int32(total)), scale, -nudge if total < 0 else nudge))


@inline
def _nudge(multiplier: Any, right: Any, most: Any, scale: Any, least: Any, largest: Any) -> Any:
    """The middle of the nudges that fit, or -1."""
    low, high = 0.0, 1.0
    for value in range(least + 1, largest + 1):
        start = _first_sum(value, multiplier, right)
        if start > most or start <= -most:
            continue
        here, before = np.float64(start) * scale, np.float64(start - 1) * scale
        if value > 0:
            place = value - _half_step(value)
            low, high = max(low, place - here), min(high, place - before)
        else:
            place = 1 - value - _half_step(1 - value)
            low, high = max(low, place + before), min(high, place + here)
    return (low + high) / 2 if low < high else -1.0


@inline
def _is_good(multiplier: Any, right: Any, most: Any, scale: Any, nudge: Any, least: Any, largest: Any) -> Any:
    good = True
    for value in range(least + 1, largest + 1):
        start = _first_sum(value, multiplier, right)
        before, here = min(start - 1, most), max(start, -most)
        good = good and (before < -most or _cut(before, scale, nudge) < value)
        good = good and (here > most or _cut(here, scale, nudge) >= value)
    return good


@kernel("void(int32[::1], int32[::1], int64[::1], float32[::1], float32[::1], int64[::1], int64, int64)")
def find_scales(
    multipliers: Any, shifts: Any, most: Any, scales: Any, nudges: Any, missed: Any, least: Any, largest: Any
) -> None:
    """Scales and nudges that make of every sum from -most to most what TFLM does, as far as values from
    `least` to `largest` show, zero points left out; shifts are below 0. `missed`: one number, 1 + the first
    channel for which there is none, at which the search ends, or 0."""
    missed[0] = 0
    for c in range(len(multipliers)):
        multiplier, right = np.int64(multipliers[c]), -np.int64(shifts[c])
        scales[c], nudges[c] = np.float32(0), np.float32(0.5)
        if multiplier == 0:
            continue
        exact = np.float64(multiplier) / np.float64(np.int64(1) << 31) / np.float64(np.int64(1) << right)
        missed[0] = c + 1
        for candidate in range(SCALES):
            step = (candidate + 1) // 2 * (1 if candidate % 2 == 0 else -1)
            scale = np.float32(exact * (1.0 + step * LEAST_STEP))
            nudge = np.float32(_nudge(multiplier, right, most[c], np.float64(scale), least, largest))
            if nudge < 0:
                continue
            if _is_good(multiplier, right, most[c], scale, nudge, least, largest):
                scales[c], nudges[c], missed[0] = scale, nudge, 0
                break
        if missed[0] != 0:
            return


def real_scales(
    multipliers: NDArray[np.int32],
    shifts: NDArray[np.int32],
    most: NDArray[np.int64],
    least: int,
    largest: int,
) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    """(scales, nudges) a channel, or None where some channel has none; see `find_scales`. Sums are narrow."""
    scales, nudges = (np.empty(len(multipliers), np.float32) for _ in range(2))
    missed = np.zeros(1, np.int64)
    find_scales(
        np.ascontiguousarray(multipliers), np.ascontiguousarray(shifts), most, scales, nudges, missed,
        least, largest,
    )  # fmt: skip
    return None if missed[0] else (scales, nudges)
