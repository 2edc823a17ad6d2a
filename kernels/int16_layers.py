"""Layers of int16 data and int8 weights: pools, and convolutions that sum in 64 bits or in 32, which wrap.

Which of the two TFLM takes is the bias's type; an int32 sum that overflows wraps, as it does on a device.
Factors of a 64-bit sum have 16 bits and are rounded once, halves upwards. Taps outside the input are left
out. Sources: TFLM, kernels/internal/reference/integer_ops/{conv,depthwise_conv,fully_connected,pooling}.h and
kernels/internal/common.cc.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._helpers import inline
from ._jit import kernel
from .fixed_point import clamp, multiply_by_quantized_multiplier, truncating_divide, wrap_int32

__all__ = ["average_pool_2d", "convolution", "depthwise_convolution", "max_pool_2d", "multiply_wide"]

FEW = 256
"""Taps of a pool: their sum is below 2^24, and a mean, at most 2^15, is further than 2^-9 from the next
integer, which float32's rounding does not reach."""


@inline
def multiply_wide(x: Any, multiplier: Any, shift: Any) -> Any:
    """x * multiplier * 2^(shift - 31) for an int64 x and a multiplier of 31 bits that is cut to 16."""
    reduced = (multiplier + (1 << 15)) >> 16 if multiplier < 0x7FFF0000 else np.int64(0x7FFF)
    total = 15 - shift
    return wrap_int32((x * reduced + (np.int64(1) << (total - 1))) >> total)


@inline
def _rescaled(total: Any, multiplier: Any, shift: Any, wide: Any, offset: Any, low: Any, high: Any) -> Any:
    if wide:
        scaled = multiply_wide(total, multiplier, shift)
    else:
        scaled = multiply_by_quantized_multiplier(wrap_int32(total), multiplier, shift)
    return clamp(wrap_int32(scaled + offset), low, high)


@kernel(
    "void(int16[:,:,:,::1], int16[:,:,:,:,::1], int64[::1], int64[::1], int64[::1], int64[::1],"
    "int16[:,:,:,::1]" + ", int64" * 11 + ")"
)
def convolution(
    x: Any, weights: Any, bias: Any, multipliers: Any, shifts: Any, totals: Any, y: Any,
    stride_h: Any, stride_w: Any, dilation_h: Any, dilation_w: Any, pad_h: Any, pad_w: Any,
    wide: Any, input_zero_point: Any, output_zero_point: Any, low: Any, high: Any,
) -> None:  # fmt: skip
    """x, y [batch, height, width, channels]; weights [groups, height, width, channels in, channels out of a
    group]; `totals` has room for the channels out of a group. `wide`: whether sums have 64 bits."""
    groups, kernel_h, kernel_w, depth, channels = weights.shape
    for batch in range(y.shape[0]):
        for i in range(y.shape[1]):
            for j in range(y.shape[2]):
                for group in range(groups):
                    for c in range(channels):
                        totals[c] = bias[group * channels + c]
                    for v in range(kernel_h):
                        row = i * stride_h - pad_h + v * dilation_h
                        if row < 0 or row >= x.shape[1]:
                            continue
                        for h in range(kernel_w):
                            column = j * stride_w - pad_w + h * dilation_w
                            if column < 0 or column >= x.shape[2]:
                                continue
                            for d in range(depth):
                                value = np.int32(x[batch, row, column, group * depth + d] - input_zero_point)
                                for c in range(channels):
                                    totals[c] += np.int64(value) * np.int64(weights[group, v, h, d, c])
                    for c in range(channels):
                        at = group * channels + c
                        y[batch, i, j, at] = _rescaled(
                            totals[c], multipliers[at], shifts[at], wide, output_zero_point, low, high
                        )


