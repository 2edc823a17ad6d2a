"""UNIDIRECTIONAL_SEQUENCE_LSTM with int8 or int16 activations, int8 weights and an int16 cell state.

A gate is two matrix products, each rescaled to int16 with 12 fraction bits and added with saturation,
then a logistic, or a tanh for the cell gate, with 15 fraction bits. Sums of int8 have 32 bits, those of
int16 have 64, and are rescaled by 16 bits of the factor. Source: TFLM, micro/kernels/lstm_eval.{h,cc}.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import exponential
from ._helpers import inline
from ._jit import Kernel, kernel
from .fixed_point import multiply_by_quantized_multiplier, wrap_int32
from .int16_layers import multiply_wide

__all__ = ["CELL", "FORGET", "INPUT", "OUTPUT", "lstm", "lstm_int16"]

INPUT, FORGET, CELL, OUTPUT = range(4)

_logistic = inline(exponential.logistic_int16)
_tanh = inline(exponential.tanh_int16)


@inline
def _int16(x: Any) -> Any:
    return min(max(x, -32768), 32767)


def _lstm(name: str, dtype: str, wide: Any, rescale: Callable[..., Any]) -> Kernel:
    """The kernel for activations of `dtype`, whose sums are `wide`."""
    low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)

    @inline
    def gate_input(sums: Any, factors: Any, gate: Any, units: Any, made: Any) -> None:
        """What goes into a gate's nonlinearity: both products, rescaled and added; three times that."""
        fresh_by, fresh_shift = factors[gate, 0], factors[gate, 1]
        old_by, old_shift = factors[gate, 2], factors[gate, 3]
        for at in range(gate * units, gate * units + units):
            fresh = rescale(np.int64(sums[0, at]), fresh_by, fresh_shift)
            old = rescale(np.int64(sums[1, at]), old_by, old_shift)
            made[at] = 3 * _int16(_int16(fresh) + _int16(old))

    @inline
    def product(row: Any, weights: Any, sums: Any) -> None:
        """sums += row x weights; weights: inputs x gates, so that the inner loop runs over neighbours."""
        for i in range(row.size):
            value = wide(row[i])
            for g in range(sums.size):
                sums[g] += value * wide(weights[i, g])

    def lstm(
        x: Any, weights: Any, recurrent: Any, offsets: Any, sums: Any, factors: Any, knots: Any,
        gates: Any, hidden: Any, cell: Any, y: Any,
        time_stride: Any, batch_stride: Any, zero_point: Any, clip: Any, tanh_multiplier: Any,
        tanh_shift: Any,
    ) -> None:  # fmt: skip
        """x: rows x inputs and y: rows x units, row = time * time_stride + batch * batch_stride.

        weights: inputs x 4 units; recurrent: units x 4 units; gates in the order input, forget, cell, output.
        offsets: 2 x 4 units, what biases and zero points add to both products; sums: the same, overwritten.
        factors: 4 gates by (multiplier, shift) of both products, then in the same way forget x cell and
        input x cell gate in row 4, and the output in row 5. gates: room for 4 units.
        hidden, cell: batch x units. clip: 0 for none.
        """
        batches, units = cell.shape
        steps = x.shape[0] // batches
        rounding = (1 << tanh_shift) >> 1
        for b in range(batches):
            for t in range(steps):
                row = t * time_stride + b * batch_stride
                for g in range(offsets.shape[1]):
                    sums[0, g], sums[1, g] = offsets[0, g], offsets[1, g]
                product(x[row], weights, sums[0])
                product(hidden[b], recurrent, sums[1])
                for gate in range(4):
                    gate_input(sums, factors, gate, units, gates)
                for at in range(CELL * units):
                    gates[at] = _logistic(gates[at], knots)
                for at in range(CELL * units, OUTPUT * units):
                    gates[at] = _tanh(gates[at], knots)
                for at in range(OUTPUT * units, 4 * units):
                    gates[at] = _logistic(gates[at], knots)
                for u in range(units):
                    remembered = gates[FORGET * units + u] * np.int64(cell[b, u])
                    fresh = gates[INPUT * units + u] * gates[CELL * units + u]
                    kept = multiply_by_quantized_multiplier(remembered, factors[4, 0], factors[4, 1])
                    added = multiply_by_quantized_multiplier(fresh, factors[4, 2], factors[4, 3])
                    state = _int16(_int16(kept) + _int16(added))
                    if clip > 0:
                        state = max(min(clip, state), -clip)
                    cell[b, u] = state
                for u in range(units):
                    state = np.int64(cell[b, u])
                    gates[u] = _tanh((state * tanh_multiplier + rounding) >> tanh_shift, knots)
                for u in range(units):
                    scaled = multiply_by_quantized_multiplier(
                        gates[u] * gates[OUTPUT * units + u], factors[5, 0], factors[5, 1]
                    )
                    shown = min(max(wrap_int32(scaled + zero_point), low), high)
                    hidden[b, u] = shown
                    y[row, u] = shown

    lstm.__name__ = name
    rows, sums = f"{dtype}[:, ::1]", f"{np.dtype(wide).name}[:, ::1]"
    matrices = f"Array({dtype}, 2, 'C', readonly=True), int8[:, ::1], int8[:, ::1], {sums}, {sums}"
    states = f"int64[:, ::1], int64[::1], int64[::1], {rows}, int16[:, ::1], {rows}"
    return kernel(f"void({matrices}, {states}{', int64' * 6})")(lstm)


lstm = _lstm("lstm", "int8", np.int32, multiply_by_quantized_multiplier)
lstm_int16 = _lstm("lstm_int16", "int16", np.int64, multiply_wide)
