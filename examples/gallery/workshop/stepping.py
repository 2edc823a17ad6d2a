"""One step of an LSTM in int16x8, its state in resource variables, which every library of kernels keeps.

UNIDIRECTIONAL_SEQUENCE_LSTM of CMSIS-NN begins each run with an empty state, TFLM's own with the last run's.
What a stream's LSTM remembers is kept here by READ_VARIABLE and ASSIGN_VARIABLE, which all have.
"""

from __future__ import annotations

from math import ceil, log2

import numpy as np

from microinfer import ModelBuilder
from microinfer.builder import Handle, quantize_weights

from .layers import Values
from .recurrent import Lstm

__all__ = ["LOGITS", "connected", "write_step"]

LOGITS = {"scale": 2.0**-12, "zero_point": 0}
"""What a sigmoid or tangent takes: 8 either way."""
SHOWN = {"scale": 2.0**-15, "zero_point": 0}


def connected(builder: ModelBuilder, x: Handle, weights: Values, bias: Values | None, scale: float) -> Handle:
    """FULLY_CONNECTED of weights [inputs, units], with a scale for all of them."""
    stored, step = quantize_weights(weights.T)
    return builder.fully_connected(x, stored, bias, weight_scale=step, scale=scale, zero_point=0)


def write_step(builder: ModelBuilder, x: Handle, layer: Lstm, name: str) -> Handle:
    """What is shown after x, [1, inputs] of int16: [1, units]; the cell covers twice what training saw."""
    weights, recurrent, bias = layer.parameters
    shape = (1, layer.units)
    held = {"scale": 2.0 ** (ceil(log2(2 * layer.largest)) - 15), "zero_point": 0}
    kept, told = (builder.variable(f"{name} {what}") for what in ("cell", "shown"))
    cell = builder.read_variable(kept, shape, "int16", **held, name=f"{name} cell")
    shown = builder.read_variable(told, shape, "int16", **SHOWN, name=f"{name} shown")
    fresh = connected(builder, x, weights, bias, LOGITS["scale"])
    old = connected(builder, shown, recurrent, np.zeros(len(bias), np.float32), LOGITS["scale"])
    opened, forget, added, out = builder.split(builder.add(fresh, old, **LOGITS), 4, 1)
    stays = builder.mul(builder.logistic(forget), cell, **held)
    comes = builder.mul(builder.logistic(opened), builder.tanh(added), **held)
    cell = builder.add(stays, comes, **held)
    shown = builder.mul(builder.logistic(out), builder.tanh(cell), **SHOWN)
    builder.assign_variable(kept, cell)
    builder.assign_variable(told, shown)
    return shown
