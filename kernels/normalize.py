"""L2_NORMALIZATION and LOG_SOFTMAX, row by row; `fused` as in `float_layers`.

Sources: TFLM, kernels/internal/reference/{l2normalization,log_softmax}.h, integer_ops/l2normalization.h and
kernels/internal/common.h.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import exponential
from ._c_library import exp, log
from ._helpers import inline
from ._jit import Kernel, kernel
from .fixed_point import (
    INT32_MAX,
    INT32_MIN,
    leading_zeros,
    multiply_by_quantized_multiplier,
    rounding_divide_by_pot,
    saturating_left_shift,
    saturating_rounding_doubling_high_mul,
    truncating_divide,
    wrap_int32,
)
from .float_layers import LOWEST
from .inverse_root import inverse_roots
from .multiply_add import fused, separate

__all__ = [
    "ROWS",
    "l2_normalize_float32",
    "l2_normalize_float32_fused",
    "l2_normalize_int8",
    "log_softmax_float32",
    "log_softmax_int8",
]

_REAL = "void(Array(float32, 2, 'C', readonly=True), float32[:, ::1])"
ROWS = 64
"""Whose scalar part is computed together."""
EPSILON = np.float32(1e-6)
OUTPUT_BITS = 7
"""The norm's output has a scale of 2^-7."""
INPUT_BITS, SUM_BITS, LOG_BITS = 5, 12, 6
"""Integer bits of differences, of the sum of exponentials, and of what its logarithm is made in."""
STEP_BITS = 31 - INPUT_BITS - 4
STEP_MASK = (1 << STEP_BITS) - 1
"""Of a step of the output, 1/16."""
LOG_2, ROOT_HALF, ROOT_ROOT_HALF = 1488522236, 1518500250, 1805811301
QUARTER = 1 << (31 - LOG_BITS - 2)
ALPHA_N, ALPHA_D, ALPHA_I, ALPHA_F = 117049297, 127690142, 1057819769, 638450708
"""Coefficients of a rational function, with no integer bits, as the constants above but the quarter."""

_reciprocal = inline(exponential.one_over_one_plus_x)
_times = saturating_rounding_doubling_high_mul


def _l2_normalize(multiply_add: Callable[..., Any], name: str) -> Kernel:
    def l2_normalize(x: Any, y: Any) -> None:
        for row in range(y.shape[0]):
            total = np.float32(0)
            for i in range(y.shape[1]):
                total = multiply_add(x[row, i], x[row, i], total)
            norm = np.sqrt(total)
            if norm < EPSILON:
                norm = EPSILON
            for i in range(y.shape[1]):
                y[row, i] = x[row, i] / norm

    l2_normalize.__name__ = name
    return kernel(_REAL)(l2_normalize)


l2_normalize_float32 = _l2_normalize(separate, "l2_normalize_float32")
l2_normalize_float32_fused = _l2_normalize(fused, "l2_normalize_float32_fused")


@kernel("void(Array(int8, 2, 'C', readonly=True), int8[:, ::1], int64[:, ::1], int64)")
def l2_normalize_int8(x: Any, y: Any, work: Any, zero_point: Any) -> None:
    """`work`: room for two numbers of each of ROWS rows, whose roots are found together."""
    zero = np.int32(zero_point)
    for first in range(0, y.shape[0], ROWS):
        count = min(ROWS, y.shape[0] - first)
        for r in range(count):
            total = np.int32(0)
            for i in range(y.shape[1]):
                value = np.int32(np.int32(x[first + r, i]) - zero)
                total = np.int32(total + np.int32(value * value))
            work[0, r] = total
        inverse_roots(work[0], work[0], work[1], count)
        for r in range(count):
            multiplier, shift = work[0, r], work[1, r] + OUTPUT_BITS
            for i in range(y.shape[1]):
                value = np.int64(x[first + r, i]) - zero_point
                scaled = multiply_by_quantized_multiplier(value, multiplier, shift)
                y[first + r, i] = min(max(scaled, np.int64(-128)), np.int64(127))


@kernel(_REAL)
def log_softmax_float32(x: Any, y: Any) -> None:
    for row in range(y.shape[0]):
        largest = LOWEST
        for i in range(y.shape[1]):
            if largest < x[row, i]:
                largest = x[row, i]
        total = np.float32(0)
        for i in range(y.shape[1]):
            total += np.float32(exp(x[row, i] - largest))
        logarithm = np.float32(log(total))
        for i in range(y.shape[1]):
            y[row, i] = x[row, i] - largest - logarithm


