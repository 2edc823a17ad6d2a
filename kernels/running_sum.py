"""CUMSUM of int8: sums in steps of 2^-19 of the input's scale, which wrap in an int32.

Source: TFLM, kernels/internal/reference/cumsum.h.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import exponential
from ._jit import kernel
from .fixed_point import clamp, multiply_by_quantized_multiplier, wrap_int32

__all__ = ["results", "running_sum", "running_sum_by_table"]

FRACTION_BITS = 19
LEFT_SHIFT = FRACTION_BITS + 1
"""TFLM shifts by one more and halves: a zero point far outside the type wraps there."""


@kernel("void(Array(int8, 3, 'C', readonly=True), int8[:,:,::1]" + ", int64" * 6 + ")")
def running_sum(
    x: Any, y: Any, exclusive: Any, reverse: Any, zero_point: Any, multiplier: Any, shift: Any, offset: Any
) -> None:
    """x, y [outer, count, inner]. A sum begins with the input's zero point taken off once, as TFLM has it."""
    count = x.shape[1]
    for o in range(x.shape[0]):
        for i in range(x.shape[2]):
            total = wrap_int32(np.int64(-zero_point) << LEFT_SHIFT) >> 1
            for step in range(count):
                k = count - 1 - step if reverse else step
                value = wrap_int32((np.int64(x[o, k, i]) - zero_point) << LEFT_SHIFT) >> 1
                after = wrap_int32(total + value)
                scaled = multiply_by_quantized_multiplier(total if exclusive else after, multiplier, shift)
                y[o, k, i] = clamp(wrap_int32(scaled + offset), -128, 127)
                total = after


STATES = 1 << (32 - FRACTION_BITS)
"""What an int32 holds of such sums: they are whole numbers of steps, of which the low bits are left."""


def results(multiplier: int, shift: int, offset: int) -> NDArray[np.int8]:
    """What becomes of every sum."""
    totals = exponential.wrap(np.arange(STATES, dtype=np.int64) << FRACTION_BITS)
    made = np.clip(exponential.rescale(totals, multiplier, shift) + offset, -128, 127).astype(np.int8)
    made.flags.writeable = False
    return np.asarray(made)


_INT8 = "Array(int8, {}, 'C', readonly=True)"


@kernel(f"void({_INT8.format(3)}, {_INT8.format(1)}, int8[:,:,::1], int64[::1], int64, int64, int64)")
def running_sum_by_table(
    x: Any, results: Any, y: Any, totals: Any, exclusive: Any, reverse: Any, zero_point: Any
) -> None:
    """As `running_sum`; `totals` has room for the inner elements."""
    outer, count, inner = x.shape
    first, step = (count - 1, -1) if reverse != 0 else (0, 1)
    for o in range(outer):
        if inner == 1:
            total = np.int64(-zero_point)
            for n in range(count):
                k = first + n * step
                after = total + np.int64(x[o, k, 0]) - zero_point
                y[o, k, 0] = results[(total if exclusive != 0 else after) & (STATES - 1)]
                total = after
        else:
            for i in range(inner):
                totals[i] = -zero_point
            for n in range(count):
                k = first + n * step
                for i in range(inner):
                    before = totals[i]
                    after = before + np.int64(x[o, k, i]) - zero_point
                    y[o, k, i] = results[(before if exclusive != 0 else after) & (STATES - 1)]
                    totals[i] = after
