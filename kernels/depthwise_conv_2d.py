"""Depthwise convolution, sixteen channels at once.

As in `conv_2d` the input, minus its zero point, is widened into a padded int16 image; here each input
channel is repeated depth-multiplier times, so that every tap is a multiply-add of neighbours. Lanes
behind the last channel compute on what comes next in the image and are not stored. Four pixels share
each load of weights.
"""

from __future__ import annotations

from typing import Any

from ._jit import kernel
from .lanes import LANES, load, multiply_add_lanes, requantize, store_bytes, widen

__all__ = ["LANES", "depthwise_conv_2d"]


@kernel(
    "void(int8[:,:,::1], int8[:,:,::1], int16[::1], int16[:,::1], int32[::1],"
    "int64[::1], int64[::1], int64, int64, int64, int64, int64, int64, int64)"
)
def depthwise_conv_2d(
    x: Any,
    y: Any,
    image: Any,
    weights: Any,
    channels: Any,
    pixels: Any,
    taps: Any,
    depth_multiplier: Any,
    start: Any,
    row: Any,
    input_zero_point: Any,
    output_zero_point: Any,
    low: Any,
    high: Any,
) -> None:
    """x [batch, height, width x channels] to y [batch, pixels, output channels].

    The image has rows of `row` elements, and the input's first lies at `start`. `pixels` and `taps` are
    offsets into it: of each output pixel's window, and of each tap within a window. `weights` is [taps,
    whole blocks of 16 channels] and `channels` a `channel_table`.
    """
    last = len(pixels) - 1
    depth = y.shape[2]
    padded = weights.shape[1]
    for batch in range(x.shape[0]):
        for i in range(x.shape[1]):
            target, source = start + i * row, (batch * x.shape[1] + i) * x.shape[2]
            if depth_multiplier == 1:
                widen(image, target, x, source, x.shape[2], input_zero_point)
            else:
                for c in range(x.shape[2]):
                    for m in range(depth_multiplier):
                        widen(image, target + c * depth_multiplier + m, x, source + c, 1, input_zero_point)
        for p in range(0, len(pixels), 4):
            p1, p2, p3 = min(p + 1, last), min(p + 2, last), min(p + 3, last)
            for n in range(0, padded, LANES):
                s0, s1, s2, s3 = pixels[p] + n, pixels[p1] + n, pixels[p2] + n, pixels[p3] + n
                a0 = a1 = a2 = a3 = load(channels, n)
                for t in range(len(taps)):
                    k, w = taps[t], t * padded + n
                    a0 = multiply_add_lanes(a0, image, s0 + k, weights, w)
                    a1 = multiply_add_lanes(a1, image, s1 + k, weights, w)
                    a2 = multiply_add_lanes(a2, image, s2 + k, weights, w)
                    a3 = multiply_add_lanes(a3, image, s3 + k, weights, w)
                scale = load(channels, padded + n)
                up = load(channels, 2 * padded + n)
                down = load(channels, 3 * padded + n)
                count = min(LANES, depth - n)
                at = batch * len(pixels)
                a0 = requantize(a0, scale, up, down, output_zero_point, low, high)
                a1 = requantize(a1, scale, up, down, output_zero_point, low, high)
                a2 = requantize(a2, scale, up, down, output_zero_point, low, high)
                a3 = requantize(a3, scale, up, down, output_zero_point, low, high)
                store_bytes(y, (at + p) * depth + n, count, a0)
                store_bytes(y, (at + p1) * depth + n, count, a1)
                store_bytes(y, (at + p2) * depth + n, count, a2)
                store_bytes(y, (at + p3) * depth + n, count, a3)
