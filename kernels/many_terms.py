"""Sums of several tensors of one shape, term by term in their order.

Source: TFLM, kernels/internal/reference/add_n.h.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._jit import kernel

__all__ = ["add_int8", "add_reals", "add_three_reals", "add_two_int8", "add_two_reals"]

_INT8 = "Array(int8, 1, 'C', readonly=True)"
_REAL = "Array(float32, 1, 'C', readonly=True)"


@kernel(f"void({_INT8}, {_INT8}, int32[::1])")
def add_two_int8(x1: Any, x2: Any, total: Any) -> None:
    for i in range(total.size):
        total[i] = np.int32(x1[i]) + np.int32(x2[i])


@kernel(f"void({_INT8}, int32[::1])")
def add_int8(x: Any, total: Any) -> None:
    for i in range(total.size):
        total[i] += np.int32(x[i])


@kernel(f"void({_REAL}, {_REAL}, float32[::1])")
def add_two_reals(x1: Any, x2: Any, y: Any) -> None:
    """A sum begins with 0, so that no -0 is left of it."""
    for i in range(y.size):
        y[i] = (np.float32(0) + x1[i]) + x2[i]


@kernel(f"void({_REAL}, {_REAL}, {_REAL}, float32[::1])")
def add_three_reals(x1: Any, x2: Any, x3: Any, y: Any) -> None:
    for i in range(y.size):
        y[i] = ((np.float32(0) + x1[i]) + x2[i]) + x3[i]


@kernel(f"void({_REAL}, {_REAL}, float32[::1])")
def add_reals(total: Any, x: Any, y: Any) -> None:
    for i in range(y.size):
        y[i] = total[i] + x[i]
