"""SOFTMAX of int8 rows, to int8 or int16.

The exponential of every distance from a row's maximum, 0 to 255, is computed once when the operator is
bound. A row is then a sum of exponentials with 12 integer bits, one reciprocal, and one product and
rounding shift an element. Source: TFLM, kernels/internal/reference/softmax.h.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import exponential
from ._helpers import inline
from ._jit import kernel
from .fixed_point import rounding_divide_by_pot, saturating_rounding_doubling_high_mul, wrap_int32

INPUT_BITS = 5
SUM_BITS = 12

_reciprocal = inline(exponential.one_over_one_plus_x)


def exponentials(multiplier: int, shift: int, diff_min: int) -> NDArray[np.int32]:
    """exp(-distance x scale x beta) without integer bits, for distances 0 to 255; 0 below `diff_min`."""
    difference = -np.arange(256)
    inside = np.where(difference >= diff_min, difference, 0)
    scaled = exponential.rescale(inside, multiplier, shift)
    made = exponential.exp_on_negative_values(scaled, INPUT_BITS)
    return np.where(difference >= diff_min, made, 0).astype(np.int32)


def softmax(x: Any, exponentials: Any, y: Any, bits: Any, stopped: Any) -> None:
    """x and y: rows x depth; `bits` of an output number. stopped[0] becomes the row, counted from 1, whose
    sum is too large for TFLM's check, and nothing further is computed."""
    low = -(np.int64(1) << (bits - 1))
    for row in range(x.shape[0]):
        largest = np.int64(-128)
        for i in range(x.shape[1]):
            largest = max(largest, np.int64(x[row, i]))
        total = np.int64(0)
        for i in range(x.shape[1]):
            total += rounding_divide_by_pot(np.int64(exponentials[largest - x[row, i]]), SUM_BITS)
        total = wrap_int32(total) & 0xFFFFFFFF
        headroom = 0
        while headroom < 32 and (total << headroom) & 0x80000000 == 0:
            headroom += 1
        exponent = SUM_BITS - headroom + 31 - bits
        if exponent > 31:
            stopped[0] = row + 1
            return
        scale = _reciprocal(((total << headroom) & 0xFFFFFFFF) - 0x80000000)
        for i in range(x.shape[1]):
            share = saturating_rounding_doubling_high_mul(scale, np.int64(exponentials[largest - x[row, i]]))
            y[row, i] = min(max(rounding_divide_by_pot(share, exponent) + low, low), -low - 1)


def _signature(item: str) -> str:
    return f"void(Array(int8, 2, 'C', readonly=True), int32[::1], {item}[:, ::1], int64, int64[::1])"


softmax_int8 = kernel(_signature("int8"))(softmax)
softmax_int16 = kernel(_signature("int16"))(softmax)
