"""MEAN and SUM of int8 and int16: sums in int32, then one rescaling an output.

The factor of a mean contains 1 / count, so both operators run the same code. Where what is reduced is not
one run of dimensions, the input is first copied into rows. Source: TFLM,
kernels/internal/reference/reduce.h.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._jit import Kernel as Kernel
from ._jit import kernel
from .fixed_point import multiply_by_quantized_multiplier, wrap_int32


def sum_rows(
    x: Any, y: Any, zero_sum: Any, multiplier: Any, shift: Any, offset: Any, low: Any, high: Any
) -> None:
    """x: outputs x count; `zero_sum` is count times the input's zero point."""
    for row in range(x.shape[0]):
        total = np.int64(0)
        for i in range(x.shape[1]):
            total += np.int64(x[row, i])
        scaled = multiply_by_quantized_multiplier(wrap_int32(total - zero_sum), multiplier, shift)
        y[row] = min(max(wrap_int32(scaled + offset), low), high)


def sum_columns(
    x: Any, sums: Any, y: Any, zero_sum: Any, multiplier: Any, shift: Any, offset: Any, low: Any, high: Any
) -> None:
    """x: outer x steps x (several times inner); y: outer x inner; sums: as wide as x, overwritten."""
    inner = y.shape[1]
    for outer in range(x.shape[0]):
        for i in range(x.shape[2]):
            sums[i] = 0
        for k in range(x.shape[1]):
            for i in range(x.shape[2]):
                sums[i] += x[outer, k, i]
        first = inner
        while first < x.shape[2]:
            for i in range(inner):
                sums[i] += sums[first + i]
            first += inner
        for i in range(inner):
            total = wrap_int32(int(sums[i]) - zero_sum)
            scaled = multiply_by_quantized_multiplier(total, multiplier, shift)
            y[outer, i] = min(max(wrap_int32(scaled + offset), low), high)


_INTS = ", int64" * 6


def _rows(item: str) -> str:
    return f"void(Array({item}, 2, 'C', readonly=True), {item}[::1]{_INTS})"


def _columns(item: str) -> str:
    return f"void(Array({item}, 3, 'C', readonly=True), int32[::1], {item}[:, ::1]{_INTS})"


sum_rows_int8 = kernel(_rows("int8"))(sum_rows)
sum_rows_int16 = kernel(_rows("int16"))(sum_rows)
sum_columns_int8 = kernel(_columns("int8"))(sum_columns)
sum_columns_int16 = kernel(_columns("int16"))(sum_columns)
