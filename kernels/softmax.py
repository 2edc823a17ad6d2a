"""SOFTMAX of int8 rows, to int8 or int16, and of int16 rows.

Of int8 the exponential of every distance from a row's maximum, 0 to 255, is computed once when the operator
is bound. A row is then a sum of exponentials with 12 integer bits, one reciprocal, and one product and
rounding shift an element. Of int16 exponentials and reciprocals lie on straight lines between 513 knots.
Sources: TFLM, kernels/internal/reference/softmax.h and kernels/internal/common.h.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import exponential
from ._helpers import inline
from ._jit import kernel
from .exponential import SUM_BITS
from .fixed_point import (
    leading_zeros,
    multiply_by_quantized_multiplier,
    rounding_divide_by_pot,
    saturating_rounding_doubling_high_mul,
    wrap_int32,
)

_reciprocal = inline(exponential.one_over_one_plus_x)


def softmax(x: Any, exponentials: Any, y: Any, bits: Any, stopped: Any) -> None:
    """x and y: rows x depth; `bits` of an output number. stopped[0] becomes the row, counted from 1, whose
    sum is too large for TFLM's check, and nothing further is computed; else 0."""
    low = -(np.int64(1) << (bits - 1))
    stopped[0] = 0
    for row in range(x.shape[0]):
        largest = np.int8(-128)
        for i in range(x.shape[1]):
            largest = max(largest, x[row, i])
        top = np.int64(largest)
        total = np.int64(0)
        for i in range(x.shape[1]):
            total += np.int64(exponentials[256 + top - np.int64(x[row, i])])
        total = wrap_int32(total) & 0xFFFFFFFF
        headroom = leading_zeros(total)
        exponent = SUM_BITS - headroom + 31 - bits
        if exponent > 31:
            stopped[0] = row + 1
            return
        scale = _reciprocal((total << headroom) - 0x80000000)
        for i in range(x.shape[1]):
            power = np.int64(exponentials[top - np.int64(x[row, i])])
            share = saturating_rounding_doubling_high_mul(scale, power)
            y[row, i] = min(max(rounding_divide_by_pot(share, exponent) + low, low), -low - 1)


KNOTS = 512
LEAST, GREATEST = -32768, 32767


def _knots(function: Any, middle: int, width: float) -> NDArray[np.int16]:
    """The function over the whole range of an int16 input, in steps of 2 / 65535, float32 throughout.

    `middle` is the input's zero point, `width` what its range is wide. A knot lies lower by half of the error
    in the middle of the line that starts in it. Multiply-adds in one step, as a Cortex-M4F has them, give the
    same knots.
    """
    real = np.float32
    scale = real(width) / real(GREATEST - LEAST)
    first, last = (scale * real(end - middle) for end in (LEAST, GREATEST))
    out = real(2) / real(GREATEST - LEAST)
    steps = real(GREATEST - LEAST + 1) / (out * real(GREATEST) - out * real(LEAST))
    step = (last - first) / real(KNOTS)
    at = first + np.arange(KNOTS + 1, dtype=real) * step
    value = function(at) * steps
    line = _rounded((value[1:] + _rounded(value[:-1])) / real(2))
    error = line - _rounded(function(at[:-1] + step / real(2)) * steps)
    knots = [*(_rounded(value[:-1]) - _rounded(error / real(2))), _rounded(function(last) * steps)]
    made: NDArray[np.int16] = np.clip(knots, LEAST, GREATEST).astype(np.int16)
    return made


def _rounded(x: Any) -> Any:
    """Halves away from zero."""
    wide = np.asarray(x, np.float64)
    return np.copysign(np.floor(np.abs(wide) + 0.5), wide).astype(np.float32)


def _exponential(x: Any) -> Any:
    return np.exp(x.astype(np.float64)).astype(np.float32)


def tables() -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """exp(x) from -10 to 0, and 1 / (1 + x) from 0 to 1."""
    reciprocal = _knots(lambda x: np.float32(1) / (np.float32(1) + x), LEAST, 1.0)
    return _knots(_exponential, GREATEST, 10.0), reciprocal


