"""BATCH_MATMUL. Of int8 the right matrix is transposed, so that both inner loops are runs; of other types it
is not, and every column has a sum of its own, made in the order of the depth.

Source: TFLM, kernels/internal/reference/batch_matmul.h.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ._jit import Kernel, kernel
from .fixed_point import clamp, multiply_by_quantized_multiplier, wrap_int32
from .int16_layers import multiply_wide
from .multiply_add import fused, separate

_MATRICES = "Array(int8, 3, 'C', readonly=True)"


@kernel(
    f"void({_MATRICES}, {_MATRICES}, int64[::1], int64[::1], int8[:, :, ::1]"
    ", int64, int64, int64, int64, int64)"
)
def batch_matmul(
    x1: Any, x2: Any, batches_1: Any, batches_2: Any, y: Any,
    zero_point_1: Any, zero_point_2: Any, multiplier: Any, shift: Any, zero_point: Any,
) -> None:  # fmt: skip
    """x1: batches x rows x depth; x2: batches x columns x depth; y: batches x rows x columns.

    batches_1, batches_2: which matrix of each input goes into each matrix of y.
    """
    zero_1, zero_2 = np.int32(zero_point_1), np.int32(zero_point_2)
    for b in range(y.shape[0]):
        left, right = x1[batches_1[b]], x2[batches_2[b]]
        for r in range(y.shape[1]):
            for c in range(y.shape[2]):
                total = np.int32(0)
                for k in range(x1.shape[2]):
                    total = np.int32(
                        total + (np.int32(left[r, k]) - zero_1) * (np.int32(right[c, k]) - zero_2)
                    )
                scaled = multiply_by_quantized_multiplier(np.int64(total), multiplier, shift)
                y[b, r, c] = min(max(wrap_int32(scaled + zero_point), -128), 127)


def _float32(multiply_add: Callable[..., Any], name: str) -> Kernel:
    def batch_matmul_float32(x1: Any, x2: Any, batches_1: Any, batches_2: Any, y: Any) -> None:
        """x1: batches x rows x depth; x2: batches x depth x columns; the rest as in `batch_matmul`."""
        for b in range(y.shape[0]):
            left, right = x1[batches_1[b]], x2[batches_2[b]]
            for r in range(y.shape[1]):
                for c in range(y.shape[2]):
                    y[b, r, c] = np.float32(0)
                for k in range(x1.shape[2]):
                    value = left[r, k]
                    for c in range(y.shape[2]):
                        y[b, r, c] = multiply_add(value, right[k, c], y[b, r, c])

    batch_matmul_float32.__name__ = name
    matrices = "float32[:,:,::1], float32[:,:,::1], int64[::1], int64[::1], float32[:,:,::1]"
    return kernel(f"void({matrices})")(batch_matmul_float32)


batch_matmul_float32 = _float32(separate, "batch_matmul_float32")
batch_matmul_float32_fused = _float32(fused, "batch_matmul_float32_fused")


@kernel(
    "void(int16[:,:,::1], int16[:,:,::1], int64[::1], int64[::1], int64[::1], int16[:,:,::1], int64, int64)"
)
def batch_matmul_int16(
    x1: Any, x2: Any, batches_1: Any, batches_2: Any, totals: Any, y: Any, multiplier: Any, shift: Any
) -> None:
    """As of float32; zero points are 0, sums have 64 bits, and `totals` has room for the columns."""
    for b in range(y.shape[0]):
        left, right = x1[batches_1[b]], x2[batches_2[b]]
        for r in range(y.shape[1]):
            for c in range(y.shape[2]):
                totals[c] = 0
            for k in range(x1.shape[2]):
                value = np.int32(left[r, k])
                for c in range(y.shape[2]):
                    totals[c] += np.int64(value) * np.int64(right[k, c])
            for c in range(y.shape[2]):
                y[b, r, c] = clamp(multiply_wide(totals[c], multiplier, shift), -32768, 32767)
