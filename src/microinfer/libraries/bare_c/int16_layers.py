"""Layers and pools of int16 data and int8 weights in C: sums of 64 bits, or of 32 that wrap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...operators.average_pool_2d import PoolGeometry, prepare_pool
from ...operators.conv_2d import Conv2DGeometry
from ...operators.depthwise_conv_2d import DepthwiseConv2DGeometry
from ...operators.fully_connected import FullyConnectedGeometry
from ...operators.requantization import Requantization, per_channel_requantization
from .c_source import ByteArray, Parameters
from .call import Call
from .parameters import Field, int8_weights, window_fields

if TYPE_CHECKING:
    from ..kernel import Counts, Observed
    from .call import Place

__all__ = [
    "CHANNEL_BYTES",
    "conv_2d_int16_counts",
    "depthwise_conv_2d_int16_counts",
    "fully_connected_int16_counts",
    "lower_conv_2d_int16",
    "lower_depthwise_conv_2d_int16",
    "lower_fully_connected_int16",
    "lower_pool_int16",
    "wide_factor",
]

SOURCE = "int16_layers.c"
CHANNEL_BYTES = 13
"""A bias of 64 bits, a factor and a shift."""
LARGEST = 0x7FFF0000
"""A multiplier from here on is the largest of 16 bits."""


def wide_factor(multiplier: int, shift: int) -> tuple[int, int]:
    """What a 64-bit sum is multiplied by, of 16 bits, and how far it is then shifted to the right."""
    return ((multiplier + (1 << 15)) >> 16 if multiplier < LARGEST else 0x7FFF), 15 - shift


def _channels(
    place: Place,
    weights: NDArray[np.int8],
    bias: NDArray[np.int64] | None,
    scaling: Requantization,
    zero: int,
) -> tuple[ByteArray, bool]:
    """`weights`: channels x taps; `zero`: the input's zero point. And whether sums are wide."""
    wide = getattr(place.step.geometry, "accumulator_bits", 64) == 64
    rows = []
    for channel, taps in enumerate(weights):
        start = 0 if bias is None else int(bias[channel])
        start -= zero * int(taps.astype(np.int64).sum())
        factor, shift = int(scaling.multipliers[channel]), int(scaling.shifts[channel])
        if wide:
            factor, shift = wide_factor(factor, shift)
        stored = (start & (1 << 64) - 1).to_bytes(8, "little"), taps.tobytes(), factor.to_bytes(4, "little")
        rows.append((b"".join(stored) + bytes([shift & 0xFF]), f"channel {channel}"))
    return ByteArray(f"{place.name}_channels", tuple(rows)), wide


def _clamp(low: int, high: int, zero_point: int) -> list[Field]:
    fields = ("low", low), ("high", high), ("zero_point", zero_point)
    return [(f"clamp.{name}", "int16_t", int(value)) for name, value in fields]


def _call(place: Place, function: str, fields: Sequence[Field], channels: ByteArray) -> Sequence[Call]:
    stored = *fields, ("channels", "pointer", channels.name)
    parameters = Parameters(f"{function}_parameters", place.name, stored)
    arguments = f"&{place.name}", place.input(0), place.output()
    return [Call(SOURCE, function, arguments, (channels, parameters))]


def lower_conv_2d_int16(place: Place, g: Conv2DGeometry) -> Sequence[Call]:
    node = place.node
    weights, bias = int8_weights(place)
    scaling = per_channel_requantization(node, node.input(0), node.input(1), node.output(0), g.output_c)
    channels, wide = _channels(place, weights.reshape(g.output_c, -1), bias, scaling, 0)
    fields: list[Field] = [
        *window_fields(g, g.input_c, (g.dilation_h, g.dilation_w)),
        ("groups", "uint16_t", g.groups),
        ("filter_c", "uint16_t", g.filter_c),
        ("group_outputs", "uint16_t", g.output_c // g.groups),
        *_clamp(scaling.low, scaling.high, 0),
        ("wide", "uint8_t", int(wide)),
    ]
    return _call(place, "mi_conv_2d_int16", fields, channels)


def lower_depthwise_conv_2d_int16(place: Place, g: DepthwiseConv2DGeometry) -> Sequence[Call]:
    node = place.node
    weights, bias = int8_weights(place)
    scaling = per_channel_requantization(node, node.input(0), node.input(1), node.output(0), g.output_c)
    taps = np.ascontiguousarray(weights.reshape(-1, g.output_c).T)
    channels, _ = _channels(place, taps, bias, scaling, 0)
    fields: list[Field] = [
        *window_fields(g, g.input_c, (g.dilation_h, g.dilation_w)),
        ("multiplier", "uint16_t", g.depth_multiplier),
        *_clamp(scaling.low, scaling.high, 0),
    ]
    return _call(place, "mi_depthwise_conv_2d_int16", fields, channels)


def lower_fully_connected_int16(
    place: Place, g: FullyConnectedGeometry, centred: NDArray[np.int8], scaling: Requantization
) -> Sequence[Call]:
    """`centred`: weights less their zero point."""
    _, bias = int8_weights(place)
    channels, wide = _channels(place, centred, bias, scaling, scaling.input_zero_point)
    fields: list[Field] = [
        ("batch", "uint16_t", g.batch),
        ("inputs", "uint16_t", g.input_depth),
        ("outputs", "uint16_t", g.output_depth),
        *_clamp(scaling.low, scaling.high, scaling.output_zero_point),
        ("wide", "uint8_t", int(wide)),
    ]
    return _call(place, "mi_fully_connected_int16", fields, channels)


def lower_pool_int16(place: Place, g: PoolGeometry, function: str) -> Sequence[Call]:
    low, high = prepare_pool(place.node)[1]
    limits: list[Field] = [("low", "int16_t", int(low)), ("high", "int16_t", int(high))]
    fields = *window_fields(g, g.channels), *limits
    parameters = Parameters("mi_pool_int16_parameters", place.name, fields)
    arguments = f"&{place.name}", place.input(0), place.output()
    return [Call("int16_windows.c", function, arguments, (parameters,))]


def _outputs(g: Any, outputs: int) -> Counts:
    """Sums that are rescaled from 64 bits, and from 32."""
    return {"outputs": outputs, "wide_outputs": outputs * (getattr(g, "accumulator_bits", 64) == 64)}


def conv_2d_int16_counts(g: Conv2DGeometry, seen: Observed) -> Counts:
    outputs = g.batch * g.output_h * g.output_w * g.output_c
    inside = g.batch * g.vertical.inside * g.horizontal.inside * g.output_c
    return {
        "call": 1,
        "pixels": g.batch * g.output_h * g.output_w,
        **_outputs(g, outputs),
        "kernel_rows": outputs * g.kernel_h,
        "taps_inside": inside,
        "taps_outside": outputs * g.kernel_h * g.kernel_w - inside,
        "macs": g.macs_executed,
    }


def depthwise_conv_2d_int16_counts(g: DepthwiseConv2DGeometry, seen: Observed) -> Counts:
    outputs = g.batch * g.output_h * g.output_w * g.output_c
    return {
        "call": 1,
        "pixels": g.batch * g.output_h * g.output_w,
        "outputs": outputs,
        "kernel_rows": outputs * g.kernel_h,
        "taps": outputs * g.kernel_h * g.kernel_w,
        "macs": g.macs_executed,
    }


def fully_connected_int16_counts(g: FullyConnectedGeometry, seen: Observed) -> Counts:
    return {"call": 1, "rows": g.batch, **_outputs(g, g.batch * g.output_depth), "macs": g.macs}
