"""Convolutions and pools of TFLM's reference kernels.

Taps in front of, behind, above and below the input are tested in this order and rejected one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..copies import Copies
from ..kernel import Kernel
from ..negative_sums import sums_bounds
from ..requests import INT32_BYTES, INT64_BYTES, per_channel
from ..software_float import ARITHMETIC
from ..templates import by_type
from ..traffic import WeightTraffic

if TYPE_CHECKING:
    from ...operators.average_pool_2d import PoolGeometry
    from ...operators.conv_2d import Conv2DGeometry
    from ...operators.depthwise_conv_2d import DepthwiseConv2DGeometry
    from ...operators.transpose_conv import TransposeConvGeometry
    from ..kernel import Bounds, Counts, Observed
    from ..layout import StructLayout
    from ..target import Core


def window_variant(geometry: Conv2DGeometry | DepthwiseConv2DGeometry, core: Core) -> str:
    """Weights of 4 bits are unpacked first, in every run; int16 data are summed in 64 bits, or in 32."""
    if geometry.weight_bits == 4:
        return "reference_int4"
    narrow = geometry.dtype == "int16" and getattr(geometry, "accumulator_bits", 64) == 32
    return by_type(geometry) + ("_sum32" if narrow else "")


def convolution_channels(
    geometry: Conv2DGeometry | DepthwiseConv2DGeometry | TransposeConvGeometry,
    core: Core,
    layout: StructLayout,
) -> tuple[int, ...]:
    return per_channel(geometry.output_c)


def unpacked(geometry: Conv2DGeometry, core: Core) -> tuple[int, ...]:
    """Weights of 4 bits are unpacked in every run."""
    weights = geometry.output_c * geometry.kernel_h * geometry.kernel_w * geometry.filter_c
    return (weights,) if geometry.weight_bits == 4 else ()


def unpacked_depthwise(geometry: DepthwiseConv2DGeometry, core: Core) -> tuple[int, ...]:
    weights = geometry.kernel_h * geometry.kernel_w * geometry.output_c
    return (weights,) if geometry.weight_bits == 4 else ()


def transpose_conv_scratch(geometry: TransposeConvGeometry, core: Core) -> tuple[int, ...]:
    """Sums for every output; an int16 bias is spread out to 64 bits."""
    outputs = geometry.batch * geometry.output_h * geometry.output_w * geometry.output_c
    if geometry.dtype == "int8":
        return (INT32_BYTES * outputs,)
    if geometry.dtype != "int16":
        return ()
    sums = (INT64_BYTES * outputs,)
    return (*sums, INT64_BYTES * geometry.output_c) if geometry.bias_dtype == "int16" else sums


def transpose_conv_temporaries(geometry: TransposeConvGeometry) -> str:
    return "o0 i2 i1 + +" if geometry.dtype == "float32" else "o0 i2 i1 + + i2 i1 i3 o0"


def conv_2d_counts(g: Conv2DGeometry, seen: Observed) -> Counts:
    return {
        **_windows(g, g.output_c, g.filter_c),
        "output_rows": g.batch * g.output_h,
        **seen,
    }


def depthwise_conv_2d_counts(g: DepthwiseConv2DGeometry, seen: Observed) -> Counts:
    pixels = g.batch * g.output_h * g.output_w
    return {
        **_windows(g, g.output_c, 1),
        "output_rows": g.batch * g.output_h,
        "input_channels": pixels * g.input_c,
        **seen,
    }


def _windows(g: Conv2DGeometry | DepthwiseConv2DGeometry, channels: int, depth: int) -> Counts:
    vertical, horizontal = g.vertical, g.horizontal
    every = g.batch * channels
    inside = horizontal.inside
    taps = every * vertical.inside * inside
    return {
        "call": 1,
        "pixels": g.batch * g.output_h * g.output_w,
        "outputs": every * g.output_h * g.output_w,
        "kernel_rows": every * g.output_h * g.output_w * g.kernel_h,
        "taps_left": every * g.output_h * g.kernel_h * horizontal.before,
        "taps_right": every * g.output_h * g.kernel_h * horizontal.after,
        "taps_above": every * vertical.before * inside,
        "taps_below": every * vertical.after * inside,
        "taps": taps,
        "macs": taps * depth,
    }


def pool_2d_counts(g: PoolGeometry, seen: Observed) -> Counts:
    channels = g.batch * g.channels
    rows = g.vertical.inside
    return {
        "call": 1,
        "output_rows": g.batch * g.output_h,
        "pixels": g.batch * g.output_h * g.output_w,
        "outputs": channels * g.output_h * g.output_w,
        "kernel_rows": channels * g.output_w * rows,
        "taps": channels * rows * g.horizontal.inside,
        **seen,
    }


def transpose_conv_counts(g: TransposeConvGeometry, seen: Observed) -> Counts:
    """Every input element is scattered over the outputs that it reaches, through int32 scratch."""
    vertical, horizontal = g.vertical, g.horizontal
    reached = g.batch * g.input_c * g.output_c
    pixels = g.batch * g.input_h * g.input_w * g.input_c
    outputs = g.batch * g.output_h * g.output_w
    inside = horizontal.inside
    moved = Copies()
    moved.fill(4 * outputs * g.output_c, 0)
    return {
        "call": 1,
        **moved.counts,
        "inputs": pixels,
        "kernel_rows": pixels * g.kernel_h,
        "taps": pixels * g.kernel_h * g.kernel_w,
        "outputs_left": reached * g.input_h * g.kernel_h * horizontal.before,
        "outputs_right": reached * g.input_h * g.kernel_h * horizontal.after,
        "outputs_above": reached * inside * vertical.before,
        "outputs_below": reached * inside * vertical.after,
        "macs": reached * inside * vertical.inside,
        "pixels": outputs,
        "outputs": outputs * g.output_c,
        **seen,
    }


def window_bounds(
    g: Conv2DGeometry | DepthwiseConv2DGeometry | TransposeConvGeometry,
) -> Mapping[str, Bounds]:
    return sums_bounds(g.batch * g.output_h * g.output_w * g.output_c)


def pool_bounds(g: PoolGeometry) -> Mapping[str, Bounds]:
    return sums_bounds(g.batch * g.output_h * g.output_w * g.channels)


def every_mac_traffic(g: Conv2DGeometry) -> WeightTraffic:
    return WeightTraffic(g.macs_executed)


def every_mac_out_of_order_traffic(g: DepthwiseConv2DGeometry) -> WeightTraffic:
    return WeightTraffic(0, g.macs_executed)


def transpose_conv_traffic(g: TransposeConvGeometry) -> WeightTraffic:
    reached = g.vertical.inside * g.horizontal.inside
    return WeightTraffic(0, g.batch * reached * g.input_c * g.output_c)


AVERAGE_POOL_2D = Kernel(software=ARITHMETIC, temporaries="i0 o0", counts=pool_2d_counts, bounds=pool_bounds)

CONV_2D = Kernel(
    software=ARITHMETIC,
    temporaries="o0 i0 i1 + + i0 i1 i2 o0",
    persistent=convolution_channels,
    scratch=unpacked,
    variant=window_variant,
    counts=conv_2d_counts,
    bounds=window_bounds,
    traffic=every_mac_traffic,
)

DEPTHWISE_CONV_2D = Kernel(
    software=ARITHMETIC,
    temporaries="o0 i0 i1 + + i0 i1 i2 o0",
    persistent=convolution_channels,
    scratch=unpacked_depthwise,
    variant=window_variant,
    counts=depthwise_conv_2d_counts,
    bounds=window_bounds,
    traffic=every_mac_out_of_order_traffic,
)


def pool_dimensions(geometry: PoolGeometry, core: Core, layout: StructLayout) -> tuple[int, ...]:
    """The output's four dimensions, written anew."""
    return (layout.size("TfLiteIntArray") * 5,)


L2_POOL_2D = Kernel(
    bare_dimensions=True, temporaries="o0 i0 +", persistent=pool_dimensions, counts=pool_2d_counts
)

MAX_POOL_2D = Kernel(software=ARITHMETIC, temporaries="i0 o0", counts=pool_2d_counts)

TRANSPOSE_CONV = Kernel(
    software=ARITHMETIC,
    temporaries=transpose_conv_temporaries,
    persistent=convolution_channels,
    scratch=transpose_conv_scratch,
    counts=transpose_conv_counts,
    bounds=window_bounds,
    traffic=transpose_conv_traffic,
)
