"""Convolutions in C: a patch is gathered once for all output channels.

A channel's data are one run of bytes in flash, in the order in which the kernel reads them: the bias,
from which zero point times the sum of weights has been taken, the weights, and how to requantise.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from ...operators.conv_2d import Conv2DGeometry
from ...operators.depthwise_conv_2d import DepthwiseConv2DGeometry
from ...operators.requantization import per_channel_requantization
from ..kernel import Inner, Kernel
from ..tflm_reference.windowed import every_mac_out_of_order_traffic, every_mac_traffic
from .c_source import Parameters
from .call import Call
from .float_layers import (
    by_dtype,
    conv_2d_float_counts,
    depthwise_conv_2d_float_counts,
    kernel_of,
    lower_conv_2d_float,
    lower_depthwise_conv_2d_float,
)
from .int16_layers import (
    conv_2d_int16_counts,
    depthwise_conv_2d_int16_counts,
    lower_conv_2d_int16,
    lower_depthwise_conv_2d_int16,
)
from .loop_counts import dot
from .parameters import channel_bytes, clamp_fields, expect, int8_weights, window_fields

if TYPE_CHECKING:
    from ..kernel import Counts, Observed
    from ..target import Core
    from .call import Place


def lower_conv_2d(place: Place) -> Sequence[Call]:
    g: Conv2DGeometry = expect(place, Conv2DGeometry, "float32", "int16")
    if g.dtype != "int8":
        return (lower_conv_2d_float if g.dtype == "float32" else lower_conv_2d_int16)(place, g)
    node = place.node
    weights, bias = int8_weights(place)
    scaling = per_channel_requantization(node, node.input(0), node.input(1), node.output(0), g.output_c)
    channels = channel_bytes(f"{place.name}_channels", weights.reshape(g.output_c, -1), bias, scaling)
    parameters = Parameters(
        "mi_conv_2d_parameters",
        place.name,
        (
            *window_fields(g, g.input_c, (g.dilation_h, g.dilation_w)),
            ("groups", "uint16_t", g.groups),
            ("filter_c", "uint16_t", g.filter_c),
            ("group_outputs", "uint16_t", g.output_c // g.groups),
            ("input_zero_point", "int8_t", scaling.input_zero_point),
            *clamp_fields(scaling),
            ("channels", "pointer", channels.name),
        ),
    )
    arguments = f"&{place.name}", place.input(0), place.output(), place.scratch()
    return [Call("conv_2d.c", "mi_conv_2d", arguments, (channels, parameters))]


def lower_depthwise_conv_2d(place: Place) -> Sequence[Call]:
    g: DepthwiseConv2DGeometry = expect(place, DepthwiseConv2DGeometry, "float32", "int16")
    if g.dtype != "int8":
        of_reals = g.dtype == "float32"
        return (lower_depthwise_conv_2d_float if of_reals else lower_depthwise_conv_2d_int16)(place, g)
    node = place.node
    weights, bias = int8_weights(place)
    scaling = per_channel_requantization(node, node.input(0), node.input(1), node.output(0), g.output_c)
    taps = np.ascontiguousarray(weights.reshape(-1, g.output_c).T)
    channels = channel_bytes(f"{place.name}_channels", taps, bias, scaling)
    parameters = Parameters(
        "mi_depthwise_conv_2d_parameters",
        place.name,
        (
            *window_fields(g, g.input_c, (g.dilation_h, g.dilation_w)),
            ("multiplier", "uint16_t", g.depth_multiplier),
            ("input_zero_point", "int8_t", scaling.input_zero_point),
            *clamp_fields(scaling),
            ("channels", "pointer", channels.name),
        ),
    )
    arguments = f"&{place.name}", place.input(0), place.output(), place.scratch()
    return [Call("depthwise_conv_2d.c", "mi_depthwise_conv_2d", arguments, (channels, parameters))]


def _gathered(g: Conv2DGeometry | DepthwiseConv2DGeometry, groups: int, depth: int) -> Counts:
    """Patches, one a pixel and group: columns are looked at once a patch, then rows are copied or filled.

    A row of neighbouring pixels is one copy; the taps of a group or of a dilated window are one each.
    """
    vertical, horizontal = g.vertical, g.horizontal
    columns = horizontal.inside
    every = g.batch * groups
    patches = every * g.output_h * g.output_w
    rows = patches * g.kernel_h
    copied = every * vertical.inside * columns * depth
    dense = groups == 1 and g.dilation_w == 1
    first, last = horizontal.reached(g.kernel_w - 1), horizontal.reached(0)
    with_columns = max(0, last.stop - first.start)
    runs = every * vertical.output * g.kernel_h * (with_columns if dense else columns)
    before = every * g.output_h * horizontal.before
    after = every * g.output_h * horizontal.after
    return {
        "call": 1,
        "output_rows": g.batch * g.output_h,
        "pixels": g.batch * g.output_h * g.output_w,
        "patches": patches,
        "columns": every * g.output_h * g.output_w * g.kernel_w,
        "columns_before": before,
        "columns_after": after,
        "rows": rows,
        "runs": runs,
        "bytes_copied": copied,
        "bytes_filled": rows * g.kernel_w * depth - copied,
    }


def conv_2d_counts(g: Conv2DGeometry, seen: Observed) -> Counts:
    outputs = g.batch * g.output_h * g.output_w * g.output_c
    taps = g.kernel_h * g.kernel_w * g.filter_c
    return {**_gathered(g, g.groups, g.filter_c), **dot(outputs, taps)}


def depthwise_conv_2d_counts(g: DepthwiseConv2DGeometry, seen: Observed) -> Counts:
    pixels = g.batch * g.output_h * g.output_w
    outputs = pixels * g.output_c
    return {
        **_gathered(g, 1, g.input_c),
        "input_channels": pixels * g.input_c,
        "outputs": outputs,
        "macs": outputs * g.kernel_h * g.kernel_w,
    }


def conv_2d_scratch(geometry: Conv2DGeometry, core: Core) -> tuple[int, ...]:
    """A patch; other numbers than bytes are taken from where they lie."""
    if geometry.dtype != "int8":
        return ()
    return (geometry.kernel_h * geometry.kernel_w * geometry.filter_c,)


def depthwise_conv_2d_scratch(geometry: DepthwiseConv2DGeometry, core: Core) -> tuple[int, ...]:
    if geometry.dtype != "int8":
        return ()
    return (geometry.kernel_h * geometry.kernel_w * geometry.input_c,)


CONV_2D = Kernel(
    variant=kernel_of,
    counts=conv_2d_counts,
    inner=MappingProxyType(
        {"bare_c_float32": Inner(conv_2d_float_counts), "bare_c_int16": Inner(conv_2d_int16_counts)}
    ),
    scratch=conv_2d_scratch,
    functions=by_dtype("mi_conv_2d"),
    traffic=every_mac_traffic,
    lower=lower_conv_2d,
)

DEPTHWISE_CONV_2D = Kernel(
    variant=kernel_of,
    counts=depthwise_conv_2d_counts,
    inner=MappingProxyType(
        {
            "bare_c_float32": Inner(depthwise_conv_2d_float_counts),
            "bare_c_int16": Inner(depthwise_conv_2d_int16_counts),
        }
    ),
    scratch=depthwise_conv_2d_scratch,
    functions=by_dtype("mi_depthwise_conv_2d"),
    traffic=every_mac_out_of_order_traffic,
    lower=lower_depthwise_conv_2d,
)
