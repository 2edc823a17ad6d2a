"""Fixed-point arithmetic as every TFLM kernel does it: a real factor is multiplier x 2^(shift - 31).

A product is rounded twice: to 31 fraction bits, halves upwards, and after the right shift, halves away
from zero (gemmlowp's `SaturatingRoundingDoublingHighMul` and `RoundingDivideByPOT`; TFLM does not set
`TFLITE_SINGLE_ROUNDING`). Everything is computed in int64 and wrapped where C computes in int32, so
that the functions mean the same compiled and as plain Python.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._helpers import inline

__all__ = [
    "clamp",
    "leading_zeros",
    "multiply_by_quantized_multiplier",
    "rounding_divide_by_pot",
    "saturating_left_shift",
    "saturating_rounding_doubling_high_mul",
    "truncating_divide",
    "wrap_int32",
]

INT32_MIN = -(1 << 31)
INT32_MAX = (1 << 31) - 1


@inline
def wrap_int32(x: Any) -> Any:
    """The low 32 bits as a signed number, in int64: what an int32 of C holds after an overflow."""
    return ((np.int64(x) + 0x80000000) & 0xFFFFFFFF) - 0x80000000


@inline
def clamp(x: Any, low: Any, high: Any) -> Any:
    """max with `low` first, then min with `high`, as TFLM does it; it matters where low > high."""
    return min(max(x, low), high)


@inline
def saturating_rounding_doubling_high_mul(a: Any, b: Any) -> Any:
    """2ab / 2^32 for int32 a and b, rounded to nearest with halves upwards; int64 in int32's range.

    Only the square of the least int32 leaves it. There is no branch, so that loops become vectors.
    """
    return min((np.int64(a) * np.int64(b) + (1 << 30)) >> 31, np.int64(INT32_MAX))


@inline
def rounding_divide_by_pot(x: Any, exponent: Any) -> Any:
    """x / 2^exponent rounded to nearest, halves away from zero; 0 <= exponent <= 31."""
    mask = (np.int64(1) << exponent) - 1
    threshold = (mask >> 1) + (x < 0)
    return (x >> exponent) + ((x & mask) > threshold)


@inline
def saturating_left_shift(x: Any, exponent: Any) -> Any:
    """x * 2^exponent held inside int32, for int32 x and 0 <= exponent <= 31."""
    return min(max(np.int64(x) << exponent, INT32_MIN), INT32_MAX)


@inline
def multiply_by_quantized_multiplier(x: Any, multiplier: Any, shift: Any) -> Any:
    """x * multiplier * 2^(shift - 31) for int32 x, rounded twice; shift in [-31, 30].

    A left shift wraps as it does in C. The result is an int64 in int32's range.
    """
    if shift > 0:
        shifted = wrap_int32(np.int64(x) << shift)
        return saturating_rounding_doubling_high_mul(shifted, multiplier)
    return rounding_divide_by_pot(saturating_rounding_doubling_high_mul(x, multiplier), -shift)


@inline
def truncating_divide(a: Any, b: Any) -> Any:
    """a / b towards zero, as C divides; b > 0."""
    return a // b if a >= 0 else -((-a) // b)


@inline
def leading_zeros(x: Any) -> Any:
    """Of the 32 bits of a number from 0 upwards."""
    found, shifted = np.int64(x == 0), np.int64(x)
    if shifted < 1 << 16:
        found, shifted = found + 16, shifted << 16
    if shifted < 1 << 24:
        found, shifted = found + 8, shifted << 8
    if shifted < 1 << 28:
        found, shifted = found + 4, shifted << 4
    if shifted < 1 << 30:
        found, shifted = found + 2, shifted << 2
    return found + 1 if shifted < 1 << 31 else found
