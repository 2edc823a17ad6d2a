"""Rows of a table by their numbers.

Source: TFLM, micro/kernels/{gather,gather_nd,embedding_lookup}.cc.
"""

from __future__ import annotations

from typing import Any

from ._jit import Kernel, kernel

__all__ = ["take"]


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
