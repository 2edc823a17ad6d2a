"""Rows of a table by their numbers.

Source: TFLM, micro/kernels/{gather,gather_nd,embedding_lookup}.cc.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._helpers import Native
from ._jit import Kernel, Run, kernel, switched_off
from .strided_moves import SIZES

__all__ = ["bind_take", "take"]


def _take(item: str) -> Kernel:
    def take(x: Any, chosen: Any, y: Any, wrong: Any) -> None:
        """x [batch, outer, length, inner], chosen [batch, n], y [batch, outer, n, inner].

        `wrong` becomes 1 where a number is not among those of the rows, whose place nothing takes.
        """
        wrong[0] = 0
        for b in range(y.shape[0]):
            for j in range(y.shape[2]):
                row = chosen[b, j]
                if row < 0 or row >= x.shape[2]:
                    wrong[0] = 1
                else:
                    for o in range(y.shape[1]):
                        for i in range(y.shape[3]):
                            y[b, o, j, i] = x[b, o, row, i]

    take.__name__ = f"take_{item}"
    arrays = f"Array({item}, 4, 'C', readonly=True), Array(int32, 2, 'C', readonly=True), {item}[:,:,:,::1]"
    return kernel(f"void({arrays}, int64[::1])")(take)


take = {1: _take("uint8"), 2: _take("uint16"), 4: _take("uint32")}
"""By bytes of an element, which is taken as an unsigned number."""


def _pick(size: int) -> Kernel:
    units = Native("_strides", "move_units", (size,))

    def pick(x: Any, y: Any, chosen: Any, wrong: Any, outer: Any, length: Any, row: Any) -> None:
        """As `take`, at addresses: rows of `row` bytes, at least `size`, in pieces of so many."""
        wrong[0] = 0
        for b in range(chosen.shape[0]):
            for j in range(chosen.shape[1]):
                at = np.int64(chosen[b, j])
                if at < 0 or at >= length:
                    wrong[0] = 1
                else:
                    for o in range(outer):
                        to = ((b * outer + o) * chosen.shape[1] + j) * row
                        units(y + to, x + ((b * outer + o) * length + at) * row, 1, 0, 0, row)

    pick.__name__ = f"pick_{size}"
    return kernel("void(int64, int64, Array(int32, 2, 'C', readonly=True), int64[::1], int64, int64, int64)")(
        pick
    )


pick = {size: _pick(size) for size in SIZES}
"""By the largest piece of a row, in bytes."""


def bind_take(x: NDArray[Any], chosen: NDArray[Any], y: NDArray[Any], wrong: NDArray[Any]) -> Run:
    """The call of a kernel of `pick`, or, without machine code, of `take`."""
    rows = chosen.view()
    rows.flags.writeable = False
    row = x.shape[3] * x.itemsize
    if switched_off() or not row:
        bits = f"u{x.itemsize}"
        source = x.view(bits)
        source.flags.writeable = False
        return take[x.itemsize].bind(source, rows, y.view(bits), wrong)
    places = (array.__array_interface__["data"][0] for array in (x, y))
    size = max(size for size in SIZES if size <= row)
    run = pick[size].bind(*places, rows, wrong, x.shape[1], x.shape[2], row)
    run.kept = x, y  # type: ignore[attr-defined]
    return run
