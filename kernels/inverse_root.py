"""1 / sqrt(x) of whole numbers as TFLM computes it: a multiplier and a shift, by five Newton steps.

Source: TFLM, kernels/internal/common.h, GetInvSqrtQuantizedMultiplierExp.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import exponential
from ._helpers import inline
from ._jit import kernel
from .fixed_point import (
    INT32_MAX,
    rounding_divide_by_pot,
    saturating_left_shift,
    saturating_rounding_doubling_high_mul,
    wrap_int32,
)

__all__ = ["inverse_roots", "rsqrt_table"]

ONE, ONE_AND_A_HALF = 1 << 28, (1 << 28) + (1 << 27)
"""With three integer bits."""
HALF_OF_ROOT_2 = 1518500250
KEPT_BITS = 20
"""RSQRT keeps so many bits of a result below 1 before it is rescaled."""


@inline
def _scaled(value: Any) -> Any:
    """`value`, 1 or more, times a power of 4 to between 2^27 and 2^29, and 11 less that power. No loop, so
    that many are found together."""
    x, shift = np.int64(value), np.int64(11)
    if x >= 1 << 29:
        x, shift = x >> 2, shift + 1
    if x < 1 << 13:
        x, shift = x << 16, shift - 8
    if x < 1 << 21:
        x, shift = x << 8, shift - 4
    if x < 1 << 25:
        x, shift = x << 4, shift - 2
    if x < 1 << 27:
        x, shift = x << 2, shift - 1
    return x, shift


@inline
def inverse_roots(values: Any, multipliers: Any, shifts: Any, count: Any) -> None:
    """1 / sqrt(value) is multiplier x 2^(shift - 31), the shift 0 or to the right, so negative; of the first
    `count` int32. The loop is here and not around it, since LLVM takes in no more than a step of it."""
    for i in range(count):
        scaled, power = _scaled(max(np.int64(values[i]), np.int64(1)))
        half = rounding_divide_by_pot(scaled >> 1, 1)
        x = np.int64(ONE)
        for _ in range(5):
            square = saturating_rounding_doubling_high_mul(x, x)
            cube = saturating_left_shift(saturating_rounding_doubling_high_mul(square, x), 6)
            grown = saturating_rounding_doubling_high_mul(np.int64(ONE_AND_A_HALF), x)
            x = saturating_left_shift(
                wrap_int32(grown - saturating_rounding_doubling_high_mul(half, cube)), 3
            )
        x = saturating_rounding_doubling_high_mul(x, np.int64(HALF_OF_ROOT_2))
        found = wrap_int32(x << max(-power, np.int64(0)))
        is_one = values[i] <= 1
        multipliers[i] = np.int64(INT32_MAX) if is_one else found
        shifts[i] = np.int64(0) if is_one else min(-power, np.int64(0))


@kernel("void(int64[::1], int64[::1], int64[::1])")
def _kept(values: Any, y: Any, shifts: Any) -> None:
    """1 / sqrt(value) with KEPT_BITS bits below 1, of values above 0; `shifts` has room for as many."""
    inverse_roots(values, y, shifts, y.size)
    for i in range(y.size):
        left = wrap_int32(np.int64(1) << (shifts[i] + KEPT_BITS))
        y[i] = saturating_rounding_doubling_high_mul(left, y[i])


def rsqrt_table(x: NDArray[np.int64], multiplier: int, shift: int, offset: int, low: int, high: int) -> Any:
    """RSQRT of numbers less their zero point; the greatest number of 0, and, unused, of negative ones."""
    above = np.maximum(x, 1)
    kept, shifts = np.empty((2, *x.shape), np.int64)
    _kept.bind(np.ascontiguousarray(above), kept, shifts)()
    scaled = exponential.wrap(exponential.rescale(kept, multiplier, shift - KEPT_BITS) + offset)
    return np.where(x > 0, np.clip(scaled, low, high), high)
