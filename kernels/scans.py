"""Counts of elements for which a run is refused: found[0] says how many."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._jit import Kernel, kernel

__all__ = ["below", "equal"]


def _equal(item: str) -> Kernel:
    def equal(x: Any, value: Any, found: Any) -> None:
        total = np.int64(0)
        for i in range(x.size):
            total += np.int64(x[i] == value)
        found[0] = total

    equal.__name__ = f"equal_{item}"
    number = "float32" if item == "float32" else "int64"
    return kernel(f"void(Array({item}, 1, 'C', readonly=True), {number}, int64[::1])")(equal)


def _below(item: str) -> Kernel:
    def below(x: Any, least: Any, found: Any) -> None:
        total = np.int64(0)
        for i in range(x.size):
            total += np.int64(x[i] < least)
        found[0] = total

    below.__name__ = f"below_{item}"
    return kernel(f"void(Array({item}, 1, 'C', readonly=True), int64, int64[::1])")(below)


equal = {item: _equal(item) for item in ("int8", "int32", "float32")}
"""By type: (x, value, found)."""
below = {item: _below(item) for item in ("int8", "int16")}
"""By type: (x, least, found)."""