@inline
def _half_sum(a: Any, b: Any) -> Any:
    """Halves away from zero."""
    both = a + b
    return truncating_divide(both + (1 if both >= 0 else -1), np.int64(2))


@inline
def _logarithms(values: Any, count: Any) -> None:
    """The natural logarithms of numbers x >= 1 with SUM_BITS integer bits, with INPUT_BITS of them.

    Powers of two are split off so that what is left lies about 1, by either of two scalings. As
    `inverse_roots` a loop.
    """
    for i in range(count):
        x = values[i]
        zeros = leading_zeros(x)
        first = saturating_left_shift(_times(saturating_left_shift(x, zeros - 1), np.int64(ROOT_HALF)), 1)
        power_1 = ((SUM_BITS - zeros) << (31 - LOG_BITS)) + QUARTER
        headroom = leading_zeros(_times(x, np.int64(ROOT_HALF))) - 1
        rest = min(first, saturating_left_shift(x, headroom))
        power_2 = ((SUM_BITS - headroom) << (31 - LOG_BITS)) - QUARTER
        power = min(max(max(power_1, power_2), np.int64(INT32_MIN)), np.int64(INT32_MAX))
        middle = _half_sum(rest, np.int64(ROOT_ROOT_HALF))
        off = wrap_int32(2 * (rest - ROOT_ROOT_HALF))
        square = _times(off, off)
        above = wrap_int32(_times(off, rest) + _times(_times(off, square), np.int64(ALPHA_N)))
        inner = wrap_int32(ALPHA_I + off + _times(np.int64(ALPHA_D), square))
        below = wrap_int32(_times(middle, inner) + _times(np.int64(ALPHA_F), off))
        share = _times(rounding_divide_by_pot(above, LOG_BITS), _reciprocal(below))
        whole = wrap_int32(_times(power, np.int64(LOG_2)) + share)
        values[i] = saturating_left_shift(whole, LOG_BITS - INPUT_BITS)


@kernel(
    "void(Array(int8, 2, 'C', readonly=True), int32[::1], Array(int32, 1, 'C', readonly=True), "
    "int8[:, ::1], int64[:, ::1], int64, int64, int64, int64[::1])"
)
def log_softmax_int8(
    x: Any, exponentials: Any, scaled: Any, y: Any, work: Any, divisor: Any, divisor_shift: Any,
    diff_min: Any, stopped: Any,
) -> None:  # fmt: skip
    """`exponentials` as SOFTMAX has them; `scaled`: distances below the largest, 0 to 255, with INPUT_BITS
    integer bits; the divisor brings them back. `work`: room for three numbers of each of ROWS rows, whose
    logarithms are found together. stopped[0] becomes the row, counted from 1, whose sum overflows, else 0."""
    stopped[0] = 0
    for first in range(0, y.shape[0], ROWS):
        count = min(ROWS, y.shape[0] - first)
        for r in range(count):
            largest = np.int8(-128)
            for i in range(y.shape[1]):
                largest = max(largest, x[first + r, i])
            top, total = np.int64(largest), np.int64(0)
            for i in range(y.shape[1]):
                total += np.int64(exponentials[256 + top - np.int64(x[first + r, i])])
            if total > INT32_MAX:
                stopped[0] = first + r + 1
                return
            work[0, r], work[1, r] = top, total
        _logarithms(work[1], count)
        for r in range(count):
            bound = multiply_by_quantized_multiplier(
                wrap_int32(work[1, r] + INT32_MIN), divisor, divisor_shift
            )
            work[2, r] = max(diff_min - 1, bound)
        for r in range(count):
            greatest, logarithm = np.int32(work[0, r]), np.int32(work[1, r])
            limit = np.int32(min(max(-work[2, r], np.int64(-1)), np.int64(256)))
            source, target = x[first + r], y[first + r]
            for i in range(len(target)):
                distance = np.int32(greatest - np.int32(source[i]))
                off = np.int32(np.int64(scaled[np.uint32(distance)]) - np.int64(logarithm))
                steps = np.int32(off >> STEP_BITS)
                rest, middle = np.int32(off & STEP_MASK), np.int32((STEP_MASK >> 1) + np.int32(off < 0))
                made = np.int32(np.int32(steps + np.int32(rest > middle)) + np.int32(127))
                made = min(max(made, np.int32(-128)), np.int32(127))
                target[i] = made if distance < limit else np.int32(-128)
