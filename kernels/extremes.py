"""The largest and the least of int8 or float32, the least of truth, and where the first of them stands, along
the middle one of three dimensions.

Of equal numbers the first stays, what is no number is neither larger nor less, and infinities are held to the
largest finite ones where only the number is asked for. Columns are looked at side by side, a block of them at
a time; a long row is looked at as many columns, of which the best is then sought.
Source: TFLM, kernels/internal/reference/{reduce,arg_min_max}.h.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ._helpers import Native, inline
from ._jit import Kernel, kernel
from .float_layers import LOWEST

__all__ = ["LANES", "columns", "places", "rows", "short_rows"]

BLOCK = 512
"""Columns that are looked at together."""
LANES = 64
"""Of a long row."""
TOGETHER = 16
"""Short rows that are looked at together."""
_STARTS = {
    ("largest", "int8"): np.int8(-128),
    ("least", "int8"): np.int8(127),
    ("least", "uint8"): np.uint8(255),
    ("largest", "float32"): LOWEST,
    ("least", "float32"): np.float32(-LOWEST),
}


@inline
def _more(a: Any, b: Any) -> Any:
    return a > b


@inline
def _less(a: Any, b: Any) -> Any:
    return a < b


_BETTER = {"largest": _more, "least": _less}


def _columns(name: str, item: str) -> Kernel:
    better, start = _BETTER[name], _STARTS[name, item]

    def run(x: Any, y: Any) -> None:
        """x [outer, count, inner], y [outer, inner]."""
        for o in range(x.shape[0]):
            for block in range(0, x.shape[2], BLOCK):
                first, width = np.uint64(block), np.uint64(min(BLOCK, x.shape[2] - block))
                for i in range(width):
                    y[o, first + np.uint64(i)] = start
                for k in range(x.shape[1]):
                    for i in range(width):
                        at = first + np.uint64(i)
                        value, best = x[o, k, at], y[o, at]
                        y[o, at] = value if better(value, best) else best

    run.__name__ = f"{name}_{item}"
    return kernel(f"void(Array({item}, 3, 'C', readonly=True), {item}[:,::1])")(run)


def _places(name: str, item: str) -> Kernel:
    better = _BETTER[name]

    def run(x: Any, y: Any, found: Any) -> None:
        """x [outer, count, inner], y [outer, inner]: which of each column; `found` has room for a block."""
        for o in range(x.shape[0]):
            for block in range(0, x.shape[2], BLOCK):
                first, width = np.uint64(block), np.uint64(min(BLOCK, x.shape[2] - block))
                for i in range(width):
                    at = first + np.uint64(i)
                    found[i] = x[o, 0, at]
                    y[o, at] = 0
                for k in range(1, x.shape[1]):
                    for i in range(width):
                        at = first + np.uint64(i)
                        value, best, place = x[o, k, at], found[i], y[o, at]
                        taken = better(value, best)
                        found[i] = value if taken else best
                        y[o, at] = np.int32(k) if taken else place

    run.__name__ = f"place_of_{name}_{item}"
    return kernel(f"void(Array({item}, 3, 'C', readonly=True), int32[:,::1], {item}[::1])")(run)


@inline
def _place(x: Any, best: Any, whole: Any) -> Any:
    """Where a number stands first, of so many whole blocks and what is behind; 0 where it is none."""
    at = 0
    if best == best:
        while at < whole:
            equal = np.uint8(0)
            for i in range(LANES):
                equal = np.uint8(equal | np.uint8(x[at + i] == best))
            if equal != 0:
                break
            at += LANES
        while x[at] != best:
            at += 1
    return np.int32(at)


def _rows(name: str, item: str, place: bool) -> Kernel:
    better, start = _BETTER[name], _STARTS[name, item]

    def run(x: Any, y: Any, found: Any) -> None:
        """x [rows, count], y [rows]; `found` has room for all lanes. The place is sought when the number is
        known."""
        for row in range(x.shape[0]):
            whole = x.shape[1] - x.shape[1] % LANES
            first = x[row, 0] if place else start
            for i in range(LANES):
                found[i] = first
            fours = whole - whole % (4 * LANES)
            for k in range(0, fours, 4 * LANES):
                for i in range(LANES):
                    a, b = x[row, k + i], x[row, k + i + LANES]
                    c, d = x[row, k + i + 2 * LANES], x[row, k + i + 3 * LANES]
                    most = a if better(a, found[i]) else found[i]
                    most = b if better(b, most) else most
                    most = c if better(c, most) else most
                    found[i] = d if better(d, most) else most
            for k in range(fours, whole, LANES):
                for i in range(LANES):
                    value = x[row, k + i]
                    found[i] = value if better(value, found[i]) else found[i]
            best = found[0]
            for i in range(1, LANES):
                best = found[i] if better(found[i], best) else best
            for k in range(whole, x.shape[1]):
                best = x[row, k] if better(x[row, k], best) else best
            y[row] = _place(x[row], best, whole) if place else best

    run.__name__ = f"{'place_of_' if place else ''}{name}_{item}_rows"
    result = "int32" if place else item
    return kernel(f"void(Array({item}, 2, 'C', readonly=True), {result}[::1], {item}[::1])")(run)


def _short_rows(name: str, item: str) -> Kernel:
    better = _BETTER[name]
    by_vectors = Native("_row_places", "row_places", (name, item))

    def run(x: Any, y: Any) -> None:
        """x [rows, count], y [rows]: the places; 16 rows at once as long as what is read beyond lies in x."""
        rows, depth = x.shape
        wide = (depth + TOGETHER - 1) // TOGETHER * TOGETHER
        many = max(0, (rows * depth - wide) // depth + 1) // TOGETHER * TOGETHER
        for first in range(0, many, TOGETHER):
            by_vectors(x, first, y)
        for row in range(many, rows):
            best, where = x[row, 0], np.int32(0)
            for k in range(1, depth):
                if better(x[row, k], best):
                    best, where = x[row, k], np.int32(k)
            y[row] = where

    run.__name__ = f"place_of_{name}_{item}_short_rows"
    return kernel(f"void(Array({item}, 2, 'C', readonly=True), int32[::1])")(run)


def _all(make: Callable[..., Kernel], *more: Any) -> dict[tuple[str, str], Kernel]:
    return {key: make(*key, *more) for key in _STARTS}


columns, places = _all(_columns), _all(_places)
"""By name and type: the kernels (x, y) and (x, y, found)."""
rows = {place: _all(_rows, place) for place in (False, True)}
"""By whether the place is sought, then by name and type: (x, y, found)."""
short_rows = {(name, item): _short_rows(name, item) for name, item in _STARTS if item != "uint8"}
"""By name and type: the places of rows that are many, by vectors."""
