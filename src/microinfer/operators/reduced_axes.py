"""Tensors as columns along what is reduced: [outer, count, inner]."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd, prod
from typing import TYPE_CHECKING

import numpy as np

from .add import read_only
from .spec import Array, Bind, Run
from .vector_pools import bind_columns

if TYPE_CHECKING:
    from .mean import ReduceGeometry

__all__ = ["along", "bind_extreme", "bind_extremes"]


def along(x: Array, axis: int) -> Array:
    """A view of `x` with all dimensions before and behind one axis taken together."""
    return x.reshape(prod(x.shape[:axis]), x.shape[axis], prod(x.shape[axis + 1 :]))


SHORT = 64
"""Numbers of a row that is rather laid down as a column."""


def bind_extreme(x: Array, y: Array, name: str, *, place: bool) -> Run:
    """Runs a kernel of `extremes` over x [outer, count, inner], for the number or for its `place`."""
    from ..kernels import extremes
    from ..kernels._processor import has_vectors
    from ..kernels.data_movement import copy, in_turn

    outer, count, inner = x.shape
    key = name, x.dtype.name
    room = np.empty(max(extremes.BLOCK, extremes.LANES), x.dtype)
    if inner == 1 and (count >= SHORT or outer < extremes.LANES):
        return extremes.rows[place][key].bind(read_only(x.reshape(outer, count)), y, room)
    if inner == 1 and place and has_vectors():
        return extremes.short_rows[key].bind(read_only(x.reshape(outer, count)), y)
    first: list[Run] = []
    if inner == 1:
        laid = np.empty((count, outer), x.dtype)
        first, x = [copy(x.reshape(outer, count).T, laid)], laid.reshape(1, count, outer)
    result = y.reshape(x.shape[0], x.shape[2])
    if x.dtype == np.float32 and not place and (fast := bind_columns(name, x, result, 1)) is not None:
        return in_turn((*first, fast))
    if place:
        return in_turn((*first, extremes.places[key].bind(read_only(x), result, room)))
    many = gcd(count, max(1, extremes.BLOCK // max(1, inner))) if x.dtype == np.int8 else 1
    if many > 1 and not first:
        parts = np.empty((outer, many * inner), x.dtype)
        wide = read_only(x.reshape(outer, count // many, many * inner))
        first, x = [extremes.columns[key].bind(wide, parts)], parts.reshape(outer, many, inner)
    return in_turn((*first, extremes.columns[key].bind(read_only(x), result)))


def bind_extremes(geometry: ReduceGeometry, name: str) -> Bind:
    """`bind_extreme` over the axes of a reduction; axes that are no run of dimensions are first laid together
    in a copy."""

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.data_movement import copy, in_turn

        x, y, axes = inputs[0], outputs[0], geometry.axes
        assert x is not None
        if not axes or axes == tuple(range(axes[0], axes[-1] + 1)):
            first = axes[0] if axes else len(geometry.input_shape)
            outer = prod(geometry.input_shape[:first])
            return bind_extreme(x.reshape(outer, geometry.count, -1), y.reshape(-1), name, place=False)
        moved = x.transpose(sorted(range(x.ndim), key=lambda axis: axis in axes))
        laid = np.empty(moved.shape, x.dtype)
        run = bind_extreme(laid.reshape(-1, geometry.count, 1), y.reshape(-1), name, place=False)
        return in_turn((copy(moved, laid), run))

    return bind
