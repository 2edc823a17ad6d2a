"""Where the windows of a padded image lie, in elements of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .window import Axis

__all__ = ["pixel_offsets", "run_offsets"]


def pixel_offsets(vertical: Axis, horizontal: Axis, row: int, pixel: int) -> NDArray[np.int64]:
    """Where in a padded image the window of each output pixel starts; `row` and `pixel` in elements."""
    down = (np.arange(vertical.output) * vertical.stride + vertical.start) * row
    across = (np.arange(horizontal.output) * horizontal.stride + horizontal.start) * pixel
    return np.add.outer(down, across).reshape(-1)


def run_offsets(
    vertical: Axis, horizontal: Axis, row: int, pixel: int, whole_rows: bool = False
) -> NDArray[np.int64]:
    """Where within a window its runs start: its useful rows, or every useful tap of them."""
    down = np.arange(len(vertical.useful)) * vertical.dilation * row
    across = np.arange(1 if whole_rows else len(horizontal.useful)) * horizontal.dilation * pixel
    return np.add.outer(down, across).reshape(-1)
