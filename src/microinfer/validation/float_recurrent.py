"""SVDF and the LSTM in real numbers. Their state is an input that is changed in place, as on the device."""

from __future__ import annotations

import numpy as np

from ..operators.spec import Node
from ..operators.unidirectional_sequence_lstm import BIASES, CELL, HIDDEN, RECURRENT, WEIGHTS
from .reals import Real, Reals

__all__ = ["lstm", "svdf"]


def svdf(node: Node, inputs: Reals) -> Real:
    """Without the fused activation, which the integer kernels ignore."""
    x, features, times, bias, state = inputs
    assert x is not None
    assert features is not None
    assert times is not None
    assert state is not None
    batch, memory = x.shape[0], times.shape[1]
    rows = state.reshape(batch, -1, memory)
    rows[:, :, :-1] = rows[:, :, 1:].copy()
    rows[:, :, -1] = x @ features.T
    weighed = (rows * times).sum(axis=2).reshape(batch, -1, node.options["rank"]).sum(axis=2)
    made: Real = weighed if bias is None else weighed + bias
    return made


def lstm(node: Node, inputs: Reals) -> Real:
    x, hidden, cell = inputs[0], inputs[HIDDEN], inputs[CELL]
    assert x is not None
    assert hidden is not None
    assert cell is not None
    source = node.input(0)
    fresh, old = (
        [array for position in positions if (array := inputs[position]) is not None]
        for positions in (WEIGHTS, RECURRENT)
    )
    biases = []
    for position, weights in zip(BIASES, WEIGHTS, strict=True):
        tensor = node.input(position)
        assert tensor.data is not None
        scale = source.scale * node.input(weights).scale if tensor.dtype == "int32" else 1.0
        biases.append(tensor.data.astype(np.float64) * scale)
    clip = node.options["cell_clip"] or np.inf
    steps = x if node.options["time_major"] else x.swapaxes(0, 1)
    batch = steps.shape[1]
    h, c = hidden.reshape(batch, -1), cell.reshape(batch, -1)
    made = []
    for now in steps:
        gates = [now @ w.T + h @ r.T + b for w, r, b in zip(fresh, old, biases, strict=True)]
        opened, forget, shown = (0.5 * (1.0 + np.tanh(0.5 * gates[i])) for i in (0, 1, 3))
        c[:] = np.clip(forget * c + opened * np.tanh(gates[2]), -clip, clip)
        h[:] = shown * np.tanh(c)
        made.append(h.copy())
    stacked = np.stack(made)
    return stacked if node.options["time_major"] else stacked.swapaxes(0, 1)
