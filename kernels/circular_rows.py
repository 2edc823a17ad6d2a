"""CIRCULAR_BUFFER: the newest row behind the last ones. Source: TFLM, micro/kernels/circular_buffer.cc."""

from __future__ import annotations

from typing import Any

from ._jit import kernel

__all__ = ["take_in"]


@kernel("void(Array(int8, 1, 'C', readonly=True), int8[:,::1], int64[::1], int64[::1], int64)")
def take_in(newest: Any, held: Any, left: Any, waits: Any, cycles: Any) -> None:
    """`left`: the invocations until the operators behind it run, every `cycles` of them; `waits` says whether
    they do not now."""
    rows, size = held.shape
    for row in range(rows - 1):
        for i in range(size):
            held[row, i] = held[row + 1, i]
    for i in range(size):
        held[rows - 1, i] = newest[i]
    left[0] -= 1
    waits[0] = left[0]
    if left[0] == 0:
        left[0] = cycles
