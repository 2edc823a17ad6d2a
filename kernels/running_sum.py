"""CUMSUM of int8: sums in steps of 2^-19 of the input's scale, which wrap in an int32.

Source: TFLM, kernels/internal/reference/cumsum.h.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._jit import kernel
from .fixed_point import clamp, multiply_by_quantized_multiplier, wrap_int32

__all__ = ["running_sum"]

FRACTION_BITS = 19


@kernel("void(Array(int8, 3, 'C', readonly=True), int8[:,:,::1]" + ", int64" * 6 + ")")
def running_sum(
    x: Any, y: Any, exclusive: Any, reverse: Any, zero_point: Any, multiplier: Any, shift: Any, offset: Any
) -> None:
    """x, y [outer, count, inner]. A sum begins with the input's zero point taken off once, as TFLM has it."""
    count = x.shape[1]
    for o in range(x.shape[0]):
        for i in range(x.shape[2]):
            total = np.int64(-zero_point) << FRACTION_BITS
            for step in range(count):
                k = count - 1 - step if reverse else step
                value = (np.int64(x[o, k, i]) - zero_point) << FRACTION_BITS
                after = wrap_int32(total + value)
                scaled = multiply_by_quantized_multiplier(total if exclusive else after, multiplier, shift)
                y[o, k, i] = clamp(scaled + offset, -128, 127)
                total = after
