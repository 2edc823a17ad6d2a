"""UNIDIRECTIONAL_SEQUENCE_LSTM with int8 activations and weights and an int16 cell state.

A gate is two matrix products, each rescaled to int16 with 12 fraction bits and added with saturation,
then a logistic, or a tanh for the cell gate, with 15 fraction bits. Source: TFLM,
micro/kernels/lstm_eval.{h,cc}.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import exponential
from ._jit import inline, kernel
from .fixed_point import multiply_by_quantized_multiplier, wrap_int32

INPUT, FORGET, CELL, OUTPUT = range(4)

_logistic = inline(exponential.logistic_int16)
_tanh = inline(exponential.tanh_int16)


@inline
def _int16(x: Any) -> Any:
    return min(max(x, -32768), 32767)


@inline
def _gate(
    x: Any, hidden: Any, weights: Any, recurrent: Any, offsets: Any, factors: Any, gate: Any, unit: Any
) -> Any:
    """The sum that goes into a gate's nonlinearity. x and hidden are rows."""
    total = np.int32(0)
    for i in range(x.size):
        total = np.int32(total + np.int32(weights[gate, unit, i]) * np.int32(x[i]))
    carried = np.int32(0)
    for i in range(hidden.size):
        carried = np.int32(carried + np.int32(recurrent[gate, unit, i]) * np.int32(hidden[i]))
    fresh = multiply_by_quantized_multiplier(
        wrap_int32(np.int64(total) + offsets[0, gate, unit]), factors[gate, 0], factors[gate, 1]
    )
    old = multiply_by_quantized_multiplier(
        wrap_int32(np.int64(carried) + offsets[1, gate, unit]), factors[gate, 2], factors[gate, 3]
    )
    return _int16(_int16(fresh) + _int16(old))


@kernel(
    "void(Array(int8, 2, 'C', readonly=True), Array(int8, 3, 'C', readonly=True), "
    "Array(int8, 3, 'C', readonly=True), int64[:, :, ::1], int64[:, ::1], int64[::1], "
    "int8[:, ::1], int16[:, ::1], int8[:, ::1], int8[::1], int64, int64, int64, int64, int64, int64)"
)
def lstm(
    x: Any, weights: Any, recurrent: Any, offsets: Any, factors: Any, knots: Any,
    hidden: Any, cell: Any, y: Any, updated: Any,
    time_stride: Any, batch_stride: Any, zero_point: Any, clip: Any, tanh_multiplier: Any, tanh_shift: Any,
) -> None:  # fmt: skip
    """x: rows x inputs and y: rows x units, row = time * time_stride + batch * batch_stride.

    weights, recurrent: 4 x units x inputs or units, gates in the order input, forget, cell, output.
    offsets: of the two products, what biases and zero points add. factors: 4 gates by (multiplier, shift)
    of both products, then in the same way forget x cell and input x cell gate in row 4, and the output in
    row 5. hidden, cell: batch x units. clip: 0 for none. updated: units, overwritten.
    """
    batches, units = cell.shape
    steps = x.shape[0] // batches
    rounding = (1 << tanh_shift) >> 1
    for b in range(batches):
        for t in range(steps):
            row = t * time_stride + b * batch_stride
            now, last = x[row], hidden[b]
            for u in range(units):
                forget = _gate(now, last, weights, recurrent, offsets, factors, FORGET, u)
                opened = _gate(now, last, weights, recurrent, offsets, factors, INPUT, u)
                candidate = _gate(now, last, weights, recurrent, offsets, factors, CELL, u)
                shown = _gate(now, last, weights, recurrent, offsets, factors, OUTPUT, u)
                kept = multiply_by_quantized_multiplier(
                    _logistic(3 * forget, knots) * np.int64(cell[b, u]), factors[4, 0], factors[4, 1]
                )
                added = multiply_by_quantized_multiplier(
                    _logistic(3 * opened, knots) * _tanh(3 * candidate, knots), factors[4, 2], factors[4, 3]
                )
                state = _int16(_int16(kept) + _int16(added))
                if clip > 0:
                    state = max(min(clip, state), -clip)
                cell[b, u] = state
                activated = _tanh((state * tanh_multiplier + rounding) >> tanh_shift, knots)
                scaled = multiply_by_quantized_multiplier(
                    activated * _logistic(3 * shown, knots), factors[5, 0], factors[5, 1]
                )
                updated[u] = min(max(wrap_int32(scaled + zero_point), -128), 127)
            for u in range(units):
                hidden[b, u] = updated[u]
                y[row, u] = updated[u]
