"""SOFTMAX and LOG_SOFTMAX of float32 rows, with exponentials and logarithms by vectors where those are the C
library's.

A block of rows goes through four loops: what each number lies below its row's largest, all exponentials, each
row's sum, and its share. A sum is taken from the first element to the last, as TFLM does; 16 rows are summed
side by side. Sources: TFLM, kernels/internal/reference/{softmax,log_softmax}.h.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import float_elementwise, normalize
from ._helpers import Native, inline
from ._jit import Run, kernel
from .elementary import EXPONENTIAL, LOGARITHM, agrees
from .float_layers import LOWEST

__all__ = ["bind_log_softmax", "bind_softmax", "log_softmax", "softmax"]

BLOCK, TOGETHER = 8192, 16
"""Elements of a block of rows, which are to stay near the processor; rows that vectors sum side by side."""
FEW = 4
"""Rows whose sums do not wait for each other."""
LEAST = 64
"""Elements from which on vectors save time: of a classifier's few classes they would only take longer to be
compiled."""

_MATRIX = "Array(float32, 2, 'C', readonly=True)"
_exponential, _logarithm = EXPONENTIAL, LOGARITHM
_largest = Native("_real_loops", "largest")
_row_sums = Native("_real_loops", "row_sums")


@inline
def _sum_rows(y: Any, first: Any, count: Any, totals: Any) -> None:
    """totals[k] = the sum of row first + k."""
    by_vectors = count - count % TOGETHER
    for k in range(0, by_vectors, TOGETHER):
        _row_sums(y, first + k, totals[k : k + TOGETHER])
    by_few = count - count % FEW
    for k in range(by_vectors, by_few, FEW):
        a, b, c, d = (y[first + k], y[first + k + 1], y[first + k + 2], y[first + k + 3])
        sum_a = sum_b = sum_c = sum_d = np.float32(0)
        for i in range(a.size):
            sum_a += a[i]
            sum_b += b[i]
            sum_c += c[i]
            sum_d += d[i]
        totals[k], totals[k + 1], totals[k + 2], totals[k + 3] = sum_a, sum_b, sum_c, sum_d
    for k in range(by_few, count):
        powers = y[first + k]
        total = np.float32(0)
        for i in range(powers.size):
            total += powers[i]
        totals[k] = total


@inline
def _powers(x: Any, y: Any, flat: Any, first: Any, count: Any, beta: Any, largest: Any) -> None:
    """e to the power of beta times what each number of `count` rows lies above its row's largest."""
    depth = y.shape[1]
    for k in range(count):
        source, target = x[first + k], y[first + k]
        most = _largest(source, LOWEST)
        largest[k] = most
        for c in range(depth):
            target[c] = (source[c] - most) * beta
    powers = flat[first * depth : (first + count) * depth]
    _exponential(powers, powers)


@kernel(f"void({_MATRIX}, float32[:,::1], float32[::1], float32[::1], float32)")
def softmax(x: Any, y: Any, flat: Any, totals: Any, beta: Any) -> None:
    """x, y [rows, depth]; `flat` is y in one row, `totals` has room for a block of rows."""
    rows, depth = y.shape
    step = max(len(totals), 1)
    for first in range(0, rows, step):
        count = min(step, rows - first)
        _powers(x, y, flat, first, count, beta, totals)
        _sum_rows(y, first, count, totals)
        for k in range(count):
            target, total = y[first + k], totals[k]
            for c in range(depth):
                target[c] = target[c] / total


@kernel(f"void({_MATRIX}, float32[:,::1], float32[::1], float32[::1], float32[::1])")
def log_softmax(x: Any, y: Any, flat: Any, totals: Any, largest: Any) -> None:
    """As `softmax`; `largest` has as much room as `totals`."""
    rows, depth = y.shape
    step = max(len(totals), 1)
    for first in range(0, rows, step):
        count = min(step, rows - first)
        _powers(x, y, flat, first, count, np.float32(1), largest)
        _sum_rows(y, first, count, totals)
        _logarithm(totals, totals)
        for k in range(count):
            source, target, most, logarithm = x[first + k], y[first + k], largest[k], totals[k]
            for c in range(depth):
                target[c] = source[c] - most - logarithm


def _block(y: NDArray[np.float32]) -> NDArray[np.float32]:
    """Room for a number of each row of a block."""
    rows = max(BLOCK // max(y.shape[1], 1), TOGETHER)
    return np.ones(min(rows, y.shape[0]), np.float32)


def bind_softmax(x: NDArray[np.float32], y: NDArray[np.float32], beta: float) -> Run:
    """x, y [rows, depth]."""
    if x.size >= LEAST and agrees("exponential"):
        return softmax.bind(x, y, y.reshape(-1), _block(y), beta)
    return float_elementwise.softmax.bind(x, y, beta)


def bind_log_softmax(x: NDArray[np.float32], y: NDArray[np.float32]) -> Run:
    """x, y [rows, depth]."""
    if x.size >= LEAST and agrees("exponential") and agrees("logarithm"):
        return log_softmax.bind(x, y, y.reshape(-1), _block(y), _block(y))
    return normalize.log_softmax_float32.bind(x, y)
