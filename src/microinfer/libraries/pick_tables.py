"""What bare-c picks byte by byte: loops over the output, each with a table of how far on the input is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..operators.gather_nd import GatherNdGeometry
from ..operators.mirror_pad import MirrorPadGeometry, mirrored
from ..operators.resize_nearest_neighbor import ResizeGeometry, nearest_places

if TYPE_CHECKING:
    from ..operators.gather import GatherGeometry

__all__ = ["PICK_LOOPS", "pick_sizes", "pick_tables"]

PICK_LOOPS = 4


def pick_tables(geometry: Any, indices: NDArray[Any] | None = None) -> tuple[list[NDArray[Any]], int]:
    """Tables of bytes, outermost first, as many as there are loops; and the bytes that move each time.

    indices: where slices are taken by their numbers, these.
    """
    if isinstance(geometry, GatherNdGeometry):
        slice_bytes = geometry.inner * geometry.item_bytes
        return _filled([_numbers(geometry.slices, indices) * slice_bytes]), slice_bytes
    if isinstance(geometry, ResizeGeometry):
        shape: tuple[int, ...] = geometry.batch, geometry.input_h, geometry.input_w, geometry.channels
        places = [
            np.arange(geometry.batch),
            nearest_places(geometry.input_h, geometry.output_h, geometry),
            nearest_places(geometry.input_w, geometry.output_w, geometry),
            np.arange(geometry.channels),
        ]
    elif isinstance(geometry, MirrorPadGeometry):
        whole = zip(geometry.input_shape, geometry.before, geometry.after, strict=True)
        shape = geometry.input_shape
        places = [mirrored(*axis, geometry.symmetric) for axis in whole]
    else:
        return _slices(geometry, indices)
    return _merged(places, shape, geometry.item_bytes)


def _slices(g: GatherGeometry, indices: NDArray[Any] | None) -> tuple[list[NDArray[Any]], int]:
    slice_bytes = g.inner * g.item_bytes
    rows = np.arange(g.outer) * g.length * slice_bytes
    return _filled([rows, _numbers(g.indices, indices) * slice_bytes]), slice_bytes


def pick_sizes(geometry: Any) -> list[int]:
    """The turns of the loops."""
    return [len(table) for table in pick_tables(geometry)[0]]


def _numbers(count: int, indices: NDArray[Any] | None) -> NDArray[Any]:
    return np.zeros(count, np.int64) if indices is None else indices.reshape(-1).astype(np.int64)


def _filled(tables: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
    return [np.zeros(1, np.int64)] * (PICK_LOOPS - len(tables)) + list(tables)


def _merged(
    places: Sequence[NDArray[Any]], shape: Sequence[int], item: int
) -> tuple[list[NDArray[Any]], int]:
    """Axes that stay as they are at the end move at once; neighbours whose tables are small share one."""
    last = len(shape)
    while last and len(places[last - 1]) == shape[last - 1] and (np.diff(places[last - 1]) == 1).all():
        last -= 1
    moved = item * prod(shape[last:])
    tables = [
        np.asarray(place, np.int64) * moved * prod(shape[axis + 1 : last])
        for axis, place in enumerate(places[:last])
        if len(place) > 1 or place.any()
    ]
    while len(tables) > PICK_LOOPS:
        products = [len(one) * len(other) for one, other in pairwise(tables)]
        at = products.index(min(products))
        tables[at : at + 2] = [np.add.outer(tables[at], tables[at + 1]).reshape(-1)]
    return _filled(tables), moved
