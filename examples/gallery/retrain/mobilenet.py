"""MobileNetV2 for 224 x 224 pixels as a chain, near to the network that TinyTL's figures are of; untrained.

Its additions are left out, whose pass backwards keeps nothing. Layers: Sandler et al., 2018, table 2.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from microinfer import Model, ModelBuilder, load

__all__ = ["mobilenet"]

BLOCKS = (
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
)  # fmt: skip
"""Expansion, channels, how many, stride of the first."""


def mobilenet(side: int = 224, classes: int = 102) -> Model:
    """As many classes as Flowers has, which is one of TinyTL's sets of data."""
    builder = ModelBuilder("mobilenet")
    y = builder.input((1, side, side, 3), scale=1.0)

    def layer(x: Any, outputs: int, size: int, stride: int, activation: str = "RELU6") -> Any:
        words: dict[str, Any] = {"strides": (stride, stride), "activation": activation}
        words |= {"weight_scale": 1.0, "scale": 6 / 255, "zero_point": -128}
        if outputs:
            weights = np.zeros((outputs, size, size, x.shape[3]), np.int8)
            return builder.conv_2d(x, weights, np.zeros(outputs, np.int32), **words)
        weights = np.zeros((1, size, size, x.shape[3]), np.int8)
        return builder.depthwise_conv_2d(x, weights, np.zeros(x.shape[3], np.int32), **words)

    y = layer(y, 32, 3, 2)
    for expansion, channels, count, stride in BLOCKS:
        for number in range(count):
            if expansion > 1:
                y = layer(y, expansion * y.shape[3], 1, 1)
            y = layer(y, 0, 3, 1 if number else stride)
            y = layer(y, channels, 1, 1, "NONE")
    y = builder.average_pool_2d(layer(y, 1280, 1, 1), y.shape[1:3])
    weights, bias = np.zeros((classes, y.shape[3]), np.int8), np.zeros(classes, np.int32)
    y = builder.reshape(y, (1, -1))
    builder.output(builder.fully_connected(y, weights, bias, weight_scale=1.0, scale=0.1))
    return load(builder.build())
