"""RESIZE_NEAREST_NEIGHBOR: a gather of pixels whose indices are known before the first run."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .data_movement import Run

__all__ = ["nearest_indices", "resize_nearest_neighbor"]


def nearest_indices(input_size: int, output_size: int, align_corners: bool, half_pixel_centers: bool) -> Any:
    """The input index of every output index along one axis, in the float32 arithmetic of the device.

    Halves round away from zero where corners are aligned; else the position is rounded down.
    """
    float32 = np.float32
    if align_corners and output_size > 1:
        scale = float32(input_size - 1) / float32(output_size - 1)
    else:
        scale = float32(input_size) / float32(output_size)
    offset = float32(0.5 if half_pixel_centers else 0.0)
    position = (np.arange(output_size, dtype=np.float32) + offset) * scale
    if align_corners:
        # Exact in float64: float32 plus a half could round up by itself.
        position = np.floor(position.astype(np.float64) + 0.5)
    return np.clip(np.floor(position).astype(np.intp), 0, input_size - 1)


def resize_nearest_neighbor(
    source: NDArray[Any], target: NDArray[Any], align_corners: bool, half_pixel_centers: bool
) -> Run:
    """A closure that gathers [batch, h, w, channels] into another height and width."""
    batch, input_h, input_w, channels = source.shape
    _, output_h, output_w, _ = target.shape
    rows = nearest_indices(input_h, output_h, align_corners, half_pixel_centers)
    columns = nearest_indices(input_w, output_w, align_corners, half_pixel_centers)
    pixels = (rows[:, None] * input_w + columns).reshape(-1)
    # "clip" gathers straight into the output; "raise" would go through a buffer.
    return partial(
        source.reshape(batch, input_h * input_w, channels).take,
        pixels,
        1,
        target.reshape(batch, output_h * output_w, channels),
        "clip",
    )
