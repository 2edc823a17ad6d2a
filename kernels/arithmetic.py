"""ADD, SUB, MUL, SQUARED_DIFFERENCE, FLOOR_DIV, FLOOR_MOD and PRELU of two tensors of one shape.

Broadcasting happens before, by copying.

Sums are made on a scale that both inputs share: each input, shifted left as far as an int32 allows, is
multiplied by its scale over twice the larger input scale; the sum is then brought to the output's scale.
Products are rescaled once. Sources: TFLM, kernels/internal/reference/{add,sub,floor_div,floor_mod,prelu}.h,
integer_ops/mul.h and micro/kernels/squared_difference.cc.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._helpers import inline
from ._jit import kernel
from .fixed_point import multiply_by_quantized_multiplier, wrap_int32

HALF = 1 << 30


@inline
def _rounding(shift: Any) -> Any:
    """(half, tie, whole shift) of `_scale` for a right shift of 0 to 31."""
    return ((np.int64(1) << shift) >> 1) << 31, np.int64(shift > 0) << 31, shift + 31


@inline
def _scale(x: Any, multiplier: Any, half: Any, tie: Any, shift: Any) -> Any:
    """x times a multiplier, shifted right, rounded twice as in `fixed_point`, but with one shift.

    The first rounding, at bit 31, takes halves upwards; the second takes them away from zero, that is
    upwards too unless what it rounds is negative, when it lacks one unit of bit 31.
    """
    product = x * multiplier + HALF
    return (product + half - ((product >> 63) & tie)) >> shift


def add(
    x1: Any, x2: Any, y: Any, sign: Any, left_shift: Any,
    offset_1: Any, multiplier_1: Any, shift_1: Any,
    offset_2: Any, multiplier_2: Any, shift_2: Any,
    offset: Any, multiplier: Any, shift: Any,
    low: Any, high: Any,
) -> None:  # fmt: skip
    """y = x1 + sign * x2; shifts of the factors go right, offsets of inputs are their zero points."""
    half_1, tie_1, right_1 = _rounding(shift_1)
    half_2, tie_2, right_2 = _rounding(shift_2)
    half, tie, right = _rounding(shift)
    for i in range(y.size):
        a = _scale((np.int64(x1[i]) - offset_1) << left_shift, multiplier_1, half_1, tie_1, right_1)
        b = _scale((np.int64(x2[i]) - offset_2) << left_shift, multiplier_2, half_2, tie_2, right_2)
        y[i] = min(max(_scale(a + sign * b, multiplier, half, tie, right) + offset, low), high)


@kernel(f"void(int32[::1], int8[::1]{', int64' * 6})")
def rescale_sum(
    x: Any, y: Any, offset_in: Any, multiplier: Any, shift: Any, offset: Any, low: Any, high: Any
) -> None:
    """y = x less an offset, halved at 20 bits to the left, rescaled; the factor's shift goes right."""
    half, tie, right = _rounding(shift)
    for i in range(y.size):
        halved = wrap_int32((np.int64(x[i]) - offset_in) << 19)
        y[i] = min(max(_scale(halved, multiplier, half, tie, right) + offset, low), high)


def multiply(
    x1: Any, x2: Any, y: Any, offset_1: Any, offset_2: Any,
    offset: Any, multiplier: Any, shift: Any, low: Any, high: Any,
) -> None:  # fmt: skip
    """y = x1 * x2; offsets of inputs are their zero points."""
    for i in range(y.size):
        product = (np.int64(x1[i]) - offset_1) * (np.int64(x2[i]) - offset_2)
        scaled = multiply_by_quantized_multiplier(product, multiplier, shift)
        y[i] = min(max(wrap_int32(scaled + offset), low), high)