@kernel(
    "void(int16[:,:,:,::1], int16[:,:,::1], int64[::1], int64[::1], int64[::1], int64[::1],"
    "int16[:,:,:,::1]" + ", int64" * 8 + ")"
)
def depthwise_convolution(
    x: Any, weights: Any, bias: Any, multipliers: Any, shifts: Any, totals: Any, y: Any,
    stride_h: Any, stride_w: Any, dilation_h: Any, dilation_w: Any, pad_h: Any, pad_w: Any,
    low: Any, high: Any,
) -> None:  # fmt: skip
    """x, y [batch, height, width, channels]; weights [height, width, channels out]; `totals` has room for
    these channels."""
    kernel_h, kernel_w, channels = weights.shape
    multiplier = channels // x.shape[3]
    for batch in range(y.shape[0]):
        for i in range(y.shape[1]):
            for j in range(y.shape[2]):
                for c in range(channels):
                    totals[c] = bias[c]
                for v in range(kernel_h):
                    row = i * stride_h - pad_h + v * dilation_h
                    if row < 0 or row >= x.shape[1]:
                        continue
                    for h in range(kernel_w):
                        column = j * stride_w - pad_w + h * dilation_w
                        if column < 0 or column >= x.shape[2]:
                            continue
                        for d in range(x.shape[3]):
                            value = np.int64(x[batch, row, column, d])
                            for c in range(d * multiplier, (d + 1) * multiplier):
                                totals[c] += value * np.int64(weights[v, h, c])
                for c in range(channels):
                    y[batch, i, j, c] = clamp(multiply_wide(totals[c], multipliers[c], shifts[c]), low, high)


@kernel("void(int16[:,:,:,::1], int16[:,:,:,::1], int32[::1]" + ", int64" * 8 + ")")
def average_pool_2d(
    x: Any, y: Any, totals: Any,
    kernel_h: Any, kernel_w: Any, stride_h: Any, stride_w: Any, pad_h: Any, pad_w: Any, low: Any, high: Any,
) -> None:  # fmt: skip
    """x, y [batch, height, width, channels]; `totals` has room for the channels. Halves go away from zero."""
    for batch in range(y.shape[0]):
        for i in range(y.shape[1]):
            top = max(0, i * stride_h - pad_h)
            bottom = min(x.shape[1], i * stride_h - pad_h + kernel_h)
            for j in range(y.shape[2]):
                left = max(0, j * stride_w - pad_w)
                right = min(x.shape[2], j * stride_w - pad_w + kernel_w)
                count = (bottom - top) * (right - left)
                totals[:] = 0
                for v in range(top, bottom):
                    for h in range(left, right):
                        for c in range(y.shape[3]):
                            totals[c] += x[batch, v, h, c]
                if count <= FEW:
                    for c in range(y.shape[3]):
                        total = totals[c]
                        total = total + count // 2 if total > 0 else total - count // 2
                        mean = np.float32(np.int32(total)) / np.float32(count)
                        y[batch, i, j, c] = clamp(np.int32(mean), low, high)
                else:
                    for c in range(y.shape[3]):
                        wide = np.int64(totals[c])
                        wide = wide + count // 2 if wide > 0 else wide - count // 2
                        y[batch, i, j, c] = clamp(truncating_divide(wide, count), low, high)


@kernel("void(int16[:,:,:,::1], int16[:,:,:,::1]" + ", int64" * 8 + ")")
def max_pool_2d(
    x: Any, y: Any,
    kernel_h: Any, kernel_w: Any, stride_h: Any, stride_w: Any, pad_h: Any, pad_w: Any, low: Any, high: Any,
) -> None:  # fmt: skip
    """x, y [batch, height, width, channels]."""
    for batch in range(y.shape[0]):
        for i in range(y.shape[1]):
            top = max(0, i * stride_h - pad_h)
            bottom = min(x.shape[1], i * stride_h - pad_h + kernel_h)
            for j in range(y.shape[2]):
                left = max(0, j * stride_w - pad_w)
                right = min(x.shape[2], j * stride_w - pad_w + kernel_w)
                for c in range(y.shape[3]):
                    y[batch, i, j, c] = -32768
                for v in range(top, bottom):
                    for h in range(left, right):
                        for c in range(y.shape[3]):
                            y[batch, i, j, c] = max(y[batch, i, j, c], x[batch, v, h, c])
                for c in range(y.shape[3]):
                    y[batch, i, j, c] = clamp(y[batch, i, j, c], low, high)
