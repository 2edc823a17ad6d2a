"""Large tensors in pieces, so that what looks at each element needs memory for one piece alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from .node import Array

__all__ = ["PIECE", "pieces"]

PIECE = 1 << 18
"""Elements."""


def pieces(arrays: Sequence[Array], shape: tuple[int, ...]) -> Iterator[tuple[Array, ...]]:
    """Pieces of at most `PIECE` elements, one-dimensional, of all arrays together, in C order.

    Each array has as many elements as `shape`, or is broadcast to it.
    """
    size = int(np.prod(shape))
    if all(array.size == size for array in arrays):
        flat = [array.reshape(-1) for array in arrays]
        for start in range(0, size, PIECE):
            yield tuple(array[start : start + PIECE] for array in flat)
        return
    wide = [np.broadcast_to(array, shape) for array in arrays]
    found = np.nditer(wide, ["external_loop", "buffered", "zerosize_ok"], order="C", buffersize=PIECE)
    with found:
        for piece in found:
            yield piece if isinstance(piece, tuple) else (piece,)
