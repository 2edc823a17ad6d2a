"""Networks for acoustic emission (github.com/veysiadn/acustic-emission-models), with random weights.

1,000 samples to three classes of damage: a layer of four neurons with ELU, and two convolutions whose images
are one pixel wide, so that six of seven columns of a filter lie outside; float32, and int8 between floats.
"""

from __future__ import annotations

import numpy as np

from microinfer import Model, ModelBuilder, load

SAMPLES, CLASSES = 1000, 3
NAMES = ("acoustic dense", "acoustic dense int8", "acoustic conv", "acoustic conv int8")


class _Maker:
    """Layers in one type."""

    def __init__(self, name: str) -> None:
        self.builder, self.random = ModelBuilder(name), np.random.default_rng(1)
        self.real = not name.endswith("int8")

    def weights(self, *shape: int) -> int:
        drawn = self.random.normal(0, 0.1, shape)
        if self.real:
            return self.builder.constant(drawn.astype(np.float32))
        whole = self.random.integers(-127, 128, shape).astype(np.int8)
        if len(shape) == 2:
            return self.builder.constant(whole, 0.005, 0)
        return self.builder.constant(whole, np.full(shape[0], 0.005), np.zeros(shape[0], int))

    def bias(self, count: int) -> np.ndarray:
        return np.zeros(count, np.float32 if self.real else np.int32)

    def dense(self, x: int, wide: int, out: int) -> int:
        scale = {} if self.real else {"scale": 0.05, "zero_point": 0}
        return self.builder.fully_connected(x, self.weights(out, wide), self.bias(out), **scale)

    def conv(self, x: int, wide: int, out: int, size: int) -> int:
        scale = {} if self.real else {"scale": 0.05, "zero_point": -128}
        weights = self.weights(out, size, size, wide)
        return self.builder.conv_2d(x, weights, self.bias(out), activation="RELU", **scale)

    def pool(self, x: int, size: int) -> int:
        return self.builder.max_pool_2d(x, size, strides=(size, size), padding="SAME")


def _dense(make: _Maker, x: int) -> int:
    x = make.dense(make.builder.reshape(x, (1, SAMPLES)), SAMPLES, 4)
    if make.real:
        x = make.builder.elu(x)
    else:
        x = make.builder.quantize(make.builder.elu(make.builder.dequantize(x)), scale=0.05, zero_point=0)
    return make.dense(x, 4, CLASSES)


def _convolutional(make: _Maker, x: int) -> int:
    x = make.builder.reshape(x, (1, SAMPLES, 1, 1))
    x = make.pool(make.conv(x, 1, 32, 7), 8)
    x = make.pool(make.pool(make.conv(x, 32, 48, 5), 4), 4)
    x = make.builder.reshape(x, (1, 384))
    return make.dense(make.dense(make.dense(x, 384, 32), 32, 32), 32, CLASSES)


def acoustic(name: str) -> Model:
    """One of `NAMES`."""
    make = _Maker(name)
    x = make.builder.input((1, SAMPLES), "float32")
    if not make.real:
        x = make.builder.quantize(x, scale=0.01, zero_point=0)
    x = make.builder.softmax((_dense if "dense" in name else _convolutional)(make, x))
    make.builder.output(x if make.real else make.builder.dequantize(x))
    return load(make.builder.build())
