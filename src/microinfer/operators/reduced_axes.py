"""Tensors as columns along what is reduced: [outer, count, inner]."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from .spec import Array, Bind, Run

if TYPE_CHECKING:
    from .mean import ReduceGeometry

__all__ = ["along", "bind_columns"]


def along(x: Array, axis: int) -> Array:
    """A view of `x` with all dimensions before and behind one axis taken together."""
    return x.reshape(prod(x.shape[:axis]), x.shape[axis], prod(x.shape[axis + 1 :]))


def bind_columns(geometry: ReduceGeometry, name: str) -> Bind:
    """A kernel of `float_reductions` over the axes of a reduction.

    Axes that are no run of dimensions are first laid together in a copy, in the order of the elements.
    """
    axes = geometry.axes
    run_of_axes = not axes or axes == tuple(range(axes[0], axes[-1] + 1))

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels import data_movement, float_reductions

        kernel: Any = getattr(float_reductions, name)
        x, y = inputs[0], outputs[0]
        assert x is not None
        if run_of_axes:
            first = axes[0] if axes else len(geometry.input_shape)
            outer, inner = prod(geometry.input_shape[:first]), prod(geometry.input_shape[first + len(axes) :])
            run: Run = kernel.bind(x.reshape(outer, geometry.count, inner), y.reshape(outer, inner))
            return run
        order = sorted(range(x.ndim), key=lambda axis: axis in axes)
        moved = x.transpose(order)
        copy = np.empty(moved.shape, x.dtype)
        run = kernel.bind(copy.reshape(-1, geometry.count, 1), y.reshape(-1, 1))
        return data_movement.in_turn((data_movement.copy(moved, copy), run))

    return bind
