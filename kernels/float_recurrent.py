"""SVDF and UNIDIRECTIONAL_SEQUENCE_LSTM of real numbers: each sum in the order of TFLM's loops.

A kernel there is twice: its products and sums are rounded separately, or in one. Exponentials and tangents
are the C library's. Sources: TFLM, micro/kernels/svdf_common.cc and lstm_eval.{h,cc},
kernels/internal/reference/{fully_connected,logistic,mul,tanh}.h.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._helpers import Native, inline
from ._jit import Kernel, kernel
from .elementary import agrees
from .float_elementwise import ALMOST_NOTHING, ALMOST_ONE
from .float_layers import bounded
from .lstm import CELL, FORGET, INPUT, OUTPUT
from .multiply_add import fused, separate

__all__ = [
    "fastest_lstm",
    "lstm",
    "lstm_by_vectors",
    "lstm_fused",
    "lstm_fused_by_vectors",
    "svdf",
    "svdf_fused",
]

LARGEST = np.finfo(np.float32).max
RELU, RELU_N1_TO_1, RELU6, TANH, SIGN_BIT = range(1, 6)


@inline
def _activated(x: Any, activation: Any) -> Any:
    """As C's fmax and fmin: what is no number becomes a bound."""
    if activation == RELU:
        return x if x > 0 else np.float32(0)
    if activation == RELU6:
        below = x if x < 6 else np.float32(6)
        return below if below > 0 else np.float32(0)
    if activation == RELU_N1_TO_1:
        below = x if x < 1 else np.float32(1)
        return below if below > -1 else np.float32(-1)
    if activation == TANH:
        return np.float32(math.tanh(x))
    if activation == SIGN_BIT:
        return np.float32(1) if math.copysign(1.0, x) < 0 else np.float32(0)
    return x


@inline
def _logistic(x: Any) -> Any:
    if x > ALMOST_ONE:
        return np.float32(1)
    if x < ALMOST_NOTHING:
        return np.float32(math.exp(x))
    return np.float32(1) / (np.float32(1) + np.float32(math.exp(-x)))


@inline
def _finite(x: Any) -> Any:
    return bounded(x, -LARGEST, LARGEST)


_MATRIX = "Array(float32, 2, 'C', readonly=True)"


def _product(multiply_add: Callable[..., Any]) -> Callable[..., None]:
    @inline
    def product(row: Any, weights: Any, sums: Any) -> None:
        """sums = row x weights; weights: inputs x sums, so that the inner loop runs over neighbours."""
        for g in range(sums.size):
            sums[g] = np.float32(0)
        for i in range(row.size):
            value = row[i]
            for g in range(sums.size):
                sums[g] = multiply_add(value, weights[i, g], sums[g])

    return product


def _svdf(multiply_add: Callable[..., Any], name: str) -> Kernel:
    product = _product(multiply_add)

    def svdf(
        x: Any, features: Any, times: Any, bias: Any, sums: Any, state: Any, y: Any, activation: Any
    ) -> None:  # fmt: skip
        """x: batch x inputs; features: inputs x filters; times: filters x memory; bias: units; sums: room for
        the filters. state: batch * filters * memory; y: batch x units. The activation as the schema numbers
        it."""
        filters, memory = times.shape
        rank = filters // y.shape[1]
        for i in range(state.size - 1):
            state[i] = state[i + 1]
        for b in range(x.shape[0]):
            row = b * filters * memory
            product(x[b], features, sums)
            for f in range(filters):
                state[row + f * memory + memory - 1] = sums[f]
            for unit in range(y.shape[1]):
                made = bias[unit]
                for f in range(unit * rank, unit * rank + rank):
                    total = np.float32(0)
                    for i in range(memory):
                        total = multiply_add(times[f, i], state[row + f * memory + i], total)
                    made = made + total
                y[b, unit] = _activated(made, activation)

    svdf.__name__ = name
    arrays = f"{_MATRIX}, {_MATRIX}, {_MATRIX}, Array(float32, 1, 'C', readonly=True)"
    return kernel(f"void({arrays}, float32[::1], float32[::1], float32[:, ::1], int64)")(svdf)


