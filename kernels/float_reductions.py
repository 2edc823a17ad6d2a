"""The largest, the least, and running sums of float32, along the middle one of three dimensions.

Every column is looked at from its first to its last element, as TFLM's loops do: of equal numbers the first
stays, what is no number is neither larger nor less, and infinities are held to the largest finite ones.
Source: TFLM, kernels/internal/reference/{reduce,cumsum,arg_min_max}.h.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._jit import kernel
from .float_layers import LOWEST

__all__ = ["first_largest", "first_least", "largest", "least", "running_sum"]

_COLUMNS = "void(Array(float32, 3, 'C', readonly=True), {}[:,::1]"
HIGHEST = np.float32(-LOWEST)


@kernel(_COLUMNS.format("float32") + ")")
def largest(x: Any, y: Any) -> None:
    """x [outer, count, inner], y [outer, inner]."""
    for o in range(x.shape[0]):
        for i in range(x.shape[2]):
            y[o, i] = LOWEST
        for k in range(x.shape[1]):
            for i in range(x.shape[2]):
                y[o, i] = x[o, k, i] if x[o, k, i] > y[o, i] else y[o, i]


@kernel(_COLUMNS.format("float32") + ")")
def least(x: Any, y: Any) -> None:
    """As `largest`."""
    for o in range(x.shape[0]):
        for i in range(x.shape[2]):
            y[o, i] = HIGHEST
        for k in range(x.shape[1]):
            for i in range(x.shape[2]):
                y[o, i] = x[o, k, i] if x[o, k, i] < y[o, i] else y[o, i]


@kernel(_COLUMNS.format("int32") + ", float32[::1])")
def first_largest(x: Any, y: Any, found: Any) -> None:
    """Which of each column is the first of the largest; `found` has room for the columns."""
    for o in range(x.shape[0]):
        for i in range(x.shape[2]):
            found[i] = x[o, 0, i]
            y[o, i] = 0
        for k in range(1, x.shape[1]):
            for i in range(x.shape[2]):
                better = x[o, k, i] > found[i]
                found[i] = x[o, k, i] if better else found[i]
                y[o, i] = np.int32(k) if better else y[o, i]


@kernel(_COLUMNS.format("int32") + ", float32[::1])")
def first_least(x: Any, y: Any, found: Any) -> None:
    """As `first_largest`."""
    for o in range(x.shape[0]):
        for i in range(x.shape[2]):
            found[i] = x[o, 0, i]
            y[o, i] = 0
        for k in range(1, x.shape[1]):
            for i in range(x.shape[2]):
                better = x[o, k, i] < found[i]
                found[i] = x[o, k, i] if better else found[i]
                y[o, i] = np.int32(k) if better else y[o, i]


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
