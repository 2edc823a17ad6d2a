"""ADD, SUB, MUL and PRELU of two tensors of one shape. Broadcasting happens before, by copying.

Sums are made on a scale that both inputs share: each input, shifted left as far as an int32 allows, is
multiplied by its scale over twice the larger input scale; the sum is then brought to the output's scale.
Products are rescaled once. Sources: TFLM, kernels/internal/reference/{add,sub,prelu}.h and
integer_ops/mul.h.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._jit import kernel
from .fixed_point import (
    multiply_by_quantized_multiplier,
    rounding_divide_by_pot,
    saturating_rounding_doubling_high_mul,
    wrap_int32,
)


def _add(
    x1: Any, x2: Any, y: Any, sign: Any, left_shift: Any,
    offset_1: Any, multiplier_1: Any, shift_1: Any,
    offset_2: Any, multiplier_2: Any, shift_2: Any,
    offset: Any, multiplier: Any, shift: Any,
    low: Any, high: Any,
) -> None:  # fmt: skip
    """y = x1 + sign * x2; shifts of the factors go right, offsets of inputs are their zero points."""
    for i in range(y.size):
        a = (np.int64(x1[i]) - offset_1) << left_shift
        b = (np.int64(x2[i]) - offset_2) << left_shift
        a = rounding_divide_by_pot(saturating_rounding_doubling_high_mul(a, multiplier_1), shift_1)
        b = rounding_divide_by_pot(saturating_rounding_doubling_high_mul(b, multiplier_2), shift_2)
        total = saturating_rounding_doubling_high_mul(a + sign * b, multiplier)
        y[i] = min(max(rounding_divide_by_pot(total, shift) + offset, low), high)


def _multiply(
    x1: Any, x2: Any, y: Any, offset_1: Any, offset_2: Any,
    offset: Any, multiplier: Any, shift: Any, low: Any, high: Any,
) -> None:  # fmt: skip
    """y = x1 * x2; offsets of inputs are their zero points."""
    for i in range(y.size):
        product = (np.int64(x1[i]) - offset_1) * (np.int64(x2[i]) - offset_2)
        scaled = multiply_by_quantized_multiplier(wrap_int32(product), multiplier, shift)
        y[i] = min(max(wrap_int32(scaled + offset), low), high)


def _prelu(
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


def _signature(item: str, scalars: int) -> str:
    source = f"Array({item}, 1, 'C', readonly=True)"
    return f"void({source}, {source}, {item}[::1]{', int64' * scalars})"


add_int8 = kernel(_signature("int8", 13))(_add)
add_int16 = kernel(_signature("int16", 13))(_add)
multiply_int8 = kernel(_signature("int8", 7))(_multiply)
multiply_int16 = kernel(_signature("int16", 7))(_multiply)
prelu_int8 = kernel(_signature("int8", 9))(_prelu)
