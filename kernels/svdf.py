"""SVDF: a rank-1 filter bank over features and time, with its memory in the state.

Each filter's state is a row of `memory` values. Every invocation moves the whole state back by one, puts
the product of the features and the input at the end of each row, and weighs the rows over time.
Source: TFLM, micro/kernels/svdf_common.cc.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._jit import kernel
from .fixed_point import multiply_by_quantized_multiplier, wrap_int32


def svdf(
    x: Any, features: Any, times: Any, bias: Any, state: Any, y: Any,
    state_low: Any, state_high: Any, input_zero_point: Any,
    multiplier_1: Any, shift_1: Any, state_zero_point: Any,
    multiplier_2: Any, shift_2: Any, output_zero_point: Any,
) -> None:  # fmt: skip
    """x: batch x inputs; features: filters x inputs; times: filters x memory; bias: units.
    state: batch * filters * memory; y: batch x units. The limits are those of the state's type."""
    filters, memory = times.shape
    rank = filters // y.shape[1]
    zero = np.int32(input_zero_point)
    for i in range(state.size - 1):
        state[i] = state[i + 1]
    for b in range(x.shape[0]):
        row = b * filters * memory
        for f in range(filters):
            product = np.int32(0)
            for i in range(x.shape[1]):
                product = np.int32(product + np.int32(features[f, i]) * (np.int32(x[b, i]) - zero))
            scaled = multiply_by_quantized_multiplier(product, multiplier_1, shift_1)
            kept = min(max(scaled, state_low), state_high) + state_zero_point
            state[row + f * memory + memory - 1] = ((kept - state_low) & (state_high - state_low)) + state_low
        for unit in range(y.shape[1]):
            total = np.int64(bias[unit])
            for f in range(unit * rank, unit * rank + rank):
                for i in range(memory):
                    total += np.int64(times[f, i]) * (
                        np.int64(state[row + f * memory + i]) - state_zero_point
                    )
            scaled = multiply_by_quantized_multiplier(wrap_int32(total), multiplier_2, shift_2)
            y[b, unit] = min(max(wrap_int32(scaled + output_zero_point), -128), 127)


def _signature(state: str) -> str:
    source = "Array({}, 2, 'C', readonly=True)"
    return (
        f"void({source.format('int8')}, {source.format('int8')}, {source.format(state)}, "
        f"Array(int32, 1, 'C', readonly=True), {state}[::1], int8[:, ::1]{', int64' * 9})"
    )


svdf_int8 = kernel(_signature("int8"))(svdf)
svdf_int16 = kernel(_signature("int16"))(svdf)
