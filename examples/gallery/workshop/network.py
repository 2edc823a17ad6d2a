"""A chain of layers: trained in numpy with Adam, and written as a `.tflite` file in int8.

network = Network((8, 8, 1), [Conv(8, (3, 3)), Flatten(), Dense(10, relu=False)], seed=1)
fit(network, x, y, classes, epochs=30)
data = to_int8(network, x[:300], "digits", softmax=True)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, cos, pi
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from microinfer import ModelBuilder

from .layers import Layer, Values
from .scales import quantization, stored

__all__ = ["Loss", "Network", "classes", "fit", "squares", "stored", "to_int8"]

Loss: TypeAlias = "Callable[[Values, NDArray[np.generic]], tuple[float, Values]]"
Vary: TypeAlias = "Callable[[Values, np.random.Generator], Values]"


class Network:
    """Layers one after another, for inputs of `shape` without the batch."""

    def __init__(self, shape: tuple[int, ...], layers: Sequence[Layer], seed: int) -> None:
        self.shape, self.layers = shape, list(layers)
        random = np.random.default_rng(seed)
        for layer in self.layers:
            shape = layer.start(shape, random)

    def __call__(self, x: Values) -> Values:
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def learn(self, x: Values, y: NDArray[np.generic], loss: Loss) -> float:
        """The loss of a batch; the gradients are the layers' then."""
        value, change = loss(self(x), y)
        for layer in reversed(self.layers):
            change = layer.backward(change)
        return value


def classes(logits: Values, y: NDArray[np.generic]) -> tuple[float, Values]:
    """Cross-entropy of the softmax against class numbers, and its gradient."""
    grown = np.exp(logits - logits.max(1, keepdims=True))
    shares = grown / grown.sum(1, keepdims=True)
    rows = np.arange(len(y)), y.astype(np.intp)
    value = float(-np.log(shares[rows] + 1e-9).mean())
    shares[rows] -= 1
    return value, shares / len(y)


def squares(values: Values, y: NDArray[np.generic]) -> tuple[float, Values]:
    """Mean squared error, and its gradient."""
    error: Values = values - np.asarray(y, np.float32)
    return float((error**2).mean()), error * np.float32(2 / error.size)


def fit(
    network: Network,
    x: Values,
    y: NDArray[np.generic],
    loss: Loss,
    *,
    epochs: int,
    batch: int = 32,
    rate: float = 4e-3,
    decay: float = 0.0,
    vary: Vary | None = None,
    seed: int = 1,
) -> float:
    """Train by Adam, at a rate that falls along a cosine to nought; the last epoch's loss.

    Args:
        decay: how much of the weights each step takes away, times the rate.
        vary: makes other samples of a batch, each time anew.
    """
    random = np.random.default_rng(seed)
    held = [(layer, at) for layer in network.layers for at in range(len(layer.parameters))]
    means = [np.zeros_like(layer.parameters[at]) for layer, at in held]
    spreads = [np.zeros_like(one) for one in means]
    steps, done, value = epochs * ceil(len(x) / batch), 0, 0.0
    for _ in range(epochs):
        order, losses = random.permutation(len(x)), []
        for first in range(0, len(x), batch):
            chosen = order[first : first + batch]
            given = x[chosen] if vary is None else vary(x[chosen], random)
            losses.append(network.learn(given, y[chosen], loss))
            step = rate * (0.5 + 0.5 * cos(pi * done / steps))
            done += 1
            for (layer, at), mean, spread in zip(held, means, spreads, strict=True):
                slope, parameter = layer.gradients[at], layer.parameters[at]
                mean += 0.1 * (slope - mean)
                spread += 0.001 * (slope * slope - spread)
                move = (mean / (1 - 0.9**done)) / (np.sqrt(spread / (1 - 0.999**done)) + 1e-7)
                parameter -= step * (move + (decay * parameter if parameter.ndim > 1 else 0))
        value = float(np.mean(losses))
    return value


def to_int8(
    network: Network,
    samples: Values,
    name: str,
    description: str,
    *,
    like_input: bool = False,
    softmax: bool = False,
    covers: tuple[float, float] | None = None,
) -> bytes:
    """The network as a file: int8, weights of convolutions by channel, ranges as the samples fill them.

    Args:
        like_input: the output is quantised as the input, which an autoencoder is held against.
        softmax: a SOFTMAX at the end.
        covers: the input's range, where it is known.
    """
    builder = ModelBuilder(name, description)
    scale, zero_point = quantization(*(covers or (float(samples.min()), float(samples.max()))))
    handle = first = builder.input((1, *network.shape), scale=scale, zero_point=zero_point, name="input")
    values = samples
    for number, layer in enumerate(network.layers):
        values = layer.forward(values)
        if layer.keeps_scale:
            handle = layer.write(builder, handle)
            continue
        last = number == len(network.layers) - 1
        scale, zero_point = quantization(float(values.min()), float(values.max()))
        if last and like_input:
            scale, zero_point = first.scale, first.zero_point
        handle = layer.write(builder, handle, scale=scale, zero_point=zero_point)
    builder.output(builder.softmax(handle) if softmax else handle)
    return builder.build()
