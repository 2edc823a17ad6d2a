"""Networks of published rows, rebuilt from their descriptions with random weights: shapes decide their time.

EdgeMark's FC_0 to FC_10 and CNN_1 to CNN_7 (arXiv:2502.01700), MicroNets for speech and for machines and the
DS-CNN that it measured beside them (arXiv:2010.11267), all in int8; image_example1 of Silicon Labs' mltk.
EdgeMark's are to be had in float32, too: "FC_4 float32".
"""

from __future__ import annotations

from functools import cache
from math import ceil, sqrt

import numpy as np

from microinfer import Model, ModelBuilder, load
from published_acoustics import NAMES, acoustic
from published_dense import REAL, real_dense

DENSE = {
    "FC_0": (1, (), 1, False),
    "FC_1": (1, (5,), 1, False),
    "FC_2": (1, (10, 10), 1, False),
    "FC_3": (50, (16, 8), 10, True),
    "FC_4": (50, (32, 16), 10, True),
    "FC_5": (13, (64, 32, 16), 1, False),
    "FC_6": (13, (64, 64, 64), 1, False),
    "FC_7": (128, (64, 32, 16), 10, True),
    "FC_8": (13, (128, 128, 128), 1, False),
    "FC_9": (784, (60, 32, 16), 10, True),
    "FC_10": (3072, (64, 32, 16), 10, True),
}
"""Inputs, hidden layers, outputs, and whether a softmax ends it."""
MNIST, CIFAR = (28, 28, 1), (32, 32, 3)
POOL, MEAN = (0, 2), (0, 0)
CONVOLUTIONAL = {
    "CNN_1": (MNIST, ((4, 2), (6, 2), (8, 2), MEAN), ()),
    "CNN_2": (MNIST, ((6, 2), (8, 2), (8, 2), (10, 2)), ()),
    "CNN_3": (MNIST, ((4, 1), (8, 2), (12, 2), (16, 2), (20, 2)), ()),
    "CNN_4": (MNIST, ((8, 1), (8, 2), (16, 1), (16, 2), (32, 1), MEAN), (64, 16)),
    "CNN_5": (CIFAR, ((16, 1), (16, 1), POOL, (32, 2), (32, 1), MEAN), (64, 32)),
    "CNN_6": (CIFAR, ((16, 1), (16, 1), POOL, (32, 1), (32, 1), POOL, (64, 1), MEAN), (100, 50)),
    "CNN_7": (
        CIFAR,
        ((16, 1), (16, 1), POOL, (32, 1), (32, 1), POOL, (64, 1), (64, 1), POOL, (128, 1), MEAN),
        (128, 64),
    ),
}
"""Input, convolutions of 3 x 3 as (channels, stride), hidden layers; ten outputs and a softmax."""
SPEECH, MACHINES = ((49, 10), (10, 4), 12), ((32, 32), (3, 3), 4)
SEPARABLE = {
    "DSCNN-S": (SPEECH, 64, ((64, 2), *((64, 1),) * 3)),
    "DSCNN-M": (SPEECH, 172, ((172, 2), *((172, 1),) * 3)),
    "DSCNN-L": (SPEECH, 276, ((276, 2), *((276, 1),) * 4)),
    "MicroNet-KWS-S": (SPEECH, 84, ((112, 2), (84, 1), (84, 1), (84, 1), (196, 1))),
    "MicroNet-KWS-M": (SPEECH, 140, ((140, 2), (140, 1), (140, 1), (112, 1), (196, 1))),
    "MicroNet-KWS-L": (SPEECH, 276, ((248, 2), (276, 1), (276, 1), *((248, 1),) * 4)),
    "MicroNet-AD-S": (MACHINES, 72, ((164, 2), (220, 1), (276, 2), (276, 2))),
    "MicroNet-AD-M": (MACHINES, 192, ((276, 2), (276, 1), (276, 1), (276, 2), (276, 2))),
    "MicroNet-AD-L": (MACHINES, 276, ((248, 2), (276, 1), (276, 1), (248, 2), (248, 2))),
}
"""Input, kernel of the first convolution and classes; its channels; channels and stride of the blocks. Those
of MicroNets are its Table 5's; the DS-CNN, which are not in it, have strides as these have: so Table 4 has
them, with 7.1, 37.3 and 107.2 Mops in 47, 123 and 201 KB of RAM, where the strides of "Hello Edge" would make
5.3, 19.6 and 56.7 Mops. Mops of all are the table's within 2 %."""


REAL_TYPE = " float32"


