"""UNIDIRECTIONAL_SEQUENCE_LSTM of int8 and int16 in C, with a cell of int16."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operators.unidirectional_sequence_lstm import (
    BIASES,
    CELL,
    HIDDEN,
    RECURRENT,
    WEIGHTS,
    LstmGeometry,
    integer_factors,
)
from .c_source import ByteArray, Parameters
from .call import Call, unsupported
from .int16_layers import wide_factor
from .parameters import Field

if TYPE_CHECKING:
    from .call import Place

__all__ = ["lower_integer_lstm", "lstm_functions"]


def _weights(place: Place, g: LstmGeometry) -> ByteArray:
    """Of each unit and each of its gates: start and weights of the sum over inputs, then the other."""
    node, size = place.node, 4 if g.dtype == "int8" else 8
    zero_points = node.input(0).zero_point, node.input(HIDDEN).zero_point

    def sum_of(start: int, zero_point: int, taps: Any) -> bytes:
        start -= zero_point * int(taps.astype(np.int64).sum())
        made: bytes = (start & (1 << 8 * size) - 1).to_bytes(size, "little") + taps.tobytes()
        return made

    rows = []
    for unit in range(g.units):
        made = b""
        for bias, fresh, old in zip(BIASES, WEIGHTS, RECURRENT, strict=True):
            begins = int(node.constant_input(bias)[unit]), 0
            taps = (node.constant_input(position)[unit] for position in (fresh, old))
            made += b"".join(map(sum_of, begins, zero_points, taps))
        rows.append((made, f"unit {unit}"))
    return ByteArray(f"{place.name}_weights", tuple(rows))


def lower_integer_lstm(place: Place, g: LstmGeometry) -> Sequence[Call]:
    for position in (*WEIGHTS, *RECURRENT):
        if point := place.node.input(position).zero_point:
            raise unsupported(place.step, f"has weights with zero point {point}, bare-c's have 0")
    factors, (tangent, tangent_shift), clip = integer_factors(place.node)
    pairs = [tuple(pair) for pair in factors.reshape(12, 2)[:11].tolist()]
    if g.dtype == "int16":
        pairs[:8] = [wide_factor(*pair) for pair in pairs[:8]]
    weights = _weights(place, g)
    strides = (g.batch, 1) if g.time_major else (1, g.time)
    sizes = {"batch": g.batch, "time": g.time, "inputs": g.input_size, "units": g.units}
    sizes |= {"time_stride": strides[0], "batch_stride": strides[1]}
    fields: list[Field] = [(name, "uint16_t", size) for name, size in sizes.items()]
    fields += [
        ("multiplier", "int32_t", [multiplier for multiplier, _ in pairs]),
        ("shift", "int8_t", [shift for _, shift in pairs]),
        ("zero_point", "int16_t", place.node.input(HIDDEN).zero_point),
        ("clip", "int16_t", clip),
        ("tangent", "int32_t", tangent),
        ("tangent_shift", "uint8_t", tangent_shift),
        ("weights", "pointer", weights.name),
    ]
    parameters = Parameters("mi_lstm_parameters", place.name, tuple(fields))
    arguments = f"&{place.name}", place.input(0), place.input(HIDDEN), place.input(CELL), place.output()
    return [Call("gates.c", lstm_functions(g)[0], arguments, (weights, parameters))]


def lstm_functions(g: LstmGeometry) -> tuple[str, ...]:
    return ("mi_lstm_float" if g.dtype == "float32" else f"mi_lstm_{g.dtype}",)
