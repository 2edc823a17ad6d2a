"""Layers of real numbers: convolutions and pools in float32, each sum in the order of TFLM's loops.

A float sum has the bits of its order. TFLM's reference kernels add tap by tap, row by row of the window,
channel after channel, and the bias last; taps outside the input are left out. Here every output channel does
the same, many channels side by side. Kernels whose names end in `fused` contract each product with its sum,
as a compiler does for an FPU that can. Sources: TFLM,
kernels/internal/reference/{conv,depthwiseconv_float,pooling}.h.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ._helpers import inline
from ._jit import Kernel, kernel
from .multiply_add import fused, separate

__all__ = [
    "average_pool_2d",
    "bounded",
    "convolution",
    "l2_pool_2d",
    "l2_pool_2d_fused",
    "max_pool_2d",
]

LOWEST = np.finfo(np.float32).min


@inline
def bounded(x: Any, low: Any, high: Any) -> Any:
    """As C++'s min(max(x, low), high): what is no number passes."""
    above = low if x < low else x
    return high if high < above else above


def _convolution(multiply_add: Callable[..., Any], name: str) -> Kernel:
    def convolution(
        x: Any, weights: Any, bias: Any, totals: Any, y: Any,
        stride_h: Any, stride_w: Any, dilation_h: Any, dilation_w: Any, pad_h: Any, pad_w: Any,
        low: Any, high: Any,
    ) -> None:  # fmt: skip
        """x, y [batch, height, width, channels]; weights [groups, height, width, channels in, channels out of
        a group]; `totals` has room for the channels out of a group."""
        groups, kernel_h, kernel_w, depth, channels = weights.shape
        for batch in range(y.shape[0]):
            for i in range(y.shape[1]):
                for j in range(y.shape[2]):
                    for group in range(groups):
                        for c in range(channels):
                            totals[c] = np.float32(0)
                        for v in range(kernel_h):
                            row = i * stride_h - pad_h + v * dilation_h
                            if row < 0 or row >= x.shape[1]:
                                continue
                            for h in range(kernel_w):
                                column = j * stride_w - pad_w + h * dilation_w
                                if column < 0 or column >= x.shape[2]:
                                    continue
                                for d in range(depth):
                                    value = x[batch, row, column, group * depth + d]
                                    for c in range(channels):
                                        totals[c] = multiply_add(value, weights[group, v, h, d, c], totals[c])
                        for c in range(channels):
                            at = group * channels + c
                            y[batch, i, j, at] = bounded(totals[c] + bias[at], low, high)

    convolution.__name__ = name
    return kernel(
        "void(float32[:,:,:,::1], float32[:,:,:,:,::1], float32[::1], float32[::1], float32[:,:,:,::1],"
        "int64, int64, int64, int64, int64, int64, float32, float32)"
    )(convolution)


convolution = _convolution(separate, "convolution")
convolution_fused = _convolution(fused, "convolution_fused")


