"""TRANSPOSE_CONV int8: products are scattered into int32 sums, which are then brought to the output's scale.

The input's zero point is taken off a whole tap at a time: sum (x - z) w = sum x w - z sum w.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._jit import kernel
from .fixed_point import multiply_by_quantized_multiplier

__all__ = ["transpose_conv"]

_INT32 = "Array(int32, 1, 'C', readonly=True)"


@kernel(
    "void(Array(int8, 4, 'C', readonly=True), int8[:,:,:,::1], int32[:,:,::1], "
    f"{_INT32}, {_INT32}, {_INT32}, int32[:,:,::1], int8[:,:,:,::1]{', int64' * 7})"
)
def transpose_conv(
    x: Any, taps: Any, correction: Any, bias: Any, multipliers: Any, shifts: Any, sums: Any, y: Any,
    stride_h: Any, stride_w: Any, pad_h: Any, pad_w: Any, offset: Any, low: Any, high: Any,
) -> None:  # fmt: skip
    """y[b, :, :, o] from x[b, :, :, i]; taps[j, k, o, i], correction[j, k, o] = zero point x sum of a row.

    sums[:, :, o] is working memory for one image.
    """
    batches, height, width, channels = y.shape
    kernel_h, kernel_w, _, depth = taps.shape
    for b in range(batches):
        for i in range(height):
            for j in range(width):
                for o in range(channels):
                    sums[i, j, o] = bias[o]
        for i in range(x.shape[1]):
            for j in range(x.shape[2]):
                for down in range(kernel_h):
                    row = i * stride_h - pad_h + down
                    if row < 0 or row >= height:
                        continue
                    for across in range(kernel_w):
                        column = j * stride_w - pad_w + across
                        if column < 0 or column >= width:
                            continue
                        for o in range(channels):
                            total = np.int32(0)
                            for c in range(depth):
                                total += np.int32(x[b, i, j, c]) * np.int32(taps[down, across, o, c])
                            total = np.int32(total - correction[down, across, o])
                            sums[row, column, o] = np.int32(sums[row, column, o] + total)
        for i in range(height):
            for j in range(width):
                for o in range(channels):
                    scaled = multiply_by_quantized_multiplier(sums[i, j, o], multipliers[o], shifts[o])
                    y[b, i, j, o] = min(max(scaled + offset, low), high)
