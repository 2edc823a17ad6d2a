"""Running sums of float32 along the middle one of three dimensions, each from its first to its last element.

Of rows 16 go side by side: each is summed in its own order, and none is waited for alone.

Source: TFLM, kernels/internal/reference/cumsum.h.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._helpers import Native, inline
from ._jit import Kernel, Run, kernel
from ._processor import has_vectors

__all__ = ["bind_rows", "running_sum"]

TOGETHER = 16
"""Rows that are summed side by side."""
_ROWS = "Array(float32, 2, 'C', readonly=True)"


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


def _row_sums(exclusive: bool, reverse: bool) -> Kernel:
    block = Native("_real_loops", "running_sums", (exclusive, reverse))

    @inline
    def sum_on(source: Any, target: Any, start: Any, stop: Any, total: Any) -> Any:
        for i in range(start, stop):
            k = start + stop - 1 - i if reverse else i
            after = np.float32(total + source[k])
            target[k] = total if exclusive else after
            total = after
        return total

    def running_sum(x: Any, y: Any, totals: Any) -> None:
        """x, y [rows, depth]; `totals` has room for 16."""
        rows, depth = x.shape
        many, whole = rows - rows % TOGETHER, depth - depth % TOGETHER
        for first in range(0, many, TOGETHER):
            for r in range(TOGETHER):
                totals[r] = np.float32(0)
            if reverse and whole < depth:
                for r in range(TOGETHER):
                    totals[r] = sum_on(x[first + r], y[first + r], whole, depth, totals[r])
            block(x, y, first, whole, totals)
            if whole < depth and not reverse:
                for r in range(TOGETHER):
                    sum_on(x[first + r], y[first + r], whole, depth, totals[r])
        for row in range(many, rows):
            sum_on(x[row], y[row], 0, depth, np.float32(0))

    running_sum.__name__ = f"running_sum_{exclusive}_{reverse}"
    return kernel(f"void({_ROWS}, float32[:, ::1], float32[::1])")(running_sum)


OF_ROWS = {(e, r): _row_sums(e, r) for e in (False, True) for r in (False, True)}
"""By whether they are exclusive, and reverse."""


def bind_rows(x: NDArray[np.float32], y: NDArray[np.float32], exclusive: bool, reverse: bool) -> Run | None:
    """A kernel's call for x, y [rows, depth]; None for few or short rows, and where there are no vectors."""
    if min(x.shape) < TOGETHER or not has_vectors():
        return None
    return OF_ROWS[exclusive, reverse].bind(x, y, np.empty(TOGETHER, np.float32))