def _depthwise_convolution(multiply_add: Callable[..., Any], name: str) -> Kernel:
    def depthwise_convolution(
        x: Any, weights: Any, bias: Any, totals: Any, y: Any,
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
                        totals[c] = np.float32(0)
                    for v in range(kernel_h):
                        row = i * stride_h - pad_h + v * dilation_h
                        if row < 0 or row >= x.shape[1]:
                            continue
                        for h in range(kernel_w):
                            column = j * stride_w - pad_w + h * dilation_w
                            if column < 0 or column >= x.shape[2]:
                                continue
                            if multiplier == 1:
                                for c in range(channels):
                                    totals[c] = multiply_add(
                                        x[batch, row, column, c], weights[v, h, c], totals[c]
                                    )
                            else:
                                for d in range(x.shape[3]):
                                    value = x[batch, row, column, d]
                                    for c in range(d * multiplier, (d + 1) * multiplier):
                                        totals[c] = multiply_add(value, weights[v, h, c], totals[c])
                    for c in range(channels):
                        y[batch, i, j, c] = bounded(totals[c] + bias[c], low, high)

    depthwise_convolution.__name__ = name
    return kernel(
        "void(float32[:,:,:,::1], float32[:,:,::1], float32[::1], float32[::1], float32[:,:,:,::1],"
        "int64, int64, int64, int64, int64, int64, float32, float32)"
    )(depthwise_convolution)


depthwise_convolution = _depthwise_convolution(separate, "depthwise_convolution")
depthwise_convolution_fused = _depthwise_convolution(fused, "depthwise_convolution_fused")


_POOL = (
    "void(float32[:,:,:,::1], float32[:,:,:,::1],int64, int64, int64, int64, int64, int64, float32, float32)"
)


@kernel(_POOL)
def average_pool_2d(
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
                count = np.float32((bottom - top) * (right - left))
                for c in range(y.shape[3]):
                    y[batch, i, j, c] = np.float32(0)
                for v in range(top, bottom):
                    for h in range(left, right):
                        for c in range(y.shape[3]):
                            y[batch, i, j, c] += x[batch, v, h, c]
                for c in range(y.shape[3]):
                    y[batch, i, j, c] = bounded(y[batch, i, j, c] / count, low, high)


@kernel(_POOL)
def max_pool_2d(
    x: Any, y: Any,
    kernel_h: Any, kernel_w: Any, stride_h: Any, stride_w: Any, pad_h: Any, pad_w: Any, low: Any, high: Any,
) -> None:  # fmt: skip
    """x, y [batch, height, width, channels]. What is no number is no maximum."""
    for batch in range(y.shape[0]):
        for i in range(y.shape[1]):
            top = max(0, i * stride_h - pad_h)
            bottom = min(x.shape[1], i * stride_h - pad_h + kernel_h)
            for j in range(y.shape[2]):
                left = max(0, j * stride_w - pad_w)
                right = min(x.shape[2], j * stride_w - pad_w + kernel_w)
                for c in range(y.shape[3]):
                    y[batch, i, j, c] = LOWEST
                for v in range(top, bottom):
                    for h in range(left, right):
                        for c in range(y.shape[3]):
                            value = x[batch, v, h, c]
                            if y[batch, i, j, c] < value:
                                y[batch, i, j, c] = value
                for c in range(y.shape[3]):
                    y[batch, i, j, c] = bounded(y[batch, i, j, c], low, high)


def _l2_pool_2d(multiply_add: Callable[..., Any], name: str) -> Kernel:
    def l2_pool_2d(
        x: Any, y: Any,
        kernel_h: Any, kernel_w: Any, stride_h: Any, stride_w: Any, pad_h: Any, pad_w: Any,
        low: Any, high: Any,
    ) -> None:  # fmt: skip
        """x, y [batch, height, width, channels]."""
        for batch in range(y.shape[0]):
            for i in range(y.shape[1]):
                top = max(0, i * stride_h - pad_h)
                bottom = min(x.shape[1], i * stride_h - pad_h + kernel_h)
                for j in range(y.shape[2]):
                    left = max(0, j * stride_w - pad_w)
                    right = min(x.shape[2], j * stride_w - pad_w + kernel_w)
                    count = np.float32((bottom - top) * (right - left))
                    for c in range(y.shape[3]):
                        y[batch, i, j, c] = np.float32(0)
                    for v in range(top, bottom):
                        for h in range(left, right):
                            for c in range(y.shape[3]):
                                value = x[batch, v, h, c]
                                y[batch, i, j, c] = multiply_add(value, value, y[batch, i, j, c])
                    for c in range(y.shape[3]):
                        y[batch, i, j, c] = bounded(np.sqrt(y[batch, i, j, c] / count), low, high)

    l2_pool_2d.__name__ = name
    return kernel(_POOL)(l2_pool_2d)


l2_pool_2d = _l2_pool_2d(separate, "l2_pool_2d")
l2_pool_2d_fused = _l2_pool_2d(fused, "l2_pool_2d_fused")
