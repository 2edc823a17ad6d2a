"""A small convolutional network in NumPy: its layers, their gradients, and its .tflite file.

conv 3 x 3 -> (depthwise 3 x 3 -> 1 x 1) -> max pool 2 x 2 -> (depthwise 3 x 3 -> 1 x 1) -> dense -> softmax,
each of the two blocks only where the configuration has it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from microinfer import ModelBuilder

Values = NDArray[np.float32]
Config = dict[str, Any]
SIZE, CLASSES = 8, 10
SCALE, ZERO_POINT = 1 / 255, -128
"""Of the input: pixels from 0 to 1."""


class Layer:
    """Weights `w` and biases `b`, drawn as He and others do; `dw` and `db` are their gradients. What it gives
    is never below nought, but for the last layer's."""

    relu = True

    def __init__(self, shape: tuple[int, ...], inputs: int, random: np.random.Generator) -> None:
        self.w = np.float32(random.standard_normal(shape) * np.sqrt(2 / inputs))
        self.b = np.zeros(shape[-1], np.float32)
        self.dw, self.db = np.zeros_like(self.w), np.zeros_like(self.b)

    def forward(self, x: Values) -> Values:
        self.x = x
        y = self.product(x) + self.b
        self.y = np.maximum(y, 0) if self.relu else y
        return self.y

    def backward(self, dy: Values) -> Values:
        dy = np.where(self.y > 0, dy, np.float32(0)) if self.relu else dy
        self.db = dy.reshape(-1, dy.shape[-1]).sum(0)
        return self.gradient(dy)

    def product(self, x: Values) -> Values:
        raise NotImplementedError

    def gradient(self, dy: Values) -> Values:
        raise NotImplementedError


class Window(Layer):
    """3 x 3 over each channel, or for each filter over the only channel there is."""

    def __init__(self, channels: int, padding: str, random: np.random.Generator) -> None:
        super().__init__((3, 3, channels), 9, random)
        self.padding, self.edge = padding, int(padding == "SAME")

    def product(self, x: Values) -> Values:
        edge = self.edge
        self.wide = np.pad(x, ((0, 0), (edge, edge), (edge, edge), (0, 0)))
        return np.sum([part * self.w[place] for place, part in self.parts(self.wide)], 0)

    def parts(self, wide: Values) -> list[tuple[tuple[int, int], Values]]:
        height, width = wide.shape[1] - 2, wide.shape[2] - 2
        places = [(i, j) for i in range(3) for j in range(3)]
        return [((i, j), wide[:, i : i + height, j : j + width]) for i, j in places]

    def gradient(self, dy: Values) -> Values:
        back = np.zeros_like(self.wide)
        for (place, part), (_, into) in zip(self.parts(self.wide), self.parts(back), strict=True):
            self.dw[place] = (part * dy).sum((0, 1, 2))
            if part.shape[-1] > 1:  # nobody asks for the image's
                into += dy * self.w[place]
        edge = self.edge
        return back[:, edge : back.shape[1] - edge, edge : back.shape[2] - edge]


class Mix(Layer):
    """Every output from all channels: a 1 x 1 convolution, or a dense layer over all there is."""

    def __init__(self, inputs: int, outputs: int, random: np.random.Generator, *, last: bool = False) -> None:
        super().__init__((inputs, outputs), inputs, random)
        self.relu = not last

    def product(self, x: Values) -> Values:
        self.flat = x.reshape(-1, len(self.w))
        y = self.flat @ self.w
        return y if not self.relu else y.reshape(*x.shape[:-1], -1)

    def gradient(self, dy: Values) -> Values:
        dy = dy.reshape(-1, dy.shape[-1])
        self.dw = self.flat.T @ dy
        return (dy @ self.w.T).reshape(self.x.shape)


class Pool:
    """The greatest of 2 x 2; an odd last row and column are left out."""

    def forward(self, x: Values) -> Values:
        self.shape = n, h, w, c = x.shape
        self.tiles = x[:, : h // 2 * 2, : w // 2 * 2].reshape(n, h // 2, 2, w // 2, 2, c)
        self.y = self.tiles.max((2, 4))
        return self.y

    def backward(self, dy: Values) -> Values:
        chosen = self.tiles == self.y[:, :, None, :, None]
        inner = np.where(chosen, dy[:, :, None, :, None], np.float32(0))
        n, h, w, c = self.shape
        back = np.zeros(self.shape, np.float32)
        back[:, : h // 2 * 2, : w // 2 * 2] = inner.reshape(n, h // 2 * 2, w // 2 * 2, c)
        return back


class Network:
    """The layers of a configuration, with weights as they are drawn from a seed."""

    def __init__(self, config: Config, seed: int = 0) -> None:
        random = np.random.default_rng(seed)
        channels, size = config["filters"], SIZE - 2 * (config["padding"] == "VALID")
        self.layers: list[Any] = [Window(channels, config["padding"], random)]
        for block, before in (("first", True), ("second", False)):
            if not before:
                self.layers.append(Pool())
                size //= 2
            if config[block]:
                padding = config["inner_padding"] if before else "SAME"
                outputs = config[f"{block}_filters"]
                self.layers += [Window(channels, padding, random), Mix(channels, outputs, random)]
                size -= 2 * (padding == "VALID")
                channels = outputs
        self.layers.append(Mix(size * size * channels, CLASSES, random, last=True))

    @property
    def weighted(self) -> list[Layer]:
        return [one for one in self.layers if isinstance(one, Layer)]

    def forward(self, x: Values) -> Values:
        """Logits of (N, 8, 8, 1)."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dy: Values) -> None:
        for layer in reversed(self.layers):
            dy = layer.backward(dy)

    def to_tflite(self, samples: Values) -> bytes:
        """In int8, each layer's range as the samples fill it."""
        self.forward(samples)
        b = ModelBuilder("digits", "Handwritten digits, trained by examples/digits_uno of microinfer.")
        x = b.input((1, SIZE, SIZE, 1), scale=SCALE, zero_point=ZERO_POINT)
        for number, layer in enumerate(self.layers):
            if isinstance(layer, Pool):
                x = b.max_pool_2d(x, 2)
                continue
            low = float(layer.y.min()) if not layer.relu else 0.0
            scale = max(float(layer.y.max()) - low, 1e-6) / 255
            how = {"scale": scale, "zero_point": round(-128 - low / scale)}
            if isinstance(layer, Window):
                how |= {"padding": layer.padding, "activation": "RELU"}
                w = layer.w[None].transpose(3, 1, 2, 0) if number == 0 else layer.w[None]
                x = (b.conv_2d if number == 0 else b.depthwise_conv_2d)(x, w, layer.b, **how)
            elif layer.relu:
                x = b.conv_2d(x, layer.w.T[:, None, None], layer.b, activation="RELU", **how)
            else:
                x = b.fully_connected(b.reshape(x, (1, len(layer.w))), layer.w.T, layer.b, **how)
        b.output(b.softmax(x))
        return b.build()
