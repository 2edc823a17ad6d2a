"""What bare-c picks byte by byte: loops over the output, each with a table of how far on the input is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..operators.gather_nd import GatherNdGeometry
from ..operators.mirror_pad import MirrorPadGeometry, mirrored
from ..operators.resize_nearest_neighbor import ResizeGeometry, nearest_places

if TYPE_CHECKING:
    Axis = range | NDArray[Any]

__all__ = ["PICK_LOOPS", "pick_sizes", "pick_tables"]

PICK_LOOPS = 4


def pick_tables(geometry: Any, indices: NDArray[Any] | None = None) -> tuple[list[NDArray[Any]], int]:
    """Tables of bytes, outermost first, as many as there are loops; and the bytes that move each time.

    indices: where slices are taken by their numbers, these.
    """
    if isinstance(geometry, GatherNdGeometry):
        slice_bytes = geometry.inner * geometry.item_bytes
        return _filled([_numbers(geometry.slices, indices) * slice_bytes]), slice_bytes
    if not isinstance(geometry, ResizeGeometry | MirrorPadGeometry):
        slice_bytes = geometry.inner * geometry.item_bytes
        rows = np.arange(geometry.outer) * geometry.length * slice_bytes
        return _filled([rows, _numbers(geometry.indices, indices) * slice_bytes]), slice_bytes
    places, shape = _places(geometry)
    groups, last = _groups(places, shape)
    moved = geometry.item_bytes * prod(shape[last:])
    tables = []
    for group in groups:
        steps = [np.asarray(places[axis], np.int64) * moved * prod(shape[axis + 1 : last]) for axis in group]
        tables.append(reduce(np.add.outer, steps).reshape(-1))
    return _filled(tables), moved


def pick_sizes(geometry: Any) -> tuple[list[int], int]:
    """The turns of the loops, and the bytes that move each time; no table of them is made."""
    if isinstance(geometry, ResizeGeometry | MirrorPadGeometry):
        places, shape = _places(geometry)
        groups, last = _groups(places, shape)
        sizes = [prod(len(places[axis]) for axis in group) for group in groups]
        moved = geometry.item_bytes * prod(shape[last:])
    else:
        gathers = isinstance(geometry, GatherNdGeometry)
        sizes = [geometry.slices] if gathers else [geometry.outer, geometry.indices]
        moved = geometry.inner * geometry.item_bytes
    return [1] * (PICK_LOOPS - len(sizes)) + sizes, moved


def _places(g: ResizeGeometry | MirrorPadGeometry) -> tuple[list[Axis], tuple[int, ...]]:
    """Where each index of each axis of the output is on the input's, and the input's shape."""
    if isinstance(g, MirrorPadGeometry):
        whole = zip(g.input_shape, g.before, g.after, strict=True)
        return [
            range(size) if before == after == 0 else mirrored(size, before, after, g.symmetric)
            for size, before, after in whole
        ], g.input_shape
    rows = nearest_places(g.input_h, g.output_h, g)
    columns = nearest_places(g.input_w, g.output_w, g)
    shape = g.batch, g.input_h, g.input_w, g.channels
    return [range(g.batch), rows, columns, range(g.channels)], shape


def _groups(places: Sequence[Axis], shape: Sequence[int]) -> tuple[list[list[int]], int]:
    """The axes of each loop, and the first of those that stay as they are at the end, which move at once;
    neighbours whose tables are small share one."""
    last = len(shape)
    while last and _stays(places[last - 1], shape[last - 1]):
        last -= 1
    groups = [[axis] for axis in range(last) if len(places[axis]) > 1 or places[axis][0]]
    while len(groups) > PICK_LOOPS:
        sizes = [prod(len(places[axis]) for axis in group) for group in groups]
        products = [one * other for one, other in pairwise(sizes)]
        at = products.index(min(products))
        groups[at : at + 2] = [groups[at] + groups[at + 1]]
    return groups, last


def _stays(place: Axis, size: int) -> bool:
    return isinstance(place, range) or (len(place) == size and bool((np.diff(place) == 1).all()))


def _numbers(count: int, indices: NDArray[Any] | None) -> NDArray[Any]:
    return np.zeros(count, np.int64) if indices is None else indices.reshape(-1).astype(np.int64)


def _filled(tables: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
    return [np.zeros(1, np.int64)] * (PICK_LOOPS - len(tables)) + list(tables)
