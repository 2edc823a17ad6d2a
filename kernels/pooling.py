"""Average and maximum over windows; taps outside the input do not count, as in TFLM.

Both go over a window pixel by pixel, all channels of a pixel at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._jit import kernel
from .fixed_point import clamp

__all__ = ["average_pool_2d", "max_pool_2d"]

FEW = 1 << 15
"""Taps: their sum is below 2^24, and a quotient, at most 128, is further than 2^-17 from the next integer."""


@kernel(
    "void(int8[:,:,:,::1], int8[:,:,:,::1], int32[::1],"
    "int64, int64, int64, int64, int64, int64, int64, int64)"
)
def average_pool_2d(
    x: Any,
    y: Any,
    totals: Any,
    kernel_h: Any,
    kernel_w: Any,
    stride_h: Any,
    stride_w: Any,
    pad_h: Any,
    pad_w: Any,
    low: Any,
    high: Any,
) -> None:
    """x, y [batch, height, width, channels]; `totals` has room for the channels of a pixel.

    A mean is rounded to nearest, halves away from zero. The division in reals truncates exactly: a quotient
    is further from the next integer than its rounding reaches, in float32 up to so many taps.
    """
    for batch in range(y.shape[0]):
        for i in range(y.shape[1]):
            top = max(0, i * stride_h - pad_h)
            bottom = min(x.shape[1], i * stride_h - pad_h + kernel_h)
            for j in range(y.shape[2]):
                left = max(0, j * stride_w - pad_w)
                right = min(x.shape[2], j * stride_w - pad_w + kernel_w)
                totals[:] = 0
                for v in range(top, bottom):
                    for h in range(left, right):
                        source = x[batch, v, h]
                        for c in range(len(totals)):
                            totals[c] += source[c]
                count = (bottom - top) * (right - left)
                half = count // 2
                target = y[batch, i, j]
                if count <= FEW:
                    for c in range(len(totals)):
                        total = totals[c]
                        total = total + half if total > 0 else total - half
                        mean = np.float32(np.int32(total)) / np.float32(count)
                        target[c] = clamp(np.int32(mean), low, high)
                else:
                    for c in range(len(totals)):
                        total = totals[c]
                        total = total + half if total > 0 else total - half
                        target[c] = clamp(np.int32(total / count), low, high)


@kernel("void(int8[:,:,:,::1], int8[:,:,:,::1], int64, int64, int64, int64, int64, int64, int64, int64)")
def max_pool_2d(
    x: Any,
    y: Any,
    kernel_h: Any,
    kernel_w: Any,
    stride_h: Any,
    stride_w: Any,
    pad_h: Any,
    pad_w: Any,
    low: Any,
    high: Any,
) -> None:
    """x, y [batch, height, width, channels]."""
    for batch in range(y.shape[0]):
        for i in range(y.shape[1]):
            top = max(0, i * stride_h - pad_h)
            bottom = min(x.shape[1], i * stride_h - pad_h + kernel_h)
            for j in range(y.shape[2]):
                left = max(0, j * stride_w - pad_w)
                right = min(x.shape[2], j * stride_w - pad_w + kernel_w)
                target = y[batch, i, j]
                target[:] = -128
                for v in range(top, bottom):
                    for h in range(left, right):
                        source = x[batch, v, h]
                        for c in range(len(target)):
                            target[c] = max(target[c], source[c])
                for c in range(len(target)):
                    target[c] = clamp(target[c], low, high)
