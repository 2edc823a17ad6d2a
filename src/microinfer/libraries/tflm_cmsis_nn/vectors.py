"""How often each loop of CMSIS-NN's kernels runs on a core with MVE: sixteen items of a byte at a time.

A last vector that is not full costs as much as one that is. Four columns or rows share what is loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .convolution import patches

if TYPE_CHECKING:
    from ...operators.average_pool_2d import PoolGeometry
    from ...operators.conv_2d import Conv2DGeometry
    from ...operators.fully_connected import FullyConnectedGeometry
    from ..kernel import Counts, Observed

VECTOR = 16
"""Items of int8 in a register."""


def vectors(items: int) -> int:
    return -(-items // VECTOR)


def product(calls: int, rows: int, channels: int, depth: int) -> Counts:
    """`arm_nn_mat_mult_nt_t_s8`: four rows by a channel; what is left over, a row."""
    fours, ones = calls * (rows // 4) * channels, calls * (rows % 4) * channels
    return {
        "products": calls,
        "channels": calls * channels,
        "fours": fours,
        "four_vectors": fours * vectors(depth),
        "ones": ones,
        "one_vectors": ones * vectors(depth),
    }


def convolve_1x1_vectors(g: Conv2DGeometry, seen: Observed) -> Counts:
    if g.stride_h == g.stride_w == 1:
        return {"call": 1, **product(1, g.batch * g.input_h * g.input_w, g.output_c, g.input_c)}
    return {"call": 1, **product(g.batch * g.output_h, g.output_w, g.output_c, g.input_c)}


def convolve_1_x_n_vectors(g: Conv2DGeometry, seen: Observed) -> Counts:
    """Windows where they lie; those that hang over an end of the row are laid out."""
    return {"call": 1, **product(g.batch, g.output_w, g.output_c, g.kernel_w * g.input_c)}


def convolve_vectors(g: Conv2DGeometry, seen: Observed) -> Counts:
    """Patches of bytes, four columns at a time."""
    groups, channels = g.batch * g.groups, g.output_c // g.groups
    depth, pixels = g.kernel_h * g.kernel_w * g.filter_c, g.output_h * g.output_w
    _, inside = patches(g)
    columns, taps = groups * pixels, groups * pixels * g.kernel_h * g.kernel_w
    fours, left = groups * (pixels // 4), groups * (pixels % 4)
    return {
        "call": 1,
        "output_rows": groups * g.output_h,
        "columns": columns,
        "kernel_rows": columns * g.kernel_h,
        "taps_inside": inside,
        "taps_outside": taps - inside,
        "tap_vectors": taps * vectors(g.filter_c),
        "blocks": fours,
        "fours": fours * channels,
        "four_vectors": fours * channels * vectors(depth),
        "ones": left * channels,
        "one_vectors": left * channels * vectors(depth),
    }


def vector_product(rows: int, channels: int, depth: int) -> Counts:
    """`arm_nn_vec_mat_mult_t_s8`, once a row, with the sums of the weights."""
    fours, ones = rows * (channels // 4), rows * (channels % 4)
    return {
        "rows": rows,
        "fours": fours,
        "four_vectors": fours * vectors(depth),
        "ones": ones,
        "one_vectors": ones * vectors(depth),
    }


def fully_connected_vectors(g: FullyConnectedGeometry, seen: Observed) -> Counts:
    return {"call": 1, **vector_product(g.batch, g.output_depth, g.input_depth)}


def fully_connected_1x1_vectors(g: FullyConnectedGeometry, seen: Observed) -> Counts:
    spread = 0 if g.per_channel else g.output_depth
    return {"call": 1, "spread_multipliers": spread, **product(1, g.batch, g.output_depth, g.input_depth)}


def pool_vectors(g: PoolGeometry, seen: Observed) -> Counts:
    pixels = g.batch * g.output_h * g.output_w
    taps = g.batch * g.vertical.inside * g.horizontal.inside
    wide = vectors(g.channels)
    return {
        "call": 1,
        "output_rows": g.batch * g.output_h,
        "pixels": pixels,
        "kernel_rows": g.batch * g.vertical.inside * g.output_w,
        "pixel_vectors": pixels * wide,
        "tap_vectors": taps * wide,
        "taps": taps,
    }