svdf = _svdf(separate, "svdf")
svdf_fused = _svdf(fused, "svdf_fused")


@inline
def _logistics(x: Any, y: Any) -> None:
    for i in range(x.size):
        y[i] = _logistic(x[i])


@inline
def _tangents(x: Any, y: Any) -> None:
    for i in range(x.size):
        y[i] = np.float32(math.tanh(x[i]))


_logistics_by_vectors = Native("_elementary", "function", ("logistic", 2))
_tangents_by_vectors = Native("_elementary", "function", ("tanh", 0))


@inline
def _fast_logistics(x: Any, y: Any) -> None:
    _logistics_by_vectors(x, y, ALMOST_ONE, ALMOST_NOTHING)


@inline
def _fast_tangents(x: Any, y: Any) -> None:
    _tangents_by_vectors(x, y)


def _lstm(
    multiply_add: Callable[..., Any],
    name: str,
    logistics: Callable[..., None] = _logistics,
    tangents: Callable[..., None] = _tangents,
) -> Kernel:
    product = _product(multiply_add)

    def lstm(
        x: Any, weights: Any, recurrent: Any, biases: Any, sums: Any, hidden: Any, cell: Any, y: Any,
        time_stride: Any, batch_stride: Any, clip: Any,
    ) -> None:  # fmt: skip
        """x: rows x inputs and y: rows x units, row = time * time_stride + batch * batch_stride.

        weights: inputs x 4 units; recurrent: units x 4 units; biases: 4 units; gates in the order input,
        forget, cell, output. sums: 2 x 4 units, overwritten. hidden, cell: batch x units. clip: 0 for none.
        """
        batches, units = cell.shape
        steps = x.shape[0] // batches
        given, gates = sums[0], sums[1]
        for b in range(batches):
            for t in range(steps):
                row = t * time_stride + b * batch_stride
                product(x[row], weights, given)
                product(hidden[b], recurrent, gates)
                for g in range(given.size):
                    given[g] = _finite(given[g] + biases[g]) + _finite(gates[g] + np.float32(0))
                logistics(given[: CELL * units], gates[: CELL * units])
                tangents(given[CELL * units : OUTPUT * units], gates[CELL * units : OUTPUT * units])
                logistics(given[OUTPUT * units :], gates[OUTPUT * units :])
                for u in range(units):
                    forget, opened = gates[FORGET * units + u], gates[INPUT * units + u]
                    state = _finite(forget * cell[b, u]) + _finite(opened * gates[CELL * units + u])
                    if clip > 0:
                        state = bounded(state, -clip, clip)
                    cell[b, u] = state
                tangents(cell[b], given[:units])
                for u in range(units):
                    shown = _finite(given[u] * gates[OUTPUT * units + u])
                    hidden[b, u] = shown
                    y[row, u] = shown

    lstm.__name__ = name
    arrays = f"{_MATRIX}, float32[:, ::1], float32[:, ::1], float32[::1]{', float32[:, ::1]' * 4}"
    return kernel(f"void({arrays}, int64, int64, float32)")(lstm)


lstm = _lstm(separate, "lstm")
lstm_fused = _lstm(fused, "lstm_fused")
_BY_VECTORS = _fast_logistics, _fast_tangents
lstm_by_vectors = _lstm(separate, "lstm_by_vectors", *_BY_VECTORS)
lstm_fused_by_vectors = _lstm(fused, "lstm_fused_by_vectors", *_BY_VECTORS)


def fastest_lstm(contracted: bool) -> Kernel:
    """With elementary functions by vectors where they have the C library's bits."""
    if agrees("logistic") and agrees("tanh"):
        return lstm_fused_by_vectors if contracted else lstm_by_vectors
    return lstm_fused if contracted else lstm
