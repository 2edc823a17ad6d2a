"""Input patterns that depend on nothing but shape and type, for holding runs against each other.

Pattern 0 counts, pattern 1 is a linear congruential generator; both start afresh for every tensor and
walk it in memory order. A board needs five lines of C to make the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

__all__ = ["PATTERNS", "pattern"]

PATTERNS = (0, 1)
_PERIOD = 65536
"""Of pattern 0, whatever the type: so many elements are made, and come again and again."""
_SEED, _FACTOR, _STEP = 12345, 1664525, 1013904223


def _congruential(count: int) -> NDArray[np.uint32]:
    """x <- x * _FACTOR + _STEP modulo 2^32, `count` times from _SEED: powers and their sums, which wrap."""
    powers = np.full(count + 1, _FACTOR, np.uint32)
    powers[0] = 1
    np.multiply.accumulate(powers, out=powers)
    sums = np.cumsum(powers[:-1], dtype=np.uint32)
    return powers[1:] * np.uint32(_SEED) + sums * np.uint32(_STEP)


def pattern(number: int, shape: Sequence[int], dtype: str) -> NDArray[Any]:
    """A tensor of pattern 0 or 1.

    Pattern 0: element i is int8 (31 i + 7) mod 256 - 128, int16 (12345 i + 6789) mod 65536 - 32768.
    Pattern 1: x starts at 12345, and for each element x = (1664525 x + 1013904223) mod 2^32 comes first;
    int8 is (x >> 24) - 128, int16 (x >> 16) - 32768.
    Of both: uint8 is int8 + 128, other integers are as int8, bool is its lowest bit, floats are int8 / 128.

    Raises:
        InputError: no such pattern, or a type that numpy does not have.
    """
    if number not in PATTERNS:
        raise InputError(f"no input pattern {number!r}, there are {' and '.join(map(str, PATTERNS))}")
    try:
        kind = np.dtype(dtype)
    except TypeError:
        kind = np.dtype(object)
    if kind.kind not in "biuf":
        raise InputError(f"no input pattern for tensors of {dtype}")
    count = prod(shape)
    if number == 0:
        index = np.arange(min(count, _PERIOD))
        numbers = (index * 12345 + 6789) % 65536 if kind == np.int16 else (index * 31 + 7) % 256
    else:
        numbers = (_congruential(count) >> np.uint32(16 if kind == np.int16 else 24)).astype(np.int32)
    made = _as_kind(numbers, kind)
    return (np.resize(made, count) if number == 0 else made).reshape(tuple(shape))


def _as_kind(narrow: NDArray[Any], kind: np.dtype[Any]) -> NDArray[Any]:
    """Numbers of 16 bits for int16, else of 8, as they stand in a tensor of that type."""
    if kind == np.int16:
        values: NDArray[Any] = narrow - 32768
    elif kind == np.uint8:
        values = narrow
    elif kind.kind == "b":
        values = narrow & 1
    elif kind.kind == "f":
        values = (narrow - 128) / 128
    else:
        values = narrow - 128
        if kind.kind == "u":
            values = values.astype(np.int64) & min(np.iinfo(kind).max, np.iinfo(np.int64).max)
    return values.astype(kind)
