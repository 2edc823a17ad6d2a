"""TRANSPOSE_CONV: products are scattered into sums, int32 for int8 and int64 for int16, which are then
brought to the output's scale; or into float32, in the order of rows, columns and channels of the input.

Of int8 the input's zero point is taken off a whole tap at a time: sum (x - z) w = sum x w - z sum w.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ._jit import Kernel, kernel
from .fixed_point import clamp, multiply_by_quantized_multiplier, wrap_int32
from .float_layers import bounded
from .int16_layers import multiply_wide
from .multiply_add import fused, separate

__all__ = ["transpose_conv", "transpose_conv_float32", "transpose_conv_int16"]

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
                    y[b, i, j, o] = clamp(wrap_int32(scaled + offset), low, high)


def _float32(multiply_add: Callable[..., Any], name: str) -> Kernel:
    def transpose_conv_float32(
        x: Any, taps: Any, bias: Any, y: Any,
        stride_h: Any, stride_w: Any, pad_h: Any, pad_w: Any, low: Any, high: Any,
    ) -> None:  # fmt: skip
        """As `transpose_conv`, with taps[j, k, i, o]; the output holds the sums."""
        batches, height, width, channels = y.shape
        kernel_h, kernel_w, depth, _ = taps.shape
        for b in range(batches):
            for i in range(height):
                for j in range(width):
                    for o in range(channels):
                        y[b, i, j, o] = np.float32(0)
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
                            for c in range(depth):
                                value = x[b, i, j, c]
                                for o in range(channels):
                                    at = y[b, row, column, o]
                                    y[b, row, column, o] = multiply_add(value, taps[down, across, c, o], at)
            for i in range(height):
                for j in range(width):
                    for o in range(channels):
                        y[b, i, j, o] = bounded(y[b, i, j, o] + bias[o], low, high)

    transpose_conv_float32.__name__ = name
    return kernel(
        "void(float32[:,:,:,::1], float32[:,:,:,::1], float32[::1], float32[:,:,:,::1]"
        ", int64, int64, int64, int64, float32, float32)"
    )(transpose_conv_float32)


transpose_conv_float32 = _float32(separate, "transpose_conv_float32")
transpose_conv_float32_fused = _float32(fused, "transpose_conv_float32_fused")


@kernel(
    f"void(int16[:,:,:,::1], int8[:,:,:,::1], int64[::1], {_INT32}, {_INT32}, int64[:,:,::1]"
    ", int16[:,:,:,::1]" + ", int64" * 6 + ")"
)
def transpose_conv_int16(
    x: Any, taps: Any, bias: Any, multipliers: Any, shifts: Any, sums: Any, y: Any,
    stride_h: Any, stride_w: Any, pad_h: Any, pad_w: Any, low: Any, high: Any,
) -> None:  # fmt: skip
    """As `transpose_conv`, with taps[j, k, i, o]; zero points are not looked at."""
    batches, height, width, channels = y.shape
    kernel_h, kernel_w, depth, _ = taps.shape
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
                        for c in range(depth):
                            value = np.int32(x[b, i, j, c])
                            for o in range(channels):
                                product = np.int32(value * np.int32(taps[down, across, c, o]))
                                sums[row, column, o] += np.int64(product)
        for i in range(height):
            for j in range(width):
                for o in range(channels):
                    scaled = multiply_wide(sums[i, j, o], np.int64(multipliers[o]), np.int64(shifts[o]))
                    y[b, i, j, o] = clamp(scaled, low, high)
