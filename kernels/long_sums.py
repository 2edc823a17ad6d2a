"""MEAN and SUM of int8 as `reduce` has them, of long rows by vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._helpers import Native
from ._jit import kernel
from .fixed_point import multiply_by_quantized_multiplier, wrap_int32

__all__ = ["BLOCK", "sum_rows"]

BLOCK = 64
"""Elements that are added at once: rows are as long at least."""
_total = Native("_sums", "total")


@kernel(f"void(Array(int8, 2, 'C', readonly=True), int8[::1]{', int64' * 6})")
def sum_rows(
    x: Any, y: Any, zero_sum: Any, multiplier: Any, shift: Any, offset: Any, low: Any, high: Any
) -> None:
    """The arguments of `reduce.sum_rows`."""
    count = x.shape[1]
    blocks = count // BLOCK
    for row in range(x.shape[0]):
        total = _total(x, row * count, blocks)
        for i in range(blocks * BLOCK, count):
            total += np.int64(x[row, i])
        scaled = multiply_by_quantized_multiplier(wrap_int32(total - zero_sum), multiplier, shift)
        y[row] = min(max(wrap_int32(scaled + offset), low), high)
