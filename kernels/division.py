"""DIV of int8 and int32, of two tensors of one shape.

An int8 quotient is a product with the reciprocal, which is found anew for each element.
Source: TFLM, kernels/internal/reference/div.h.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import exponential
from ._helpers import inline
from ._jit import kernel
from .fixed_point import saturating_rounding_doubling_high_mul, wrap_int32

__all__ = ["divide_int8", "divide_int32", "look_up_pairs", "table_of_quotients"]

_reciprocal = inline(exponential.one_over_one_plus_x)


@inline
def _divide_by_pot(x: Any, exponent: Any, wraps: Any) -> Any:
    """x / 2^exponent, halves away from zero, as C's int32 does it for exponents above 31 as well.

    The mask of the remainder then has all bits set, so that 0 becomes 1; x itself is shifted by the
    exponent's lowest five bits where `wraps`, as on x86-64, else by 31, as on an Arm core.
    """
    if exponent <= 31:
        mask = (np.int64(1) << exponent) - 1
        return (x >> exponent) + ((x & mask) > (mask >> 1) + (x < 0))
    shifted = x >> (exponent & 31) if wraps != 0 else x >> 31
    return wrap_int32(shifted + (x > np.int64(-1) + (x < 0)))


def _divide(
    x1: Any, x2: Any, y: Any, offset_1: Any, offset_2: Any, offset: Any, multiplier: Any, shift: Any,
    wraps: Any, low: Any, high: Any,
) -> None:  # fmt: skip
    for i in range(y.size):
        above, below = np.int64(x1[i]) - offset_1, np.int64(x2[i]) - offset_2
        if below < 0:
            above, below = -above, -below
        bits = np.int64(0)
        while below >> bits > 1:
            bits += 1
        inverse = _reciprocal((below << (31 - bits)) - (np.int64(1) << 31))
        size = above if above >= 0 else ~above
        headroom = np.int64(31)
        while size > 0:
            size, headroom = size >> 1, headroom - 1
        quotient = saturating_rounding_doubling_high_mul(wrap_int32(above << headroom), inverse)
        scaled = saturating_rounding_doubling_high_mul(quotient, multiplier)
        right = bits + headroom - shift
        y[i] = min(max(wrap_int32(_divide_by_pot(scaled, right, wraps) + offset), low), high)


_INT8 = "Array(int8, 1, 'C', readonly=True)"


divide_int8 = kernel(f"void({_INT8}, {_INT8}, int8[::1]{', int64' * 8})")(_divide)

_INT32 = "Array(int32, 1, 'C', readonly=True)"


@kernel(f"void({_INT32}, {_INT32}, int32[::1], int64, int64)")
def divide_int32(x1: Any, x2: Any, y: Any, low: Any, high: Any) -> None:
    """Towards zero; nothing is divided by 0, and the least number by -1 stays itself. A quotient in float64
    is further from the next whole number than its rounding reaches."""
    beyond = np.float64(2147483648.0)
    for i in range(y.size):
        below = x2[i] if x2[i] != 0 else np.int32(1)
        quotient = np.trunc(np.float64(x1[i]) / np.float64(below))
        y[i] = min(max(np.int32(-beyond if quotient == beyond else quotient), np.int32(low)), np.int32(high))


@kernel(f"void({_INT8}, {_INT8}, {_INT8}, int8[::1])")
def look_up_pairs(x1: Any, x2: Any, table: Any, y: Any) -> None:
    """What a table has for each pair of bytes, the first counting 256."""
    for i in range(y.size):
        y[i] = table[(np.int64(x1[i]) & 255) << 8 | (np.int64(x2[i]) & 255)]


def table_of_quotients(*parameters: int) -> NDArray[np.int8]:
    """For `look_up_pairs`: what `divide_int8` makes of every pair."""
    each = np.arange(256, dtype=np.uint8).view(np.int8)
    made = np.empty(1 << 16, np.int8)
    operands = np.repeat(each, 256), np.tile(each, 256)
    divide_int8.bind(*operands, made, *parameters)()
    return made
