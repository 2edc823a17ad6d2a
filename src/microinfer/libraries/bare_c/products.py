"""The fully connected layer in C."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from ...operators.fully_connected import FullyConnectedGeometry
from ...operators.quantization import activation_range, product_multiplier
from ...operators.requantization import Requantization, per_channel_requantization
from ..kernel import Inner, Kernel
from ..tflm_reference.products import fully_connected_traffic
from .c_source import Parameters
from .call import Call, unsupported
from .float_layers import by_dtype, fully_connected_float_counts, kernel_of, lower_fully_connected_float
from .int16_layers import fully_connected_int16_counts, lower_fully_connected_int16
from .loop_counts import dot
from .parameters import channel_bytes, clamp_fields, expect, int8_weights

if TYPE_CHECKING:
    from ..kernel import Counts, Observed
    from .call import Place


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


def lower_fully_connected(place: Place) -> Sequence[Call]:
    g: FullyConnectedGeometry = expect(place, FullyConnectedGeometry, "float32", "int16")
    if g.dtype == "float32":
        return lower_fully_connected_float(place, g)
    node = place.node
    weights, bias = int8_weights(place)
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
    if g.dtype == "int16":
        return lower_fully_connected_int16(place, g, centred.astype(np.int8), scaling)
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


def fully_connected_counts(g: FullyConnectedGeometry, seen: Observed) -> Counts:
    return {"call": 1, "rows": g.batch, **dot(g.batch * g.output_depth, g.input_depth)}


FULLY_CONNECTED = Kernel(
    variant=kernel_of,
    counts=fully_connected_counts,
    inner=MappingProxyType(
        {
            "bare_c_float32": Inner(fully_connected_float_counts),
            "bare_c_int16": Inner(fully_connected_int16_counts),
        }
    ),
    functions=by_dtype("mi_fully_connected"),
    traffic=fully_connected_traffic,
    lower=lower_fully_connected,
)
