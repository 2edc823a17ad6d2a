"""MobileNetV2 with weights from a seed: two networks of 56 and 301 million multiplications, int8 or float32.

The architecture is that of Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (2018),
table 2. What it would recognise is nothing; layers, shapes and scales are those of a trained one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from microinfer.builder import ModelBuilder

__all__ = ["NAMES", "mobilenet_v2"]

BLOCKS = (
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
)  # fmt: skip
"""Expansion, channels, how many, stride of the first."""

NAMES = {"mobilenet_v2_96": 96, "mobilenet_v2_224": 224}
"""Name to the side of the image, of the networks of width 1."""

CLASSES = 1000
RELU6 = 6 / 255


def mobilenet_v2(side: int, width: float = 1.0, dtype: str = "int8") -> bytes:
    """For images [1, side, side, 3]."""
    random = np.random.default_rng(side)
    builder = ModelBuilder()
    whole = dtype == "int8"

    def channels(count: int) -> int:
        return max(8, int(count * width + 4) // 8 * 8)

    def scaled(activation: str) -> dict[str, Any]:
        relu = {"scale": RELU6, "zero_point": -128} if activation != "NONE" else {"scale": 0.05}
        return {"activation": activation, **(relu if whole else {})}

    def weights(shape: tuple[int, ...], fan_in: int) -> dict[str, Any]:
        bias = random.integers(-500, 500, shape[0] if shape[0] > 1 else shape[-1])
        drawn = random.integers(-127, 128, shape)
        scale = 0.03 / np.sqrt(fan_in)
        if not whole:
            return {
                "weights": (drawn * scale).astype(np.float32),
                "bias": (bias * scale).astype(np.float32),
            }
        return {"weights": drawn.astype(np.int8), "bias": bias.astype(np.int32), "weight_scale": scale}

    def conv(x: Any, count: int, size: int, stride: int, activation: str) -> Any:
        made = weights((count, size, size, x.shape[3]), size * size * x.shape[3])
        return builder.conv_2d(x, **made, strides=(stride, stride), **scaled(activation))

    def depthwise(x: Any, stride: int) -> Any:
        made = weights((1, 3, 3, x.shape[3]), 9)
        return builder.depthwise_conv_2d(x, **made, strides=(stride, stride), **scaled("RELU6"))

    x = builder.input((1, side, side, 3), dtype, **({"scale": 1 / 128, "zero_point": 0} if whole else {}))
    y = conv(x, channels(32), 3, 2, "RELU6")
    for expansion, count, repeats, first_stride in BLOCKS:
        for position in range(repeats):
            before = y
            if expansion != 1:
                y = conv(y, y.shape[3] * expansion, 1, 1, "RELU6")
            y = depthwise(y, 1 if position else first_stride)
            y = conv(y, channels(count), 1, 1, "NONE")
            if position:
                y = builder.add(before, y, **({"scale": 0.05} if whole else {}))
    y = conv(y, max(1280, channels(1280)), 1, 1, "RELU6")
    y = builder.mean(y, (1, 2))
    y = builder.fully_connected(
        y, **weights((CLASSES, y.shape[-1]), y.shape[-1]), **({"scale": 0.1} if whole else {})
    )
    builder.output(builder.softmax(y))
    return builder.build()