def squared_difference(
    x1: Any, x2: Any, y: Any, left_shift: Any,
    offset_1: Any, multiplier_1: Any, shift_1: Any,
    offset_2: Any, multiplier_2: Any, shift_2: Any,
    offset: Any, multiplier: Any, shift: Any,
    low: Any, high: Any,
) -> None:  # fmt: skip
    """y = (x1 - x2)^2; shifts of inputs go right, that of the output left."""
    half_1, tie_1, right_1 = _rounding(shift_1)
    half_2, tie_2, right_2 = _rounding(shift_2)
    for i in range(y.size):
        a = _scale((np.int64(x1[i]) - offset_1) << left_shift, multiplier_1, half_1, tie_1, right_1)
        b = _scale((np.int64(x2[i]) - offset_2) << left_shift, multiplier_2, half_2, tie_2, right_2)
        scaled = multiply_by_quantized_multiplier(wrap_int32((a - b) * (a - b)), multiplier, shift)
        y[i] = min(max(wrap_int32(scaled + offset), low), high)


def squared_difference_plain(x1: Any, x2: Any, y: Any) -> None:
    """y = (x1 - x2)^2; int32 wraps."""
    for i in range(y.size):
        difference = x1[i] - x2[i]
        y[i] = difference * difference


def floor_divide(x1: Any, x2: Any, y: Any) -> None:
    """The quotient is rounded to float64 before its floor is taken."""
    for i in range(y.size):
        y[i] = np.float32(np.floor(np.float64(x1[i]) / np.float64(x2[i])))


def floor_modulo(x1: Any, x2: Any, y: Any) -> None:
    """What is left of a division, with the divisor's sign."""
    for i in range(y.size):
        left = np.fmod(x1[i], x2[i])
        y[i] = left + x2[i] if left != 0 and (x2[i] < 0) != (left < 0) else left


def prelu(
    x: Any, alpha: Any, y: Any, input_zero_point: Any, alpha_zero_point: Any, offset: Any,
    multiplier: Any, shift: Any, alpha_multiplier: Any, alpha_shift: Any, low: Any, high: Any,
) -> None:  # fmt: skip
    """y = x from 0 upwards, else x * alpha."""
    for i in range(y.size):
        value = np.int64(x[i]) - input_zero_point
        if value >= 0:
            scaled = multiply_by_quantized_multiplier(value, multiplier, shift)
        else:
            product = value * (np.int64(alpha[i]) - alpha_zero_point)
            scaled = multiply_by_quantized_multiplier(product, alpha_multiplier, alpha_shift)
        y[i] = min(max(wrap_int32(scaled + offset), low), high)


def prelu_real(x: Any, alpha: Any, y: Any) -> None:
    """y = x from 0 upwards, else x * alpha."""
    for i in range(y.size):
        y[i] = x[i] if x[i] >= 0 else x[i] * alpha[i]


def _signature(item: str, scalars: int) -> str:
    source = f"Array({item}, 1, 'C', readonly=True)"
    return f"void({source}, {source}, {item}[::1]{', int64' * scalars})"


add_int8 = kernel(_signature("int8", 13))(add)
add_int16 = kernel(_signature("int16", 13))(add)
multiply_int8 = kernel(_signature("int8", 7))(multiply)
multiply_int16 = kernel(_signature("int16", 7))(multiply)
_SLOPES = "Array(int16, 1, 'C', readonly=True), Array(int8, 1, 'C', readonly=True), int16[::1]"
prelu_int16 = kernel(f"void({_SLOPES}{', int64' * 9})")(prelu)
prelu_int8 = kernel(_signature("int8", 9))(prelu)
prelu_float32 = kernel(_signature("float32", 0))(prelu_real)
squared_difference_int8 = kernel(_signature("int8", 12))(squared_difference)
squared_difference_int16 = kernel(_signature("int16", 12))(squared_difference)
squared_difference_int32 = kernel(_signature("int32", 0))(squared_difference_plain)
squared_difference_float32 = kernel(_signature("float32", 0))(squared_difference_plain)
floor_divide_float32 = kernel(_signature("float32", 0))(floor_divide)
floor_modulo_float32 = kernel(_signature("float32", 0))(floor_modulo)
