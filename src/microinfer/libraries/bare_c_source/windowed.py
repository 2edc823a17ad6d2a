"""CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED and the pools as calls of C kernels.

A channel's data are one run of bytes in flash, in the order in which the kernel reads them: the bias,
from which zero point times the sum of weights has been taken, the weights, and how to requantise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...operators.average_pool_2d import PoolGeometry, prepare_pool
from ...operators.conv_2d import Conv2DGeometry
from ...operators.depthwise_conv_2d import DepthwiseConv2DGeometry
from ...operators.fully_connected import FullyConnectedGeometry
from ...operators.quantization import activation_range, product_multiplier
from ...operators.spec import Geometry
from ...operators.window import Requantization, per_channel_requantization, unpacked
from .c_source import ByteArray, Parameters, int32_bytes
from .call import Call, Place, unsupported
from .records import requantisation_record

__all__ = ["WINDOWED"]

Field = tuple[str, str, "int | str | Sequence[int]"]


def _expect(place: Place, kind: type[Geometry]) -> Any:
    if not isinstance(place.step.geometry, kind):
        raise unsupported(place.step, "is an operator of the user's own, for which bare-c has no kernel")
    return place.step.geometry


def clamp_fields(scaling: Requantization) -> list[Field]:
    return [
        ("clamp.low", "int16_t", scaling.low - scaling.output_zero_point),
        ("clamp.high", "int16_t", scaling.high - scaling.output_zero_point),
        ("clamp.zero_point", "int8_t", scaling.output_zero_point),
    ]


def _window_fields(g: Any, channels: int, dilation: tuple[int, int] = (1, 1)) -> list[Field]:
    values = {
        "batch": g.batch,
        "input_h": g.input_h,
        "input_w": g.input_w,
        "input_c": channels,
        "output_h": g.output_h,
        "output_w": g.output_w,
        "kernel_h": g.kernel_h,
        "kernel_w": g.kernel_w,
        "stride_h": g.stride_h,
        "stride_w": g.stride_w,
        "dilation_h": dilation[0],
        "dilation_w": dilation[1],
        "pad_h": g.pad_h,
        "pad_w": g.pad_w,
    }
    kinds = {"pad_h": "int16_t", "pad_w": "int16_t"}
    return [(f"window.{name}", kinds.get(name, "uint16_t"), value) for name, value in values.items()]


def _weights(place: Place) -> tuple[NDArray[np.int8], NDArray[np.int64] | None]:
    """Weights as int8 in their own shape, and the bias."""
    tensor = place.node.input(1)
    stored = place.node.constant_input(1)
    weights = unpacked(stored, tensor)
    bias = place.node.optional_input(2)
    if bias is None:
        return weights, None
    return weights, place.node.constant_input(2).astype(np.int64).reshape(-1)


def channel_bytes(
    name: str, weights: NDArray[np.int8], bias: NDArray[np.int64] | None, scaling: Requantization
) -> ByteArray:
    """`weights`: channels x taps."""
    sums = weights.astype(np.int64).sum(axis=1)
    rows = []
    for channel in range(len(weights)):
        start = 0 if bias is None else int(bias[channel])
        record = requantisation_record(int(scaling.multipliers[channel]), int(scaling.shifts[channel]))
        folded = start - scaling.input_zero_point * int(sums[channel])
        rows.append((int32_bytes(folded) + weights[channel].tobytes() + record, f"channel {channel}"))
    return ByteArray(name, tuple(rows))


def _conv_2d(place: Place) -> Sequence[Call]:
    g: Conv2DGeometry = _expect(place, Conv2DGeometry)
    node = place.node
    weights, bias = _weights(place)
    scaling = per_channel_requantization(node, node.input(0), node.input(1), node.output(0), g.output_c)
    channels = channel_bytes(f"{place.name}_channels", weights.reshape(g.output_c, -1), bias, scaling)
    parameters = Parameters(
        "mi_conv_2d_parameters",
        place.name,
        (
            *_window_fields(g, g.input_c, (g.dilation_h, g.dilation_w)),
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


def _depthwise_conv_2d(place: Place) -> Sequence[Call]:
    g: DepthwiseConv2DGeometry = _expect(place, DepthwiseConv2DGeometry)
    node = place.node
    weights, bias = _weights(place)
    scaling = per_channel_requantization(node, node.input(0), node.input(1), node.output(0), g.output_c)
    taps = np.ascontiguousarray(weights.reshape(-1, g.output_c).T)
    channels = channel_bytes(f"{place.name}_channels", taps, bias, scaling)
    parameters = Parameters(
        "mi_depthwise_conv_2d_parameters",
        place.name,
        (
            *_window_fields(g, g.input_c, (g.dilation_h, g.dilation_w)),
            ("multiplier", "uint16_t", g.depth_multiplier),
            ("input_zero_point", "int8_t", scaling.input_zero_point),
            *clamp_fields(scaling),
            ("channels", "pointer", channels.name),
        ),
    )
    arguments = f"&{place.name}", place.input(0), place.output(), place.scratch()
    return [Call("depthwise_conv_2d.c", "mi_depthwise_conv_2d", arguments, (channels, parameters))]


def _fully_connected_scaling(place: Place, g: FullyConnectedGeometry) -> Requantization:
    node = place.node
    source, weights, target = node.input(0), node.input(1), node.output(0)
    if g.per_channel:
        return per_channel_requantization(node, source, weights, target, g.output_depth)
    low, high = activation_range(node.options["fused_activation_function"], target)
    multiplier, shift = product_multiplier(source, weights, node.optional_input(2), target, node.release.real)
    return Requantization(
        source.zero_point,
        target.zero_point,
        low,
        high,
        np.full(g.output_depth, multiplier, np.int32),
        np.full(g.output_depth, shift, np.int32),
    )


def _fully_connected(place: Place) -> Sequence[Call]:
    g: FullyConnectedGeometry = _expect(place, FullyConnectedGeometry)
    node = place.node
    weights, bias = _weights(place)
    scaling = _fully_connected_scaling(place, g)
    centred = weights.astype(np.int16)
    if not g.per_channel:
        centred = centred - np.int16(node.input(1).zero_point)
    if centred.min() < -128 or centred.max() > 127:
        raise unsupported(
            place.step,
            f"has weights with zero point {node.input(1).zero_point}, less which they do not fit int8; "
            "symmetric weights, as the converter makes them, do",
        )
    channels = channel_bytes(f"{place.name}_channels", centred.astype(np.int8), bias, scaling)
    parameters = Parameters(
        "mi_fully_connected_parameters",
        place.name,
        (
            ("batch", "uint16_t", g.batch),
            ("inputs", "uint16_t", g.input_depth),
            ("outputs", "uint16_t", g.output_depth),
            *clamp_fields(scaling),
            ("channels", "pointer", channels.name),
        ),
    )
    arguments = f"&{place.name}", place.input(0), place.output()
    return [Call("fully_connected.c", "mi_fully_connected", arguments, (channels, parameters))]


def _pool(function: str) -> Any:
    def lower(place: Place) -> Sequence[Call]:
        g: PoolGeometry = _expect(place, PoolGeometry)
        low, high = prepare_pool(place.node)[1]
        parameters = Parameters(
            "mi_pool_parameters",
            place.name,
            (*_window_fields(g, g.channels), ("low", "int8_t", low), ("high", "int8_t", high)),
        )
        arguments = f"&{place.name}", place.input(0), place.output()
        return [Call("pooling.c", function, arguments, (parameters,))]

    return lower


WINDOWED = {
    "AVERAGE_POOL_2D": _pool("mi_average_pool_2d"),
    "CONV_2D": _conv_2d,
    "DEPTHWISE_CONV_2D": _depthwise_conv_2d,
    "FULLY_CONNECTED": _fully_connected,
    "MAX_POOL_2D": _pool("mi_max_pool_2d"),
}
