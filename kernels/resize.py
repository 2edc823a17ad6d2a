"""Resizing: which input pixels an output pixel is made of is known before the first run.

Nearest neighbour is a gather, of pixels and of whole rows. Bilinear blends four pixels with weights of 10
fraction bits each way; the sum has 20, is rounded with halves away from zero, and always fits an int32.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._jit import switched_off
from .data_movement import Run
from .indexed_rows import bind_take
from .resize_lanes import blend as by_lanes
from .resize_lanes import blend_reals
from .resize_nearest import bind_nearest

__all__ = ["nearest_indices", "resize_bilinear", "resize_bilinear_reals", "resize_nearest_neighbor"]

ONE = 1 << 10
GATHERED_PIXELS = 1 << 20
"""An index a pixel takes 4 bytes: beyond this many, images are gathered row by row."""
MOST_PIXELS = (1 << 31) - 1


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
    if not switched_off() and source.size and target.size:
        return bind_nearest(source, target, rows, columns)
    if output_h * output_w > GATHERED_PIXELS or input_h * input_w > MOST_PIXELS:
        return partial(_gather_rows, source, target, rows, columns)
    pixels = (rows[:, None] * input_w + columns).reshape(-1)
    image = source.reshape(batch, 1, input_h * input_w, channels)
    chosen = np.ascontiguousarray(np.broadcast_to(pixels.astype(np.int32), (batch, len(pixels))))
    resized = target.reshape(batch, 1, len(pixels), channels)
    return bind_take(image, chosen, resized, np.zeros(1, np.int64))


def _gather_rows(
    source: NDArray[Any], target: NDArray[Any], rows: NDArray[Any], columns: NDArray[Any]
) -> None:
    for image, resized in zip(source, target, strict=True):
        for row, line in zip(rows, resized, strict=True):
            image[row].take(columns, 0, line, "clip")


def neighbours(input_size: int, output_size: int, scale: int, half_pixel_centers: bool) -> list[Any]:
    """For every output index the lower neighbour, the upper one, and the weight of the upper in 1/1024.

    In front of the first pixel the weight is negative, as on the device; both neighbours are the same
    there.
    """
    position = np.arange(output_size, dtype=np.int64) * scale
    if half_pixel_centers:
        position += scale // 2 - ONE // 2
    # C divides towards zero; below zero the maximum with 0 hides the difference.
    lower = np.maximum(position // ONE, 0)
    upper = np.minimum(np.maximum((position + ONE - 1) // ONE, 0), input_size - 1)
    return [lower, upper, (position - ONE * lower).astype(np.int32)]


def resize_bilinear(
    source: NDArray[Any], target: NDArray[Any], scales: Sequence[int], half_pixel_centers: bool
) -> Run:
    """A closure that blends int8 [batch, h, w, channels] into another height and width."""
    from .resize_bilinear import blend

    rows = neighbours(source.shape[1], target.shape[1], scales[0], half_pixel_centers)
    columns = neighbours(source.shape[2], target.shape[2], scales[1], half_pixel_centers)
    batches, height, width, channels = source.shape
    image = source.reshape(batches, height, width * channels)
    line = np.empty(width * channels, np.int32)
    chosen = by_lanes(channels) or blend
    return chosen.bind(image, *rows, *columns, target.reshape(-1), line, channels)


def real_neighbours(
    input_size: int, output_size: int, align_corners: bool, half_pixel_centers: bool, contracted: bool
) -> list[Any]:
    """As `neighbours`, in the float32 arithmetic of the device; weights are real numbers, in front of the
    first pixel negative."""
    half = np.float32(0.5)
    if align_corners and output_size > 1:
        scale = np.float32(input_size - 1) / np.float32(output_size - 1)
    else:
        scale = np.float32(input_size) / np.float32(output_size)
    position = np.arange(output_size, dtype=np.float32)
    if not half_pixel_centers:
        position = position * scale
    elif contracted:  # a float64 holds the product, and the difference is rounded once
        position = ((position + half).astype(np.float64) * np.float64(scale) - 0.5).astype(np.float32)
    else:
        position = (position + half) * scale - half
    lower = np.clip(np.floor(position).astype(np.int64), 0, input_size - 1)
    upper = np.minimum(np.ceil(position).astype(np.int64), input_size - 1)
    return [lower, upper, position - lower.astype(np.float32)]


def resize_bilinear_reals(
    source: NDArray[Any],
    target: NDArray[Any],
    align_corners: bool,
    half_pixel_centers: bool,
    contracted: bool,
) -> Run:
    """A closure that blends float32 [batch, h, w, channels] into another height and width."""
    from . import resize_bilinear as kernels

    blend = blend_reals(source.shape[3], contracted) or (
        kernels.blend_reals_fused if contracted else kernels.blend_reals
    )
    rows, columns = (
        real_neighbours(source.shape[i], target.shape[i], align_corners, half_pixel_centers, contracted)
        for i in (1, 2)
    )
    return blend.bind(source, *rows, *columns, target)
