"""Layers that keep a state, in C.

What they remember lies behind the activations, and starts as zeros, as every array of a C program does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...model.schema import ACTIVATIONS
from ...operators.svdf import SvdfGeometry, svdf_multipliers
from ...operators.unidirectional_sequence_lstm import (
    BIASES,
    CELL,
    HIDDEN,
    RECURRENT,
    WEIGHTS,
    LstmGeometry,
)
from ..kernel import Kernel
from ..tflm_reference.recurrent import lstm_counts, lstm_traffic, svdf_traffic
from ..tflm_reference.recurrent import svdf_counts as counted
from .c_source import ByteArray, Parameters, float_literal
from .call import Call, unsupported
from .float_layers import kernel_of
from .integer_lstm import lower_integer_lstm, lstm_functions

if TYPE_CHECKING:
    from ...operators.spec import Geometry
    from ..kernel import Counts, Observed
    from .call import Place

__all__ = ["SVDF", "UNIDIRECTIONAL_SEQUENCE_LSTM"]

KNOWN = ("NONE", "RELU", "RELU_N1_TO_1", "RELU6")


def _real(place: Place, kind: type[Geometry]) -> Any:
    geometry = place.step.geometry
    if not isinstance(geometry, kind):
        raise unsupported(place.step, "is an operator of the user's own, for which bare-c has no kernel")
    if (dtype := getattr(geometry, "dtype", "")) != "float32":
        raise unsupported(place.step, f"of {dtype} has no kernel in bare-c, which has one of float32")
    return geometry


def _stored(numbers: Any) -> bytes:
    """Low bytes first."""
    return np.asarray(numbers, numbers.dtype.newbyteorder("<")).tobytes()


def _svdf_weights(place: Place, g: SvdfGeometry) -> ByteArray:
    """The features of each filter, then of each unit the bias and what weighs its past."""
    features, times, biases = (place.node.constant_input(position) for position in (1, 2, 3))
    rows = [(_stored(row), f"features of filter {f}") for f, row in enumerate(features)]
    for unit, bias in enumerate(biases.reshape(-1)):
        part = times[unit * g.rank : (unit + 1) * g.rank]
        rows.append((_stored(bias) + _stored(part), f"unit {unit}"))
    return ByteArray(f"{place.name}_weights", tuple(rows))


def _svdf_sizes(g: SvdfGeometry) -> tuple[tuple[str, str, int], ...]:
    sizes = {"batch": g.batch, "inputs": g.input_size, "units": g.units, "rank": g.rank, "memory": g.memory}
    return tuple((name, "uint16_t", size) for name, size in sizes.items())


def lower_svdf(place: Place) -> Sequence[Call]:
    found = place.step.geometry
    if isinstance(found, SvdfGeometry) and found.dtype == "int8":
        return lower_svdf_of_bytes(place, found)
    g: SvdfGeometry = _real(place, SvdfGeometry)
    node = place.node
    found = node.options["fused_activation_function"]
    activation = str(dict(enumerate(ACTIVATIONS)).get(found, found))
    if activation not in KNOWN:
        raise unsupported(place.step, f"has the activation {activation}; bare-c has {', '.join(KNOWN)}")
    weights = _svdf_weights(place, g)
    parameters = Parameters(
        "mi_svdf_float_parameters",
        place.name,
        (
            *_svdf_sizes(g),
            ("activation", "uint8_t", ACTIVATIONS.index(activation)),
            ("weights", "pointer", weights.name),
        ),
    )
    arguments = f"&{place.name}", place.input(0), place.input(4), place.output()
    return [Call("svdf_float.c", "mi_svdf_float", arguments, (weights, parameters))]


def lower_svdf_of_bytes(place: Place, g: SvdfGeometry) -> Sequence[Call]:
    """Of int8 with a state of int16 or int8; TFLM ignores an activation there."""
    node = place.node
    weights = _svdf_weights(place, g)
    source, state, target = node.input(0), node.input(4), node.output(0)
    (multiplier_1, shift_1), (multiplier_2, shift_2) = svdf_multipliers(node)
    parameters = Parameters(
        "mi_svdf_parameters",
        place.name,
        (
            *_svdf_sizes(g),
            ("input_zero_point", "int8_t", source.zero_point),
            ("output_zero_point", "int8_t", target.zero_point),
            ("state_zero_point", "int16_t", state.zero_point),
            ("multiplier_1", "int32_t", multiplier_1),
            ("multiplier_2", "int32_t", multiplier_2),
            ("shift_1", "int8_t", shift_1),
            ("shift_2", "int8_t", shift_2),
            ("weights", "pointer", weights.name),
        ),
    )
    arguments = f"&{place.name}", place.input(0), place.input(4), place.output()
    return [Call("svdf.c", svdf_functions(g)[0], arguments, (weights, parameters))]


def svdf_counts(g: SvdfGeometry, seen: Observed) -> Counts:
    """Weights and state of one byte or two have loops of their own."""
    counts = counted(g, seen)
    if g.state_dtype != "int8":
        return counts
    return {event: times for event, times in counts.items() if event not in ("time_macs", "units")} | {
        "byte_time_macs": counts["time_macs"],
        "byte_units": counts["units"],
    }


def svdf_functions(g: SvdfGeometry) -> tuple[str, ...]:
    return (f"mi_svdf_{g.state_dtype}" if g.dtype == "int8" else "mi_svdf_float",)


def lower_lstm(place: Place) -> Sequence[Call]:
    found = place.step.geometry
    if isinstance(found, LstmGeometry) and found.dtype != "float32":
        return lower_integer_lstm(place, found)
    g: LstmGeometry = _real(place, LstmGeometry)
    node = place.node

    def gates(positions: range) -> list[NDArray[Any]]:
        return [node.constant_input(position) for position in positions]

    parts = list(zip(gates(BIASES), gates(WEIGHTS), gates(RECURRENT), strict=True))
    rows = tuple(
        (b"".join(_stored(part[unit]) for gate in parts for part in gate), f"unit {unit}")
        for unit in range(g.units)
    )
    weights = ByteArray(f"{place.name}_weights", rows)
    clip = max(float(node.options["cell_clip"]), 0.0)
    strides = (g.batch, 1) if g.time_major else (1, g.time)
    parameters = Parameters(
        "mi_lstm_float_parameters",
        place.name,
        (
            ("batch", "uint16_t", g.batch),
            ("time", "uint16_t", g.time),
            ("inputs", "uint16_t", g.input_size),
            ("units", "uint16_t", g.units),
            ("time_stride", "uint16_t", strides[0]),
            ("batch_stride", "uint16_t", strides[1]),
            ("clip.low", "float", float_literal(-clip)),
            ("clip.high", "float", float_literal(clip)),
            ("weights", "pointer", weights.name),
        ),
    )
    arguments = f"&{place.name}", place.input(0), place.input(HIDDEN), place.input(CELL), place.output()
    return [Call("lstm_float.c", "mi_lstm_float", arguments, (weights, parameters))]


SVDF = Kernel(
    variant=kernel_of,
    counts=svdf_counts,
    functions=svdf_functions,
    traffic=svdf_traffic,
    lower=lower_svdf,
)

UNIDIRECTIONAL_SEQUENCE_LSTM = Kernel(
    variant=kernel_of,
    counts=lstm_counts,
    functions=lstm_functions,
    traffic=lstm_traffic,
    lower=lower_lstm,
)
