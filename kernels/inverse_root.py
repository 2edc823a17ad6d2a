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

__all__ = ["inverse_root", "inverse_root_shift", "rsqrt_table"]

ONE, ONE_AND_A_HALF = 1 << 28, (1 << 28) + (1 << 27)
"""With three integer bits."""
HALF_OF_ROOT_2 = 1518500250
KEPT_BITS = 20
"""RSQRT keeps so many bits of a result below 1 before it is rescaled."""


@inline
def inverse_root_shift(value: Any) -> Any:
    """The bits that `inverse_root` shifts by to the left, or, negative, to the right; value >= 0."""
    if value <= 1:
        return np.int64(0)
    shift = np.int64(11)
    while value >= 1 << 29:
        value = value // 4
        shift += 1
    while value < 1 << 27:
        value = value * 4
        shift -= 1
    return -shift


@inline
def inverse_root(value: Any) -> Any:
    """A multiplier: 1 / sqrt(value) is it times 2^(shift - 31), with the shift of `inverse_root_shift`, or 0
    where that is to the left."""
    if value <= 1:
        return np.int64(INT32_MAX)
    shift = -inverse_root_shift(value)
    while value >= 1 << 29:
        value = value // 4
    while value < 1 << 27:
        value = value * 4
    whole = np.int64(value) >> 1
    half = rounding_divide_by_pot(whole, 1)
    x = np.int64(ONE)
    for _ in range(5):
        square = saturating_rounding_doubling_high_mul(x, x)
        cube = saturating_left_shift(saturating_rounding_doubling_high_mul(square, x), 6)
        grown = saturating_rounding_doubling_high_mul(np.int64(ONE_AND_A_HALF), x)
        x = saturating_left_shift(wrap_int32(grown - saturating_rounding_doubling_high_mul(half, cube)), 3)
    x = saturating_rounding_doubling_high_mul(x, np.int64(HALF_OF_ROOT_2))
    return wrap_int32(x << -shift) if shift < 0 else x


@kernel("void(int64[::1], int64[::1])")
def _kept(values: Any, y: Any) -> None:
    """1 / sqrt(value) with KEPT_BITS bits below 1, of values above 0."""
    for i in range(y.size):
        shift = min(inverse_root_shift(values[i]), np.int64(0)) + KEPT_BITS
        left = wrap_int32(np.int64(1) << shift)
        y[i] = saturating_rounding_doubling_high_mul(left, inverse_root(values[i]))


def rsqrt_table(x: NDArray[np.int64], multiplier: int, shift: int, offset: int, low: int, high: int) -> Any:
    """RSQRT of numbers less their zero point; the greatest number of 0, and, unused, of negative ones."""
    above = np.maximum(x, 1)
    kept = np.empty(x.shape, np.int64)
    _kept.bind(np.ascontiguousarray(above), kept)()
    scaled = exponential.wrap(exponential.rescale(kept, multiplier, shift - KEPT_BITS) + offset)
    return np.where(x > 0, np.clip(scaled, low, high), high)