class _Maker:
    """A builder with random weights."""

    def __init__(self, name: str) -> None:
        self.builder, self.random = ModelBuilder(name), np.random.default_rng(1)
        self.real = name.endswith(REAL_TYPE)

    def input(self, shape: tuple[int, ...], scale: float, zero_point: int) -> int:
        if self.real:
            return self.builder.input(shape, "float32")
        return self.builder.input(shape, scale=scale, zero_point=zero_point)

    def reals(self, *shape: int) -> int:
        return self.builder.constant(self.random.normal(0, 0.1, shape).astype(np.float32))

    def conv(
        self, x: int, wide: int, out: int, size: tuple[int, int], strides: tuple[int, int], pad: str = "SAME"
    ) -> int:
        if self.real:
            made = self.reals(out, *size, wide), np.zeros(out, np.float32)
            return self.builder.conv_2d(x, *made, strides=strides, padding=pad, activation="RELU")
        weights = self.random.normal(0, 0.3 / sqrt(size[0] * size[1] * wide / 9), (out, *size, wide))
        return self.builder.conv_2d(
            x, weights, np.zeros(out), strides=strides, padding=pad, activation="RELU", scale=0.02,
            zero_point=-128,
        )  # fmt: skip

    def depthwise(self, x: int, wide: int, strides: tuple[int, int]) -> int:
        weights = self.random.normal(0, 0.3, (1, 3, 3, wide))
        return self.builder.depthwise_conv_2d(
            x, weights, np.zeros(wide), strides=strides, activation="RELU", scale=0.02, zero_point=-128
        )

    def dense(self, x: int, wide: int, out: int, activation: str = "RELU") -> int:
        if self.real:
            made = self.reals(out, wide), np.zeros(out, np.float32)
            return self.builder.fully_connected(x, *made, activation=activation)
        weights = self.random.integers(-127, 128, (out, wide)).astype(np.int8)
        last = activation == "NONE"
        return self.builder.fully_connected(
            x,
            weights,
            np.zeros(out, np.int32),
            weight_scale=0.01 / sqrt(wide),
            activation=activation,
            scale=0.1 if last else 0.03,
            zero_point=0 if last else -128,
        )

    def done(self, x: int, softmax: bool = True) -> Model:
        self.builder.output(self.builder.softmax(x) if softmax else x)
        return load(self.builder.build())


def _dense(name: str) -> Model:
    wide, hidden, out, softmax = DENSE[name.removesuffix(REAL_TYPE)]
    make = _Maker(name)
    x = make.input((1, wide), 1 / 64, 0)
    for each in hidden:
        x, wide = make.dense(x, wide, each), each
    return make.done(make.dense(x, wide, out, "NONE"), softmax)


def _convolutional(name: str) -> Model:
    (high, across, wide), layers, hidden = CONVOLUTIONAL[name.removesuffix(REAL_TYPE)]
    make = _Maker(name)
    x = make.input((1, high, across, wide), 1 / 255, -128)
    flat = False
    for out, stride in layers:
        if (out, stride) == MEAN:
            x, flat = make.builder.mean(x, [1, 2]), True
            continue
        if (out, stride) == POOL:
            x = make.builder.max_pool_2d(x, 2, strides=(2, 2), padding="SAME")
        else:
            x, wide = make.conv(x, wide, out, (3, 3), (stride, stride)), out
        high, across = ceil(high / stride), ceil(across / stride)
    if not flat:
        wide *= high * across
        x = make.builder.reshape(x, (1, wide))
    for each in hidden:
        x, wide = make.dense(x, wide, each), each
    return make.done(make.dense(x, wide, 10, "NONE"))


def _separable(name: str) -> Model:
    ((high, across), kernel, classes), wide, blocks = SEPARABLE[name]
    make = _Maker(name)
    x = make.builder.input((1, high, across, 1), scale=0.5, zero_point=80)
    x = make.conv(x, 1, wide, kernel, (1, 1))
    for out, stride in blocks:
        x = make.conv(make.depthwise(x, wide, (stride, stride)), wide, out, (1, 1), (1, 1))
        high, across, wide = ceil(high / stride), ceil(across / stride), out
    x = make.builder.reshape(make.builder.average_pool_2d(x, (high, across)), (1, wide))
    return make.done(make.dense(x, wide, classes, "NONE"))


def _pictures(name: str) -> Model:
    """image_example1: three convolutions, two pools of averages, a layer of three classes."""
    make = _Maker(name)
    x = make.conv(make.builder.input((1, 96, 96, 1), scale=1 / 255, zero_point=-128), 1, 24, (3, 3), (2, 2))
    x = make.conv(make.builder.average_pool_2d(x, 2, padding="VALID"), 24, 16, (3, 3), (2, 2), "VALID")
    x = make.conv(x, 16, 24, (3, 3), (1, 1), "VALID")
    x = make.builder.reshape(make.builder.average_pool_2d(x, 2, padding="VALID"), (1, 384))
    return make.done(make.dense(x, 384, 3, "NONE"))


@cache
def rebuilt(name: str) -> Model | None:
    """The network of that name; None where this file does not know it."""
    kinds = (
        (DENSE, _dense),
        (CONVOLUTIONAL, _convolutional),
        (SEPARABLE, _separable),
        (("mltk image_example1",), _pictures),
        (NAMES, acoustic),
        (REAL, real_dense),
    )
    for known, build in kinds:
        typed = name.removesuffix(REAL_TYPE) if known in (DENSE, CONVOLUTIONAL) else name
        if typed in known:
            return build(name)
    return None
