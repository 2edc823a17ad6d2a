"""BROADCAST_ARGS: the shape that two shapes broadcast to. Source: TFLM, micro/kernels/broadcast_args.cc."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._jit import Kernel, kernel

__all__ = ["broadcast"]


def _broadcast(item: str) -> Kernel:
    def broadcast(x1: Any, x2: Any, whole: Any, clash: Any) -> None:
        """`whole`: both shapes, with ones before them, of which the first becomes the answer; `clash` says at
        how many places there is none, and then they stay as they are."""
        size = whole.shape[1]
        found = np.int64(0)
        for i in range(size):
            a, b = i - (size - x1.size), i - (size - x2.size)
            if a >= 0:
                whole[0, i] = x1[a]
            else:
                whole[0, i] = 1
            if b >= 0:
                whole[1, i] = x2[b]
            one, other = whole[0, i], whole[1, i]
            if one != other and one != 1 and other != 1:
                found += 1
        clash[0] = found
        if found == 0:
            for i in range(size):
                if whole[0, i] == 1:
                    whole[0, i] = whole[1, i]

    broadcast.__name__ = f"broadcast_{item}"
    x = f"Array({item}, 1, 'C', readonly=True)"
    return kernel(f"void({x}, {x}, {item}[:,::1], int64[::1])")(broadcast)


broadcast = {item: _broadcast(item) for item in ("int32", "int64")}
"""By type: (shape, shape, whole, clash)."""
