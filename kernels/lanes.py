"""Sixteen int32 side by side: the few vector operations that the windowed kernels are made of.

numba's loops vectorise well where they are sums over one long contiguous run, and badly where, as in
most small networks, sixteen output channels share a short one. So the inner loops say what they want in
LLVM's own generic vectors, which become AVX-512, AVX2, SSE or NEON as the processor has it: int16 pairs
multiplied and summed are one instruction on x86 (`vpmaddwd`, `vpdpwssd`).

Here the operations are plain Python, which runs where numba is switched off; compiled kernels have those
of `_vectors` in their place. An index is a linear one into the array's memory. Compiled, it is not
checked; the plain versions do fail on one that is out of range. Sums wrap as in C.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

__all__ = [
    "LANES",
    "add",
    "aligned_zeros",
    "is_operation",
    "load",
    "load_pairs",
    "multiply_add",
    "multiply_add_lanes",
    "requantize",
    "store",
    "store_bytes",
    "widen",
    "zero",
]

F = TypeVar("F", bound=Callable[..., Any])

LANES = 16
CACHE_LINE_BYTES = 64
_operations: set[Callable[..., Any]] = set()


def aligned_zeros(shape: int | tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Zeros that begin where a cache line does: a load of all lanes then touches one line, not two."""
    sizes = (shape,) if isinstance(shape, int) else shape
    size = prod(sizes) * np.dtype(dtype).itemsize
    memory = np.zeros(size + CACHE_LINE_BYTES, np.uint8)
    start = -memory.ctypes.data % CACHE_LINE_BYTES
    return memory[start : start + size].view(dtype).reshape(sizes)


def _operation(function: F) -> F:
    """One that `_vectors` has under the same name."""
    _operations.add(function)
    return function


def is_operation(value: object) -> bool:
    """Whether it is one of the functions below."""
    return any(value is operation for operation in _operations)


def _run(array: Any, index: Any, count: int = LANES) -> Any:
    """`count` elements of an array's memory from a linear index."""
    run = array.reshape(-1)[index : index + count]
    if index < 0 or len(run) != count:
        raise IndexError(f"elements {index} to {index + count - 1} of {array.size}")
    return run


@_operation
def zero() -> Any:
    """16 zeros."""
    return np.zeros(LANES, np.int32)


@_operation
def load(array: Any, index: Any) -> Any:
    """16 consecutive int32."""
    return _run(array, index)


@_operation
def load_pairs(array: Any, index: Any) -> Any:
    """32 consecutive int16: two for each lane."""
    return _run(array, index, 2 * LANES).astype(np.int32)


@_operation
def add(a: Any, b: Any) -> Any:
    """Lane by lane."""
    return np.add(a, b)


@_operation
def multiply_add(total: Any, array: Any, index: Any, weights: Any) -> Any:
    """total + array[index] x the first of each pair + array[index + 1] x the second; int16 array."""
    first, second = _run(array, index, 2).astype(np.int32)
    return total + (weights[0::2] * first + weights[1::2] * second)


@_operation
def multiply_add_lanes(total: Any, array: Any, index: Any, weights: Any, weight_index: Any) -> Any:
    """total + 16 consecutive int16 of one array x 16 of another."""
    return total + _run(array, index).astype(np.int32) * _run(weights, weight_index)


@_operation
def requantize(
    total: Any, multiplier: Any, left: Any, right: Any, zero_point: Any, low: Any, high: Any
) -> Any:
    """`multiply_by_quantized_multiplier` lane by lane, plus the zero point, clamped to [low, high].

    Only one of the shifts `left` and `right` may be other than 0; multipliers are not negative.
    """
    halved = ((total << left).astype(np.int64) * multiplier + (1 << 30)) >> 31
    mask = (1 << right.astype(np.int64)) - 1
    value = (halved >> right) + ((halved & mask) > (mask >> 1) + (halved < 0)) + zero_point
    return np.minimum(np.maximum(value, low), high).astype(np.int32)


@_operation
def store(array: Any, index: Any, values: Any) -> None:
    """Into 16 consecutive int32."""
    _run(array, index)[:] = values


@_operation
def store_bytes(array: Any, index: Any, count: Any, values: Any) -> None:
    """The low bytes of the first `count` lanes into consecutive int8."""
    _run(array, index, count)[:] = values[:count]


@_operation
def widen(target: Any, index: Any, source: Any, source_index: Any, count: Any, zero_point: Any) -> None:
    """`count` consecutive int8, minus the zero point, into int16."""
    values = _run(source, source_index, count).astype(np.int16)
    _run(target, index, count)[:] = values - np.int16(zero_point)
