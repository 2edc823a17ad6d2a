"""Exponential, reciprocal, logistic and tanh as gemmlowp computes them in int32 fixed point.

A number with n integer bits is raw / 2^(31 - n). Every function is branch-free integer arithmetic on
int64 that holds int32 values, so that it takes a whole numpy array, which is how the tables of 256
values are made when an operator is bound, or one number inside a compiled kernel.
Source: gemmlowp, fixedpoint/fixedpoint.h.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "SUM_BITS",
    "divide_by_pot",
    "exp_on_negative_values",
    "exponentials",
    "logistic",
    "one_over_one_plus_x",
    "rescale",
    "tanh",
    "wrap",
]

INPUT_BITS, SUM_BITS = 5, 12
"""Integer bits of what goes into a softmax's exponential, and of its sums."""
INT32_MIN = -(1 << 31)
INT32_MAX = (1 << 31) - 1
HALF = 1 << 30
ONE_THIRD = 715827883
EXP_OF_MINUS_ONE_EIGHTH = 1895147668
BARREL = (
    (-2, 1672461947),
    (-1, 1302514674),
    (0, 790015084),
    (1, 290630308),
    (2, 39332535),
    (3, 720401),
    (4, 242),
)
"""Exponent and exp(-2^exponent) with no integer bits."""


def wrap(x: Any, bits: int = 32) -> Any:
    """The low bits as a signed number: what a C integer of that width holds after an overflow."""
    half = 1 << (bits - 1)
    return ((x + half) & ((1 << bits) - 1)) - half


def multiply(a: Any, b: Any) -> Any:
    """a x b of fractions with 31 bits, halves upwards (SaturatingRoundingDoublingHighMul)."""
    return (a * b + HALF) >> 31


def divide_by_pot(x: Any, exponent: int) -> Any:
    """x / 2^exponent, halves away from zero (RoundingDivideByPOT)."""
    mask = (1 << exponent) - 1
    return (x >> exponent) + ((x & mask) > (mask >> 1) + (x < 0))


def rescale(x: Any, multiplier: int, shift: int) -> Any:
    """x times the factor multiplier x 2^(shift - 31), as MultiplyByQuantizedMultiplier, for arrays."""
    left = min(max(shift, 0), 32)
    return divide_by_pot(multiply(wrap(x << left), multiplier), min(max(-shift, 0), 62))


def exp_on_negative_values(a: Any, integer_bits: int) -> Any:
    """exp(a), with no integer bits, for a <= 0 with `integer_bits` of at most 5."""
    fraction = 31 - integer_bits
    quarter = 1 << (fraction - 2)
    below = (a & (quarter - 1)) - quarter
    remainder = below - a
    x = (below << integer_bits) + (1 << 28)
    x2 = multiply(x, x)
    x3 = multiply(x2, x)
    x4 = divide_by_pot(multiply(x2, x2), 2)
    series = x + divide_by_pot(multiply(x4 + x3, ONE_THIRD) + x2, 1)
    result = EXP_OF_MINUS_ONE_EIGHTH + multiply(EXP_OF_MINUS_ONE_EIGHTH, series)
    for exponent, factor in BARREL:
        if exponent < integer_bits:
            chosen = (remainder >> (fraction + exponent)) & 1
            result = result + chosen * (multiply(result, factor) - result)
    return result + (a == 0) * (INT32_MAX - result)


def one_over_one_plus_x(a: Any) -> Any:
    """1 / (1 + a) for a in [0, 1), both with no integer bits: three Newton steps for (1 + a) / 2.

    Written out without calls, so that a kernel can take it in.
    """
    half = (a + (1 << 31)) >> 1
    x = 1515870810 + ((half * -1010580540 + (1 << 30)) >> 31)
    for _ in range(3):
        error = (1 << 29) - ((half * x + (1 << 30)) >> 31)
        step = (x * error + (1 << 30)) >> 31
        x = x + np.minimum(np.maximum(step << 2, -(1 << 31)), (1 << 31) - 1)
    return np.minimum(np.maximum(x << 1, -(1 << 31)), (1 << 31) - 1)


def one_minus_x_over_one_plus_x(a: Any) -> Any:
    """(1 - a) / (1 + a) for a in [0, 1), both with no integer bits."""
    half = (a + (1 << 31)) >> 1
    x = 1515870810 + multiply(half, -1010580540)
    for _ in range(3):
        step = multiply(x, (1 << 29) - multiply(half, x))
        x = x + np.clip(step << 2, INT32_MIN, INT32_MAX)
    return np.clip((x - (1 << 29)) << 2, INT32_MIN, INT32_MAX)


def logistic(a: Any, integer_bits: int) -> Any:
    """1 / (1 + exp(-a)) with no integer bits."""
    positive = one_over_one_plus_x(exp_on_negative_values(-np.abs(a), integer_bits))
    return np.where(a > 0, positive, np.where(a == 0, HALF, INT32_MAX - positive))


def tanh(a: Any, integer_bits: int) -> Any:
    """tanh(a) with no integer bits: exp(-2|a|) is the exponential with one integer bit more."""
    size = one_minus_x_over_one_plus_x(exp_on_negative_values(-np.abs(a), integer_bits + 1))
    return np.sign(a) * size


def sigmoid_knots() -> Any:
    """65536 x logistic(i / 24) for i from 0 to 255, between which int16 functions interpolate.

    Each knot lies higher by half of the largest error of the straight line, so that the error is as
    often above as below; the last stands for all that follow.
    """
    step = 1.0 / 24.0
    value = 1.0 / (1.0 + np.exp(-step * np.arange(256)))
    curvature = value * (1.0 - value) * (1.0 - 2.0 * value)
    knots = np.floor(65536.0 * (value - step * step / 16.0 * curvature) + 0.5).astype(np.int64)
    knots[255] = 65535
    return knots


def logistic_int16(x: Any, knots: Any) -> Any:
    """Logistic of x / (3 x 2^12), as a fraction with 15 bits. One expression for arrays and kernels."""
    size = abs(x)
    at = np.minimum(size >> 9, 254)
    between = (knots[at] << 9) + (size & 511) * (knots[at + 1] - knots[at])
    raised = between + ((size >> 9) >= 255) * ((32767 << 10) - between)
    positive = (x >= 0) * 1
    return (positive * (raised + 512) + (1 - positive) * ((1 << 25) - raised + 511)) >> 10


def tanh_int16(x: Any, knots: Any) -> Any:
    """Tanh of x / (3 x 2^12), as a fraction with 15 bits: 2 logistic(2x) - 1."""
    size = abs(x)
    at = np.minimum(size >> 8, 254)
    between = (knots[at] << 8) + (size & 255) * (knots[at + 1] - knots[at])
    raised = between + ((size >> 8) >= 255) * ((65535 << 8) - between) - (1 << 23)
    positive = (x >= 0) * 1
    return (positive * (raised + 128) + (1 - positive) * (127 - raised)) >> 8


def exponentials(multiplier: int, shift: int, diff_min: int) -> NDArray[np.int32]:
    """exp(-distance x scale x beta) without integer bits, for distances 0 to 255, 0 below `diff_min`; then
    the same with SUM_BITS integer bits."""
    difference = -np.arange(256)
    inside = np.where(difference >= diff_min, difference, 0)
    scaled = rescale(inside, multiplier, shift)
    made = exp_on_negative_values(scaled, INPUT_BITS)
    found = np.where(difference >= diff_min, made, 0)
    return np.concatenate((found, divide_by_pot(found, SUM_BITS))).astype(np.int32)
