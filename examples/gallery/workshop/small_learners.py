"""ProtoNN and Bonsai as layers: learners that were made for 2 KB of RAM, as operators that TFLM has.

Both project the input into few dimensions first, which is most of their weights. ProtoNN weighs the labels of
learnt prototypes by their nearness (Gupta et al., ICML 2017); Bonsai adds what the nodes on a path through a
shallow tree say (Kumar et al., ICML 2017). Here both are smooth, in training and on the device.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from microinfer import ModelBuilder
from microinfer.builder import Handle, quantize_weights

from .layers import Shape, Values
from .scales import quantization as cover

__all__ = ["Bonsai", "Prototypes", "Softmax"]


class Prototypes:
    """How near each prototype is, before SOFTMAX: FULLY_CONNECTED.

    exp(-|z - b|²) of every b, divided by their sum, is the softmax of 2 z·b - |b|²: what |z|² adds is the
    same for all, and takes part in no answer. So ProtoNN is a FULLY_CONNECTED and a SOFTMAX.
    """

    keeps_scale = False

    def __init__(self, count: int) -> None:
        self.count = count
        self.parameters: list[Values] = []
        self.gradients: list[Values] = []

    def start(self, shape: Shape, random: np.random.Generator) -> Shape:
        self.parameters = [random.standard_normal((shape[0], self.count)).astype(np.float32)]
        self.gradients = [np.zeros_like(self.parameters[0])]
        return (self.count,)

    def forward(self, x: Values) -> Values:
        self._x, (places,) = x, self.parameters
        found: Values = 2 * x @ places - (places**2).sum(0)
        return found

    def backward(self, change: Values) -> Values:
        (places,) = self.parameters
        self.gradients = [2 * self._x.T @ change - 2 * places * change.sum(0)]
        return 2 * change @ places.T

    def write(self, builder: ModelBuilder, x: Handle, **quantization: Any) -> Handle:
        (places,) = self.parameters
        return _connected(builder, x, 2 * places, -(places**2).sum(0), **quantization)


class Softmax:
    """SOFTMAX, in the middle of a network."""

    keeps_scale = True

    def __init__(self) -> None:
        self.parameters: list[Values] = []
        self.gradients: list[Values] = []

    def start(self, shape: Shape, random: np.random.Generator) -> Shape:
        return shape

    def forward(self, x: Values) -> Values:
        grown = np.exp(x - x.max(1, keepdims=True))
        found: Values = grown / grown.sum(1, keepdims=True)
        self._y = found
        return found

    def backward(self, change: Values) -> Values:
        inner = (change * self._y).sum(1, keepdims=True)
        found: Values = self._y * (change - inner)
        return found

    def write(self, builder: ModelBuilder, x: Handle, **quantization: Any) -> Handle:
        return builder.softmax(x)


class Bonsai:
    """A tree of depth two over few dimensions: every node says W z times tanh(V z), as far as z goes there.

    How far is a product of sigmoids down from the root. All seven nodes are computed: FULLY_CONNECTED, TANH,
    LOGISTIC, MUL, and a FULLY_CONNECTED of ones that adds the nodes up.
    """

    keeps_scale = False
    NODES, STEEP, ALWAYS = 7, 2.0, 8.0
    TURNS = ((0, 1), (0, -1), (1, 1), (1, -1), (2, 1), (2, -1))
    """Of every node but the root: its parent, and on which side of it."""

    def __init__(self, classes: int) -> None:
        self.classes = classes
        self.parameters: list[Values] = []
        self.gradients: list[Values] = []

    def start(self, shape: Shape, random: np.random.Generator) -> Shape:
        inputs, width = shape[0], self.NODES * self.classes
        scale = 1 / np.sqrt(inputs)
        self.parameters = [
            (random.standard_normal(one) * scale).astype(np.float32)
            for one in ((inputs, width), (inputs, width), (inputs, 3))
        ]
        self.gradients = [np.zeros_like(one) for one in self.parameters]
        return (self.classes,)

    def _gates(self, sides: Values) -> Values:
        """How far each sample goes to each node: [batch, nodes]."""
        gates = np.ones((len(sides), self.NODES), np.float32)
        for node, (parent, side) in enumerate(self.TURNS, 1):
            gates[:, node] = gates[:, parent] / (1 + np.exp(-side * self.STEEP * sides[:, parent]))
        return gates

    def forward(self, x: Values) -> Values:
        said, slope, turns = self.parameters
        self._x, self._sides = x, x @ turns
        self._said = (x @ said).reshape(len(x), self.NODES, -1)
        self._tanh = np.tanh(x @ slope).reshape(len(x), self.NODES, -1)
        self._gate = self._gates(self._sides)
        found: Values = (self._said * self._tanh * self._gate[:, :, np.newaxis]).sum(1)
        return found

    def backward(self, change: Values) -> Values:
        said, slope, turns = self.parameters
        rows, each = len(change), change[:, np.newaxis]
        gate = self._gate[:, :, np.newaxis]
        to_said = (each * self._tanh * gate).reshape(rows, -1)
        to_slope = (each * self._said * gate * (1 - self._tanh**2)).reshape(rows, -1)
        to_gate = (each * self._said * self._tanh).sum(2) * self._gate
        to_sides = np.zeros_like(self._sides)
        below = to_gate.copy()
        for node in range(self.NODES - 1, 0, -1):
            parent, side = self.TURNS[node - 1]
            share = 1 / (1 + np.exp(-side * self.STEEP * self._sides[:, parent]))
            to_sides[:, parent] += below[:, node] * side * self.STEEP * (1 - share)
            below[:, parent] += below[:, node]
        self.gradients = [self._x.T @ one for one in (to_said, to_slope, to_sides)]
        found: Values = to_said @ said.T + to_slope @ slope.T + to_sides @ turns.T
        return found

    def write(self, builder: ModelBuilder, x: Handle, **quantization: Any) -> Handle:
        said, slope, turns = self.parameters
        none = np.zeros(said.shape[1], np.float32)
        first = _connected(builder, x, said, none, **_covering(self._said))
        slopes = _connected(builder, x, slope, none, **_covering(self._x @ slope))
        second = builder.tanh(slopes)
        product = builder.mul(first, second, **_covering(self._said * self._tanh))
        for level in (1, 2):
            weights, bias = self._level(turns, level)
            sums = self._x @ weights + bias
            gate = builder.logistic(_connected(builder, x, weights, bias, **_covering(sums)))
            product = builder.mul(product, gate, **_covering(self._said * self._tanh))
        ones = np.tile(np.eye(self.classes, dtype=np.float32), (self.NODES, 1))
        return _connected(builder, product, ones, np.zeros(self.classes, np.float32), **quantization)

    def _level(self, turns: Values, level: int) -> tuple[Values, Values]:
        """The sigmoids' weights at a level, for each class of each node; what is not below it is sure."""
        weights, bias = (
            np.zeros((len(turns), self.NODES), np.float32),
            np.full(self.NODES, self.ALWAYS, np.float32),
        )
        for node in range(1, self.NODES):
            above = node if level == 2 else node if node < 3 else self.TURNS[node - 1][0]
            if level == 2 and node < 3:
                continue
            parent, side = self.TURNS[above - 1]
            weights[:, node], bias[node] = side * self.STEEP * turns[:, parent], 0
        return np.repeat(weights, self.classes, 1), np.repeat(bias, self.classes)


def _covering(values: Values) -> dict[str, Any]:
    scale, zero_point = cover(float(values.min()), float(values.max()))
    return {"scale": scale, "zero_point": zero_point}


def _connected(
    builder: ModelBuilder, x: Handle, weights: Values, bias: Values, **quantization: Any
) -> Handle:
    stored, scale = quantize_weights(weights.T)
    return builder.fully_connected(x, stored, bias, weight_scale=scale, **quantization)