@inline
def _on_line(x: Any, knots: Any) -> Any:
    """Between two knots, for x from -32768 to 32767."""
    at = KNOTS // 2 + (x >> 7)
    slope = wrap_int32((np.int64(knots[at + 1]) - np.int64(knots[at])) << 16) >> 16
    return np.int64(knots[at]) + ((slope * (x & 127) + 64) >> 7)


@inline
def _power(distance: Any, exponentials: Any, multiplier: Any, shift: Any) -> Any:
    """Of what lies so far below, as a negative number, the largest of a row."""
    scaled = wrap_int32(multiply_by_quantized_multiplier(distance, multiplier, shift) + GREATEST)
    return _on_line(min(max(scaled, np.int64(LEAST)), np.int64(GREATEST)), exponentials)


@inline
def _shares(powers: Any, total: Any, reciprocals: Any) -> None:
    """The powers of a row by their sum, in place; TFLM's sum has 32 bits, and shares are 0 where it is not
    above 0."""
    total = wrap_int32(total)
    if total <= 0:
        for i in range(len(powers)):
            powers[i] = 0
        return
    headroom = leading_zeros(total)
    shifted = (((total << headroom) >> 1) + (1 << 13)) >> 14
    part = min(max(shifted - (1 << 15) - (1 << 16), np.int64(LEAST)), np.int64(GREATEST))
    scale, right = np.int32(_on_line(part, reciprocals)), np.int32(31 - headroom)
    half = np.int32(np.int64(1) << (31 - headroom - 1))
    for i in range(len(powers)):
        share = np.int32(np.int32(np.int32(powers[i]) * scale) + half) >> right
        powers[i] = min(max(np.int32(share), np.int32(0)), np.int32(GREATEST))


@kernel("void(Array(int16, 2, 'C', readonly=True), int16[::1], int16[::1], int16[:, ::1], int64, int64)")
def softmax_of_int16(
    x: Any, exponentials: Any, reciprocals: Any, y: Any, multiplier: Any, shift: Any
) -> None:
    """x and y: rows x depth; multiplier and shift bring a distance to 65535 steps for 10."""
    for row in range(x.shape[0]):
        largest = np.int16(LEAST)
        for i in range(x.shape[1]):
            largest = max(largest, x[row, i])
        total = np.int64(0)
        for i in range(x.shape[1]):
            power = _power(np.int64(x[row, i]) - np.int64(largest), exponentials, multiplier, shift)
            y[row, i] = power
            total += power
        _shares(y[row], total, reciprocals)


@kernel("void(Array(int16, 2, 'C', readonly=True), int16[::1], int16[::1], int16[:, ::1])")
def softmax_by_powers(x: Any, powers: Any, reciprocals: Any, y: Any) -> None:
    """As `softmax_of_int16`, with the powers of every distance; the last stands for all beyond."""
    last, depth = np.int32(len(powers) - 1), np.uint64(x.shape[1])
    for row in range(x.shape[0]):
        source, target = x[row], y[row]
        largest = np.int16(LEAST)
        for i in range(depth):
            largest = max(largest, source[np.uint64(i)])
        top, total = np.int32(largest), np.int64(0)
        for i in range(depth):
            at = np.uint64(i)
            power = powers[np.uint32(min(np.int32(top - np.int32(source[at])), last))]
            target[at] = power
            total += np.int64(power)
        _shares(target, total, reciprocals)


@kernel("void(int16[::1], int16[::1], int64, int64)")
def _all_powers(exponentials: Any, y: Any, multiplier: Any, shift: Any) -> None:
    for distance in range(len(y)):
        y[distance] = _power(-np.int64(distance), exponentials, multiplier, shift)


def powers(exponentials: NDArray[np.int16], multiplier: int, shift: int) -> NDArray[np.int16]:
    """For `softmax_by_powers`."""
    made = np.empty(1 << 16, np.int16)
    _all_powers.bind(exponentials, made, multiplier, shift)()
    return made[: int(np.max(np.flatnonzero(made != made[-1]), initial=-1)) + 2].copy()


def _signature(item: str) -> str:
    return f"void(Array(int8, 2, 'C', readonly=True), int32[::1], {item}[:, ::1], int64, int64[::1])"


softmax_int8 = kernel(_signature("int8"))(softmax)
softmax_int16 = kernel(_signature("int16"))(softmax)
