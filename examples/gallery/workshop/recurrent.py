"""A long short-term memory as a layer: learnt through time, written as UNIDIRECTIONAL_SEQUENCE_LSTM.

Values are float32, [batch, time, features]. The state is nought before the first step of every sample.
"""

from __future__ import annotations

from math import ceil, log2
from typing import Any

import numpy as np

from microinfer import ModelBuilder
from microinfer.builder import Handle, quantize_weights

from .layers import Layer, Shape, Values

__all__ = ["EachStep", "Last", "Lstm"]


class Lstm:
    """All gates at once, side by side: input, forget, cell, output (Hochreiter and Schmidhuber, 1997).

    The forget gates' biases begin at 1, so that the first steps of learning forget little.
    """

    keeps_scale = False

    def __init__(self, units: int) -> None:
        self.units = units
        self.parameters: list[Values] = []
        self.gradients: list[Values] = []
        self.largest = 1.0
        """The greatest magnitude of the cell state in the last samples seen."""

    def start(self, shape: Shape, random: np.random.Generator) -> Shape:
        units, wide = self.units, 4 * self.units
        square, _ = np.linalg.qr(random.standard_normal((wide, units)))
        bias = np.zeros(wide, np.float32)
        bias[units : 2 * units] = 1
        self.parameters = [
            (random.standard_normal((shape[1], wide)) / np.sqrt(shape[1])).astype(np.float32),
            np.ascontiguousarray(square.T, np.float32),
            bias,
        ]
        self.gradients = [np.zeros_like(one) for one in self.parameters]
        return (shape[0], units)

    def forward(self, x: Values) -> Values:
        weights, recurrent, bias = self.parameters
        units, (batch, time, _) = self.units, x.shape
        fresh = (x.transpose(1, 0, 2).reshape(time * batch, -1) @ weights + bias).reshape(time, batch, -1)
        gates = np.empty_like(fresh)
        cells, shown = (np.zeros((time + 1, batch, units), np.float32) for _ in range(2))
        half = np.full(4 * units, 0.5, np.float32)
        half[2 * units : 3 * units] = 1
        for step in range(time):
            gate = np.tanh((fresh[step] + shown[step] @ recurrent) * half) * half + (1 - half)
            opened, kept, added, out = np.split(gate, 4, 1)
            cells[step + 1] = kept * cells[step] + opened * added
            shown[step + 1] = out * np.tanh(cells[step + 1])
            gates[step] = gate
        self._x, self._gates, self._cells, self._shown = x, gates, cells, shown
        self.largest = float(np.abs(cells).max())
        return np.ascontiguousarray(shown[1:].transpose(1, 0, 2))

    def backward(self, change: Values) -> Values:
        weights, recurrent, _ = self.parameters
        batch, time, _ = change.shape
        back = np.empty_like(self._gates)
        to_cell, to_shown = (np.zeros((batch, self.units), np.float32) for _ in range(2))
        for step in reversed(range(time)):
            opened, kept, added, out = np.split(self._gates[step], 4, 1)
            seen = np.tanh(self._cells[step + 1])
            to_shown = to_shown + change[:, step]
            to_cell = to_cell + to_shown * out * (1 - seen * seen)
            back[step] = np.concatenate(
                [
                    to_cell * added * opened * (1 - opened),
                    to_cell * self._cells[step] * kept * (1 - kept),
                    to_cell * opened * (1 - added * added),
                    to_shown * seen * out * (1 - out),
                ],
                1,
            )
            to_cell = to_cell * kept
            to_shown = back[step] @ recurrent.T
        rows = back.reshape(time * batch, -1)
        x = self._x.transpose(1, 0, 2).reshape(time * batch, -1)
        self.gradients = [x.T @ rows, self._shown[:-1].reshape(time * batch, -1).T @ rows, rows.sum(0)]
        return (rows @ weights.T).reshape(time, batch, -1).transpose(1, 0, 2)

    def write(self, builder: ModelBuilder, x: Handle, **quantization: Any) -> Handle:
        """With a scale for each gate's weights, and a cell state in int16 that covers twice what was seen."""
        weights, recurrent, bias = self.parameters
        (fresh, fresh_scales), (old, old_scales) = map(_by_gate, (weights, recurrent))
        steps = [float(np.float32(x.scale) * np.float32(scale)) for scale in fresh_scales]
        biases = [np.rint(b / step) for b, step in zip(np.split(bias, 4), steps, strict=True)]
        wide = np.int64 if x.dtype == "int16" else np.int32
        return builder.unidirectional_sequence_lstm(
            x,
            fresh,
            old,
            [one.astype(wide) for one in biases],
            input_weight_scales=fresh_scales,
            recurrent_weight_scales=old_scales,
            cell_scale=2.0 ** (ceil(log2(2 * self.largest)) - 15),
            **quantization,
        )


def _by_gate(weights: Values) -> tuple[list[Any], list[float]]:
    stored, scales = zip(*(quantize_weights(one.T) for one in np.split(weights, 4, 1)), strict=True)
    return list(stored), [float(one[0]) for one in scales]


class Last:
    """STRIDED_SLICE: what is shown in the last step."""

    keeps_scale = True

    def __init__(self) -> None:
        self.parameters: list[Values] = []
        self.gradients: list[Values] = []

    def start(self, shape: Shape, random: np.random.Generator) -> Shape:
        return shape[1:]

    def forward(self, x: Values) -> Values:
        self._shape = x.shape
        return x[:, -1]

    def backward(self, change: Values) -> Values:
        back = np.zeros(self._shape, np.float32)
        back[:, -1] = change
        return back

    def write(self, builder: ModelBuilder, x: Handle, **quantization: Any) -> Handle:
        batch, time, units = x.shape
        return builder.strided_slice(x, (0, time - 1, 0), (batch, time, units), shrink_axis_mask=2)


class EachStep:
    """A layer of rows, at every step: [batch, time, features] to and fro."""

    keeps_scale = False

    def __init__(self, inner: Layer) -> None:
        self.inner = inner
        self.parameters: list[Values] = []
        self.gradients: list[Values] = []

    def start(self, shape: Shape, random: np.random.Generator) -> Shape:
        made = self.inner.start(shape[1:], random)
        self.parameters = self.inner.parameters
        return (shape[0], *made)

    def forward(self, x: Values) -> Values:
        self._lead = x.shape[:2]
        return self.inner.forward(x.reshape(-1, x.shape[2])).reshape(*self._lead, -1)

    def backward(self, change: Values) -> Values:
        back = self.inner.backward(change.reshape(-1, change.shape[2]))
        self.gradients = self.inner.gradients
        return back.reshape(*self._lead, -1)

    def write(self, builder: ModelBuilder, x: Handle, **quantization: Any) -> Handle:
        return self.inner.write(builder, x, **quantization)
