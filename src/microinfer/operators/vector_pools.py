"""The binds of pools and of reductions of real numbers, by vectors of channels.

Each returns None where the portable kernels have to do it: MICROINFER_VECTORS=off, or too few channels; the
bits are the same.
"""

from __future__ import annotations

from .add import read_only
from .spec import Array, Run
from .window import Axis

__all__ = ["bind_columns", "bind_windows"]

_NAMES = {
    "max_pool_2d": "largest",
    "average_pool_2d": "sums",
    "l2_pool_2d": "squares",
    "l2_pool_2d_fused": "squares_fused",
}


def bind_windows(
    vertical: Axis, horizontal: Axis, kernel: str, low: float, high: float, x: Array, y: Array
) -> Run | None:
    """The pool whose portable kernel has this name; x and y [batch, height, width, channels]."""
    from ..kernels import window_folds as kernels
    from ..kernels._processor import has_vectors

    axes, channels = (vertical, horizontal), x.shape[3]
    taps = min(vertical.kernel, vertical.input) * min(horizontal.kernel, horizontal.input)
    if not has_vectors() or channels < kernels.LEAST_LANES or taps > kernels.MOST_TAPS:
        return None
    if not y.size or any(axis.taps(at) < 1 for axis in axes for at in (0, axis.output - 1)):
        return None
    begin = -(-horizontal.pad // horizontal.stride)
    end = (horizontal.input + horizontal.pad - horizontal.kernel) // horizontal.stride + 1
    window = (getattr(axis, name) for name in ("kernel", "stride", "pad") for axis in axes)
    fold = kernels.folds(_NAMES[kernel], x.dtype.name, channels, taps)
    return fold.bind(read_only(x), y, *window, begin, min(horizontal.output, end), 0, low, high)


def bind_columns(name: str, x: Array, y: Array, divisor: int) -> Run | None:
    """x [outer, count, inner] of float32 to y [outer, inner]: largest, least, or sums by a divisor."""
    from ..kernels import window_folds as kernels
    from ..kernels._processor import has_vectors

    outer, count, inner = x.shape
    if not has_vectors() or inner < kernels.LEAST_LANES or not x.size:
        return None
    bounds = -float("inf"), float("inf")
    rows, made = read_only(x.reshape(outer, 1, count, inner)), y.reshape(outer, 1, 1, inner)
    fold = kernels.folds(name, "float32", inner, count)
    return fold.bind(rows, made, 1, count, 1, 1, 0, 0, 0, 0, divisor, *bounds)
