"""Networks whose biases learn, drawn from a seed, that an ATmega328P has room for; and samples of them."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from microinfer import Interpreter, ModelBuilder
from microinfer.learning import BiasLearner, OnlineLayer, features_of

__all__ = ["CLASSES", "MOST_BYTES", "SAMPLES", "Drawn", "drawn", "network"]

Drawn: TypeAlias = tuple[BiasLearner, NDArray[np.int8], NDArray[np.uint16]]
"""A learner, and samples with their classes."""
SAMPLES = 3
MOST_BYTES = 1700
CLASSES = 3


class _Drawing:
    def __init__(self, random: np.random.Generator) -> None:
        self.random, self.builder, self.layers = random, ModelBuilder("drawn"), 0

    def words(self, shape: tuple[int, ...], channels: int, scales: int) -> dict[str, Any]:
        fan = int(np.prod(shape)) // channels
        clamps = self.random.random() < 0.75
        self.layers += 1
        return {
            "weight_scale": tuple((self.random.uniform(0.5, 1.5, scales) * 0.03 / fan**0.5).tolist()),
            "scale": 0.02,
            "zero_point": -128 if clamps else -10,
            "activation": "RELU" if clamps else "NONE",
        }

    def constants(self, shape: tuple[int, ...], channels: int) -> tuple[NDArray[np.int8], NDArray[np.int32]]:
        weights = self.random.integers(-127, 128, shape).astype(np.int8)
        return weights, self.random.integers(-600, 900, channels).astype(np.int32)

    def layer(self, x: Any) -> Any:
        """A convolution or a depthwise one of a size that fits."""
        random = self.random
        kernel = [int(random.integers(1, min(4, 1 + size))) for size in x.shape[1:3]]
        words: dict[str, Any] = {"strides": tuple(random.integers(1, 3, 2).tolist()), "padding": "SAME"}
        if random.random() < 0.5:
            channels = int(random.integers(1, 9))
            kernel = [1, 1] if random.random() < 0.5 else kernel
            shape = (channels, *kernel, x.shape[3])
            words |= {"strides": (1, 1)} if kernel == [1, 1] else {}
            return self.builder.conv_2d(
                x, *self.constants(shape, channels), **words, **self.words(shape, channels, channels)
            )
        channels = x.shape[3] * int(random.integers(1, 3))
        shape = (1, *kernel, channels)
        return self.builder.depthwise_conv_2d(
            x, *self.constants(shape, channels), **words, **self.words(shape, channels, channels)
        )

    def pool(self, x: Any) -> Any:
        size = tuple(int(self.random.integers(1, min(4, 1 + side))) for side in x.shape[1:3])
        kind = self.builder.max_pool_2d if self.random.random() < 0.6 else self.builder.average_pool_2d
        return kind(x, size, strides=tuple(self.random.integers(1, 3, 2).tolist()), padding="SAME")

    def dense(self, x: Any) -> Any:
        flat = self.builder.reshape(x, (1, -1)) if len(x.shape) > 2 else x
        outputs = int(self.random.integers(2, 13))
        shape = (outputs, flat.shape[1])
        return self.builder.fully_connected(
            flat, *self.constants(shape, outputs), **self.words(shape, outputs, 1)
        )


def network(random: np.random.Generator) -> tuple[bytes, int]:
    """A file, and how many layers it has."""
    d = _Drawing(random)
    height, width, channels = (int(random.integers(low, high)) for low, high in ((3, 11), (1, 8), (1, 5)))
    y = d.builder.input((1, height, width, channels), scale=0.02, zero_point=0)
    for _ in range(int(random.integers(1, 4))):
        y = d.layer(y)
        y = d.pool(y) if random.random() < 0.6 else y
    y = d.dense(y) if random.random() < 0.5 else y
    d.builder.output(d.builder.reshape(y, (1, -1)) if len(y.shape) > 2 else y)
    return d.builder.build(), d.layers


def drawn(number: int) -> Drawn:
    random = np.random.default_rng([2811, number])
    while True:
        data, layers = network(random)
        interpreter = Interpreter(data, "atmega328p", library="bare-c")
        found = features_of(interpreter)
        if found.count > 60:
            continue
        weights = (random.standard_normal((CLASSES, 1 + found.count)) * 0.4).astype(np.float32)
        layer = OnlineLayer(weights, found.scale, found.zero_point, 0.01)
        learner = BiasLearner(interpreter, layer, layers)
        own = layer.geometry.weights_bytes + layer.geometry.scratch_bytes + learner.geometry.ram_bytes
        if interpreter.plan.arena_used_bytes + own <= MOST_BYTES:
            break
    shape = interpreter.get_input_details()[0]["shape"]
    x = random.integers(-128, 128, (SAMPLES, *shape)).astype(np.int8)
    return learner, x, random.integers(0, CLASSES, SAMPLES).astype(np.uint16)
