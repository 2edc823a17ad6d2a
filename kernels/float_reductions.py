"""Running sums of float32 along the middle one of three dimensions, each from its first to its last element.

Source: TFLM, kernels/internal/reference/cumsum.h.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._jit import kernel

__all__ = ["running_sum"]


@kernel("void(Array(float32, 3, 'C', readonly=True), float32[:,:,::1], float32[::1], int64, int64)")
def running_sum(x: Any, y: Any, totals: Any, exclusive: Any, reverse: Any) -> None:
    """x, y [outer, count, inner]; `totals` has room for the columns."""
    count = x.shape[1]
    for o in range(x.shape[0]):
        for i in range(x.shape[2]):
            totals[i] = np.float32(0)
        for step in range(count):
            k = count - 1 - step if reverse else step
            if exclusive:
                for i in range(x.shape[2]):
                    y[o, k, i] = totals[i]
                    totals[i] += x[o, k, i]
            else:
                for i in range(x.shape[2]):
                    totals[i] += x[o, k, i]
                    y[o, k, i] = totals[i]
