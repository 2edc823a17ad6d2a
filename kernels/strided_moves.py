"""Elements from one view of memory to another of the same shape, whatever the strides.

Dimensions that lie behind one another in both are one; what is contiguous in both is a unit. What then is
innermost decides: units at equal steps, or, where the source is contiguous along another dimension than the
target, blocks that are transposed in registers. Only compiled; the same in numpy is an assignment.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._helpers import Native
from ._jit import Kernel, Run, kernel
from .riffles import PLACES, at_places, turned

__all__ = ["move"]

SIZES = (1, 2, 4, 8, 16, 32, 64)
"""Bytes that move by one instruction."""
LONG = 512
"""Bytes from which on memcpy is called for a unit."""
SIDES = (16, 8, 4)
"""Of blocks that are transposed."""
_OUTER = "Array(int64, 1, 'C', readonly=True), int64[::1]"

copy_runs = Native("_strides", "copy_runs")


def _mover(size: int) -> Kernel:
    units = Native("_strides", "move_units", (size,))
    small = size <= SIZES[3]
    repeat, back, other = (Native("_strides", "gather_units", (min(size, 8), n)) for n in (0, -1, 2))

    def move(
        target: Any, source: Any, length: Any, count: Any, target_step: Any, step: Any, outer: Any, at: Any
    ) -> None:
        """`outer`: counts, steps of the target and of the source of further dimensions; `at`: zeros."""
        depth = len(at)
        while True:
            if length >= LONG:
                copy_runs(target, source, count, target_step, step, length)
            elif small and target_step == size and length == size and step == 0:
                repeat(target, source, count)
            elif small and target_step == size and length == size and step == -size:
                back(target, source, count)
            elif small and target_step == size and length == size and step == 2 * size:
                other(target, source, count)
            else:
                units(target, source, count, target_step, step, length)
            d = 0
            while d < depth:
                target += outer[depth + d]
                source += outer[2 * depth + d]
                at[d] += 1
                if at[d] < outer[d]:
                    break
                at[d] = 0
                target -= outer[d] * outer[depth + d]
                source -= outer[d] * outer[2 * depth + d]
                d += 1
            if d == depth:
                return

    move.__name__ = f"move_{size}"
    return kernel(f"void({'int64, ' * 6}{_OUTER})")(move)


def _transposer(size: int) -> Kernel:
    of_16, of_8, of_4 = (Native("_strides", "transpose_block", (size, side)) for side in SIDES)

    def transpose(
        target: Any, source: Any, rows: Any, columns: Any, target_step: Any, step: Any, side: Any, outer: Any,
        at: Any,
    ) -> None:  # fmt: skip
        """`rows` of the source, `step` apart, of `columns` units side by side; at least `side` of both."""
        depth = len(at)
        while True:
            j = 0
            while True:
                i = 0
                while True:
                    to, origin = target + i * size + j * target_step, source + i * step + j * size
                    if side == 16:
                        of_16(to, origin, target_step, step)
                    elif side == 8:
                        of_8(to, origin, target_step, step)
                    else:
                        of_4(to, origin, target_step, step)
                    if i + side >= rows:
                        break
                    i = min(i + side, rows - side)
                if j + side >= columns:
                    break
                j = min(j + side, columns - side)
            d = 0
            while d < depth:
                target += outer[depth + d]
                source += outer[2 * depth + d]
                at[d] += 1
                if at[d] < outer[d]:
                    break
                at[d] = 0
                target -= outer[d] * outer[depth + d]
                source -= outer[d] * outer[2 * depth + d]
                d += 1
            if d == depth:
                return

    transpose.__name__ = f"transpose_{size}"
    return kernel(f"void({'int64, ' * 7}{_OUTER})")(transpose)


_MOVERS = {size: _mover(size) for size in SIZES}
_TRANSPOSERS = {size: _transposer(size) for size in SIZES[:4]}


def _dimensions(source: NDArray[Any], target: NDArray[Any]) -> list[tuple[int, int, int]]:
    """(count, step of the target, step of the source), the target's largest step first; neighbours that are
    one run in both are joined."""
    found = [one for one in zip(target.shape, target.strides, source.strides, strict=True) if one[0] != 1]
    found.sort(key=lambda one: -abs(one[1]))
    joined: list[tuple[int, int, int]] = []
    for count, to, step in found:
        if joined and joined[-1][1:] == (to * count, step * count):
            joined[-1] = joined[-1][0] * count, to, step
        else:
            joined.append((count, to, step))
    return joined


def move(source: NDArray[Any], target: NDArray[Any]) -> Run:
    """A kernel's call that assigns `source` to `target`: same item size and shape, not empty, no overlap."""
    places = target.__array_interface__["data"][0], source.__array_interface__["data"][0]
    dimensions, length = _dimensions(source, target), target.itemsize
    if dimensions and dimensions[-1][1:] == (length, length):
        length *= dimensions.pop()[0]
    run = _shuffled(places, dimensions, length) if len(dimensions) == 2 else None
    if run is None and len(dimensions) > 1:
        run = _transposed(places, dimensions, length)
    if run is None:
        count, to, step = dimensions.pop() if dimensions else (1, 0, 0)
        size = max(size for size in SIZES if size <= length)
        run = _MOVERS[size].bind(*places, length, count, to, step, *_outer(dimensions))
    run.kept = source, target  # type: ignore[attr-defined]
    return run


def _shuffled(places: tuple[int, int], dimensions: list[tuple[int, int, int]], length: int) -> Run | None:
    """A few columns side by side that become rows, or the other way round, and rows that are turned."""
    target, source = places
    (count, to, step), (inner, inner_to, inner_step) = dimensions
    if inner_to != length:
        return None
    if inner in PLACES and step == length and to == inner * length:
        return at_places("riffle", target, [source + i * inner_step for i in range(inner)], count, length)
    if count in PLACES and step == length and inner_step == count * length:
        return at_places("deal", source, [target + i * to for i in range(count)], inner, length)
    if inner_step == -length:
        return turned(places, count, to, step, inner, length)
    return None


def _transposed(places: tuple[int, int], dimensions: list[tuple[int, int, int]], length: int) -> Run | None:
    rows, to, step = dimensions[-1]
    if length not in _TRANSPOSERS or to != length:
        return None
    for i, (columns, to_step, own_step) in enumerate(dimensions[:-1]):
        side = next((side for side in SIDES if side <= min(rows, columns)), None)
        if own_step == length and side is not None:
            outer = _outer([*dimensions[:i], *dimensions[i + 1 : -1]])
            return _TRANSPOSERS[length].bind(*places, rows, columns, to_step, step, side, *outer)
    return None


def _outer(dimensions: list[tuple[int, int, int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    table = np.array(dimensions[::-1], np.int64).reshape(-1, 3).T.reshape(-1)
    return np.ascontiguousarray(table), np.zeros(len(dimensions), np.int64)
