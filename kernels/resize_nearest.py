"""RESIZE_NEAREST_NEIGHBOR at addresses: a pixel is written as often as it stands in a row, and a row that is
the one before it is copied. Source: TFLM, kernels/internal/reference/resize_nearest_neighbor.h.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ._helpers import Native
from ._jit import Kernel, Run, kernel
from .strided_moves import SIZES

__all__ = ["bind_nearest"]

Array: TypeAlias = NDArray[Any]

copy_bytes = Native("_entries", "copy_bytes")
_INDICES = "Array(int64, 1, 'C', readonly=True)"


def _nearest(size: int) -> Kernel:
    units = Native("_strides", "move_units", (size,))

    def nearest(
        x: Any, y: Any, rows: Any, columns: Any, repeats: Any, images: Any, height: Any, width: Any,
        line: Any, pixel: Any,
    ) -> None:  # fmt: skip
        """rows: of every output row the input's; columns: of pixels side by side that are one, the input's,
        and how many they are. Bytes: `width` of a row, `line` of one of the output, `pixel`."""
        for image in range(images):
            for i in range(len(rows)):
                to = y + (image * len(rows) + i) * line
                if i > 0 and rows[i] == rows[i - 1]:
                    copy_bytes(to, to - line, line)
                else:
                    source = x + (image * height + rows[i]) * width
                    for j in range(len(columns)):
                        units(to, source + columns[j] * pixel, repeats[j], pixel, 0, pixel)
                        to += repeats[j] * pixel

    nearest.__name__ = f"nearest_{size}"
    return kernel(f"void(int64, int64, {_INDICES}, {_INDICES}, {_INDICES}{', int64' * 5})")(nearest)


nearest = {size: _nearest(size) for size in SIZES}
"""By the largest piece of a pixel, in bytes."""


def _read_only(values: Array) -> NDArray[np.int64]:
    made = np.ascontiguousarray(values, np.int64)
    made.flags.writeable = False
    return made


def bind_nearest(source: Array, target: Array, rows: Array, columns: Array) -> Run:
    """[batch, height, width, channels] of one byte or more; which row and column stands in each place."""
    images, height, width, channels = source.shape
    pixel = channels * source.itemsize
    starts = np.flatnonzero(np.append(True, columns[1:] != columns[:-1]))
    repeats = np.diff(np.append(starts, len(columns)))
    places = (array.__array_interface__["data"][0] for array in (source, target))
    size = max(size for size in SIZES if size <= pixel)
    run = nearest[size].bind(
        *places, *map(_read_only, (rows, columns[starts], repeats)), images, height, width * pixel,
        len(columns) * pixel, pixel,
    )  # fmt: skip
    run.kept = source, target  # type: ignore[attr-defined]
    return run
