"""Layers of real numbers in C: weights and biases in flash as they are, sums in TFLM's order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...operators.conv_2d import Conv2DGeometry
from ...operators.depthwise_conv_2d import DepthwiseConv2DGeometry
from ...operators.float_layers import float_range
from ...operators.fully_connected import FullyConnectedGeometry
from ..templates import typed
from .c_source import ByteArray, Parameters, float_literal
from .call import Call
from .parameters import Field, window_fields

if TYPE_CHECKING:
    from ..kernel import Counts, Observed
    from ..target import Core
    from .call import Place

__all__ = [
    "bounds_fields",
    "by_dtype",
    "conv_2d_float_counts",
    "depthwise_conv_2d_float_counts",
    "fully_connected_float_counts",
    "kernel_of",
    "lower_conv_2d_float",
    "lower_depthwise_conv_2d_float",
    "lower_fully_connected_float",
]


TWINS = {"float32": "_float", "int16": "_int16"}


def kernel_of(geometry: Any, core: Core) -> str:
    """int8 goes without saying."""
    return typed("bare_c", geometry.dtype)


def by_dtype(function: str) -> Callable[[Any], tuple[str, ...]]:
    """The function of int8, or its twin for other numbers."""

    def called(geometry: Any) -> tuple[str, ...]:
        return (function + TWINS.get(geometry.dtype, ""),)

    return called


def _channels(place: Place, outputs: int, taps: NDArray[Any] | None = None) -> ByteArray:
    """`taps` of each output where they do not lie one after the other."""
    weights = place.node.constant_input(1).reshape(outputs, -1) if taps is None else taps
    given = place.node.optional_input(2)
    biases = np.zeros(outputs) if given is None else place.node.constant_input(2).reshape(-1)
    rows = np.column_stack([biases, weights]).astype("<f4")
    return ByteArray(
        f"{place.name}_channels",
        tuple((row.tobytes(), f"channel {channel}") for channel, row in enumerate(rows)),
    )


def bounds_fields(place: Place) -> list[Field]:
    low, high = float_range(place.node)
    return [
        ("bounds.low", "float", float_literal(low)),
        ("bounds.high", "float", float_literal(high)),
    ]


def lower_fully_connected_float(place: Place, g: FullyConnectedGeometry) -> Sequence[Call]:
    channels = _channels(place, g.output_depth)
    parameters = Parameters(
        "mi_fully_connected_float_parameters",
        place.name,
        (
            ("batch", "uint16_t", g.batch),
            ("inputs", "uint16_t", g.input_depth),
            ("outputs", "uint16_t", g.output_depth),
            *bounds_fields(place),
            ("channels", "pointer", channels.name),
        ),
    )
    arguments = f"&{place.name}", place.input(0), place.output()
    return [Call("fully_connected_float.c", "mi_fully_connected_float", arguments, (channels, parameters))]


def lower_conv_2d_float(place: Place, g: Conv2DGeometry) -> Sequence[Call]:
    channels = _channels(place, g.output_c)
    parameters = Parameters(
        "mi_conv_2d_float_parameters",
        place.name,
        (
            *window_fields(g, g.input_c, (g.dilation_h, g.dilation_w)),
            ("groups", "uint16_t", g.groups),
            ("filter_c", "uint16_t", g.filter_c),
            ("group_outputs", "uint16_t", g.output_c // g.groups),
            *bounds_fields(place),
            ("channels", "pointer", channels.name),
        ),
    )
    arguments = f"&{place.name}", place.input(0), place.output()
    return [Call("conv_2d_float.c", "mi_conv_2d_float", arguments, (channels, parameters))]


def lower_depthwise_conv_2d_float(place: Place, g: DepthwiseConv2DGeometry) -> Sequence[Call]:
    taps: NDArray[Any] = place.node.constant_input(1).reshape(-1, g.output_c).T
    channels = _channels(place, g.output_c, taps)
    parameters = Parameters(
        "mi_depthwise_conv_2d_float_parameters",
        place.name,
        (
            *window_fields(g, g.input_c, (g.dilation_h, g.dilation_w)),
            ("multiplier", "uint16_t", g.depth_multiplier),
            *bounds_fields(place),
            ("channels", "pointer", channels.name),
        ),
    )
    arguments = f"&{place.name}", place.input(0), place.output()
    return [Call("real_windows.c", "mi_depthwise_conv_2d_float", arguments, (channels, parameters))]


def depthwise_conv_2d_float_counts(g: DepthwiseConv2DGeometry, seen: Observed) -> Counts:
    outputs = g.batch * g.output_h * g.output_w * g.output_c
    taps = outputs * g.kernel_h * g.kernel_w
    return {
        "call": 1,
        "pixels": g.batch * g.output_h * g.output_w,
        "outputs": outputs,
        "kernel_rows": outputs * g.kernel_h,
        "taps": taps,
        "macs": g.macs_executed,
    }


def fully_connected_float_counts(g: FullyConnectedGeometry, seen: Observed) -> Counts:
    return {"call": 1, "rows": g.batch, "outputs": g.batch * g.output_depth, "macs": g.macs}


def conv_2d_float_counts(g: Conv2DGeometry, seen: Observed) -> Counts:
    """Taps outside the image are looked at, and step over their weights."""
    outputs = g.batch * g.output_h * g.output_w * g.output_c
    inside = g.batch * g.vertical.inside * g.horizontal.inside * g.output_c
    return {
        "call": 1,
        "pixels": g.batch * g.output_h * g.output_w,
        "outputs": outputs,
        "kernel_rows": outputs * g.kernel_h,
        "taps_inside": inside,
        "taps_outside": outputs * g.kernel_h * g.kernel_w - inside,
        "macs": g.macs_executed,
    }
