"""Convolutions, pools and fully connected layers in real numbers, float64. Slow and plain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .reals import activated, bias_values
from .spec import Node, Real, Reals
from .window import output_size, padding_before

__all__ = [
    "average_pool",
    "conv_2d",
    "conv_sums",
    "depthwise_conv_2d",
    "depthwise_sums",
    "fully_connected",
    "max_pool",
    "transpose_conv",
    "transpose_sums",
]


def _windows(node: Node, x: Real, kernel: Sequence[int], dilation: Sequence[int], fill: float) -> Real:
    """[batch, output h, output w, channels, kernel h, kernel w], a view over a padded copy."""
    padding, stride, pads = node.options["padding"], _strides(node), [(0, 0)]
    for axis in (0, 1):
        size = x.shape[1 + axis]
        reach = (kernel[axis] - 1) * dilation[axis] + 1
        count = output_size(padding, size, kernel[axis], stride[axis], dilation[axis])
        before = padding_before(count, size, kernel[axis], stride[axis], dilation[axis])
        count = count or node.output(0).shape[1 + axis]
        pads.append((before, max(0, (count - 1) * stride[axis] + reach - size - before)))
    padded = np.pad(x, (*pads, (0, 0)), constant_values=fill)
    reaches = tuple((k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True))
    every = sliding_window_view(padded, reaches, (1, 2))
    return every[:, :: stride[0], :: stride[1], :, :: dilation[0], :: dilation[1]]


def _strides(node: Node) -> tuple[int, int]:
    return node.options["stride_h"], node.options["stride_w"]


def _dilations(node: Node) -> tuple[int, int]:
    return node.options["dilation_h_factor"], node.options["dilation_w_factor"]


def conv_sums(node: Node, x: Real, weights: Real) -> Real:
    """The sums of a convolution: no bias, no activation. Exact where x and weights are whole numbers."""
    each = weights.shape[3]
    groups = x.shape[3] // each
    windows = _windows(node, x, weights.shape[1:3], _dilations(node), 0.0)
    many = weights.shape[0] // groups
    parts = [
        np.tensordot(
            windows[:, :, :, g * each : (g + 1) * each],
            weights[g * many : (g + 1) * many],
            ((3, 4, 5), (3, 1, 2)),
        )
        for g in range(groups)
    ]
    return np.concatenate(parts, axis=3)


def conv_2d(node: Node, inputs: Reals) -> Real:
    x, weights = inputs[0], inputs[1]
    assert x is not None
    assert weights is not None
    return activated(node, conv_sums(node, x, weights) + bias_values(node, 2, weights.shape[0]))


def depthwise_sums(node: Node, x: Real, weights: Real) -> Real:
    """As `conv_sums`, each channel by itself."""
    _, height, width, outputs = weights.shape
    taps = weights.reshape(height, width, x.shape[3], outputs // x.shape[3])
    windows = _windows(node, x, (height, width), _dilations(node), 0.0)
    summed = sum(
        windows[:, :, :, :, i, j, np.newaxis] * taps[i, j] for i in range(height) for j in range(width)
    )
    return np.asarray(summed).reshape(*windows.shape[:3], outputs)


def depthwise_conv_2d(node: Node, inputs: Reals) -> Real:
    x, weights = inputs[0], inputs[1]
    assert x is not None
    assert weights is not None
    return activated(node, depthwise_sums(node, x, weights) + bias_values(node, 2, weights.shape[3]))


def transpose_sums(node: Node, x: Real, weights: Real) -> Real:
    """As `conv_sums`, of a transposed convolution."""
    target, (stride_h, stride_w) = node.outputs[0], _strides(node)
    outputs, height, width, _ = weights.shape
    batch, rows, columns, _ = x.shape
    pads = [
        padding_before(count, size, kernel, stride, 1)
        for count, size, kernel, stride in zip(
            (rows, columns), target.shape[1:3], (height, width), (stride_h, stride_w), strict=True
        )
    ]
    room = [
        max((count - 1) * stride + kernel, size + pad)
        for count, stride, kernel, size, pad in zip(
            (rows, columns), (stride_h, stride_w), (height, width), target.shape[1:3], pads, strict=True
        )
    ]
    whole = np.zeros((batch, *room, outputs))
    for i in range(height):
        for j in range(width):
            rows_hit = slice(i, i + (rows - 1) * stride_h + 1, stride_h)
            columns_hit = slice(j, j + (columns - 1) * stride_w + 1, stride_w)
            whole[:, rows_hit, columns_hit] += x @ weights[:, i, j].T
    return whole[:, pads[0] : pads[0] + target.shape[1], pads[1] : pads[1] + target.shape[2]]


def transpose_conv(node: Node, inputs: Reals) -> Real:
    x, weights = inputs[2], inputs[1]
    assert x is not None
    assert weights is not None
    return activated(
        node, transpose_sums(node, x, weights) + bias_values(node, 3, weights.shape[0], source=2)
    )


def fully_connected(node: Node, inputs: Reals) -> Real:
    x, weights = inputs[0], inputs[1]
    assert x is not None
    assert weights is not None
    made = x.reshape(-1, weights.shape[1]) @ weights.T + bias_values(node, 2, weights.shape[0])
    return activated(node, made)


def _pool(node: Node, x: Real, fill: float) -> Real:
    kernel = node.options["filter_height"], node.options["filter_width"]
    return _windows(node, x, kernel, (1, 1), fill)


def average_pool(node: Node, inputs: Reals) -> Real:
    assert inputs[0] is not None
    inside: NDArray[Any] = np.isfinite(windows := _pool(node, inputs[0], np.nan))
    return activated(node, np.where(inside, windows, 0.0).sum((4, 5)) / inside.sum((4, 5)))


def max_pool(node: Node, inputs: Reals) -> Real:
    assert inputs[0] is not None
    return activated(node, _pool(node, inputs[0], -np.inf).max((4, 5)))


def l2_pool(node: Node, inputs: Reals) -> Real:
    assert inputs[0] is not None
    inside: NDArray[Any] = np.isfinite(windows := _pool(node, inputs[0], np.nan))
    mean = np.where(inside, windows**2, 0.0).sum((4, 5)) / inside.sum((4, 5))
    return activated(node, np.sqrt(mean))
