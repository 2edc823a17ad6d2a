"""ADD, SUB, MUL, MAXIMUM, MINIMUM, SOFTMAX, activations and quantisation as calls of C kernels.

Functions of one int8 become tables: the operator itself is run over its 256 inputs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...model.tables import Tensor
from ...operators.add import BinaryGeometry, sum_parameters
from ...operators.quantization import activation_range, quantize_multiplier
from ...operators.resolver import OpResolver
from ...operators.softmax import SoftmaxGeometry
from ...operators.spec import Node
from ..loops import BROADCAST_LOOPS, broadcast_loops, nested
from .c_source import ByteArray, Parameters, float_literal
from .call import Call, Constant, Lower, Place, unsupported
from .records import requantisation_record

__all__ = ["ELEMENTWISE"]


_MOST_TABLES = 1024
_TABLES: dict[tuple[Any, ...], NDArray[Any]] = {}
CLIPS = ("RELU", "RELU6")
"""A clamp, where input and output have the same scale."""


def table_of(place: Place) -> NDArray[Any]:
    """What the operator makes of -128 to 127. Operators that are alike share one."""
    node = place.node
    source, target = node.input(0), node.output(0)
    quantized = (source.scale, source.zero_point, target.dtype, target.scale, target.zero_point)
    key = (place.step.name, *quantized, repr(sorted(node.options.items())), node.release)
    if key not in _TABLES:
        if len(_TABLES) >= _MOST_TABLES:
            _TABLES.clear()
        _TABLES[key] = _made(node)
        _TABLES[key].setflags(write=False)
    return _TABLES[key]


def _made(node: Node) -> NDArray[Any]:
    values = np.arange(-128, 128, dtype=np.int8).reshape(1, 256)

    def row(tensor: Tensor) -> Tensor:
        return dataclasses.replace(tensor, shape=(1, 256), shape_signature=(1, 256), data=None)

    whole = Node(node.operator, (row(node.input(0)),), (row(node.output(0)),), node.release)
    result = np.zeros((1, 256), node.output(0).dtype)
    OpResolver.builtin().find(node.operator)(whole).bind([values], [result])()
    return result.reshape(-1)


def _lookup(place: Place) -> Sequence[Call]:
    source, target = place.node.input(0), place.node.output(0)
    if (source.dtype, target.dtype) != ("int8", "int8"):
        raise unsupported(place.step, f"from {source.dtype} to {target.dtype} has no kernel in bare-c")
    table = table_of(place)
    data = place.input(0), place.output()
    if place.step.name in CLIPS and not getattr(place.step.geometry, "rescales", True):
        low, high = int(table.min()), int(table.max())
        if np.array_equal(table, np.clip(np.arange(-128, 128), low, high)):
            return [Call("activations.c", "mi_clip", (str(low), str(high), str(source.elements), *data))]
    values = ByteArray(f"{place.name}_table", ((table.tobytes(), ""),))
    arguments = values.name, str(source.elements), *data
    return [Call("activations.c", "mi_lookup", arguments, (values,))]


def _quantize(place: Place) -> Sequence[Call]:
    source, target = place.node.input(0), place.node.output(0)
    if (source.dtype, target.dtype) == ("int8", "int8"):
        return _lookup(place)
    pair = f"{source.dtype}_{target.dtype}"
    if source.dtype == "float32" and target.dtype in ("int8", "int16"):
        return [_affine(place, f"mi_quantize_{target.dtype}", target, source.elements)]
    if pair not in ("int16_int8", "int8_int16", "int16_int16"):
        raise unsupported(place.step, f"from {source.dtype} to {target.dtype} has no kernel in bare-c")
    multiplier, shift = quantize_multiplier(source.scale / target.scale)
    parameters = Parameters(
        "mi_requantize_parameters",
        place.name,
        (
            ("count", "uint16_t", source.elements),
            ("input_zero_point", "int32_t", source.zero_point),
            ("output_zero_point", "int32_t", target.zero_point),
            ("multiplier", "int32_t", multiplier),
            ("shift", "int8_t", shift),
        ),
    )
    arguments = f"&{place.name}", place.input(0), place.output()
    return [Call("quantize.c", f"mi_requantize_{pair}", arguments, (parameters,))]


def _dequantize(place: Place) -> Sequence[Call]:
    source = place.node.input(0)
    if source.dtype not in ("int8", "int16"):
        raise unsupported(place.step, f"from {source.dtype} has no kernel in bare-c")
    return [_affine(place, f"mi_dequantize_{source.dtype}", source, source.elements)]


def _affine(place: Place, function: str, quantized: Tensor, count: int) -> Call:
    parameters = Parameters(
        "mi_quantize_parameters",
        place.name,
        (
            ("count", "uint16_t", count),
            ("zero_point", "int16_t", quantized.zero_point),
            ("scale", "float", float_literal(quantized.scale)),
        ),
    )
    return Call("quantize.c", function, (f"&{place.name}", place.input(0), place.output()), (parameters,))


def _softmax(place: Place) -> Sequence[Call]:
    from ...kernels import softmax as kernels
    from ...operators.softmax import INTEGER_BITS, LARGEST_MULTIPLIER, _multiplier

    g = place.step.geometry
    assert isinstance(g, SoftmaxGeometry)
    source, target = place.node.input(0), place.node.output(0)
    beta = place.node.options["beta"]
    factor = min(beta * source.scale * (1 << (31 - INTEGER_BITS)), LARGEST_MULTIPLIER)
    multiplier, shift = _multiplier(factor, "")
    values = kernels.exponentials(multiplier, shift, g.diff_min)
    steps = min(-g.diff_min, 255) + 1
    table = ByteArray(f"{place.name}_exponentials", ((values[:steps].astype("<i4").tobytes(), ""),))
    parameters = Parameters(
        "mi_softmax_parameters",
        place.name,
        (
            ("rows", "uint16_t", g.rows),
            ("depth", "uint16_t", g.depth),
            ("steps", "uint16_t", steps),
            ("exponentials", "pointer", table.name),
        ),
    )
    function = "mi_softmax" if target.dtype == "int8" else "mi_softmax_int16"
    arguments = f"&{place.name}", place.input(0), place.output()
    return [Call("softmax.c", function, arguments, (table, parameters))]


def _operands(place: Place) -> tuple[list[Any], list[str], list[Constant]]:
    """Fields of mi_broadcast, C expressions of both inputs, and the constants among them."""
    g = place.step.geometry
    assert isinstance(g, BinaryGeometry)
    if g.dtype != "int8":
        raise unsupported(place.step, f"of {g.dtype} has no kernel in bare-c")
    loops: list[tuple[int, ...]] = list(broadcast_loops(g))
    if len(loops) > BROADCAST_LOOPS:
        raise unsupported(place.step, f"broadcasts in {len(loops)} loops, bare-c has {BROADCAST_LOOPS}")
    outer = len(loops) - 1
    loops = nested(loops, BROADCAST_LOOPS)
    constants: list[Constant] = []
    expressions = []
    for position in (0, 1):
        tensor = place.node.input(position)
        if tensor.data is None:
            expressions.append(place.at(tensor))
        else:
            constants.append(ByteArray(f"{place.name}_input_{position + 1}", ((tensor.data.tobytes(), ""),)))
            expressions.append(f"(const int8_t *){constants[-1].name}")
    fields = [
        ("size", "uint16_t", [loop[0] for loop in loops]),
        ("stride_1", "uint16_t", [loop[1] for loop in loops]),
        ("stride_2", "uint16_t", [loop[2] for loop in loops]),
        ("outer", "uint8_t", outer),
        ("constant_1", "uint8_t", int(place.node.input(0).data is not None)),
        ("constant_2", "uint8_t", int(place.node.input(1).data is not None)),
    ]
    return fields, expressions, constants


def _clamp(low: int, high: int, zero_point: int) -> list[Any]:
    return [
        ("clamp.low", "int16_t", low - zero_point),
        ("clamp.high", "int16_t", high - zero_point),
        ("clamp.zero_point", "int8_t", zero_point),
    ]


def _addend(name: str, zero_point: int, multiplier: int, down: int) -> list[Any] | None:
    """Fields of mi_addend for a factor of multiplier x 2^(-31 - down); None where it is out of its range.

    A factor of exactly one half would be shifted by no bits; it is taken as of twice the input, and one bit.
    """
    half = (multiplier, down) == (1 << 30, 0)
    if half:
        down = 1
    if not 1 <= down <= 8:
        return None
    return [
        (f"{name}.zero_point", "int16_t", zero_point),
        (f"{name}.twice", "uint32_t", multiplier << 1),
        (f"{name}.power", "uint8_t", 1 << (8 - down)),
        (f"{name}.unit", "uint8_t", 32 if half else 16),
    ]


def _sum(subtract: bool) -> Lower:
    def lower(place: Place) -> Sequence[Call]:
        shape, inputs, constants = _operands(place)
        real = place.node.release.real if subtract else np.float64
        _, left_shift, *packed, low, high = sum_parameters(place.node, real, -1 if subtract else 1)
        assert left_shift == 20
        zero_1, multiplier_1, down_1, zero_2, multiplier_2, down_2, zero, multiplier, down = packed
        loops = [(f"shape.{name}", kind, value) for name, kind, value in shape]
        first = _addend("addend_1", zero_1, multiplier_1, down_1)
        second = _addend("addend_2", zero_2, multiplier_2, down_2)
        arguments = f"&{place.name}", *inputs, place.output()
        if first is not None and second is not None and 18 <= down <= 33:
            fields = [
                *loops,
                *first,
                *second,
                ("subtract", "uint8_t", int(subtract)),
                ("multiplier", "int32_t", multiplier),
                ("power", "uint16_t", 1 << (33 - down)),
                *_clamp(low, high, zero),
            ]
            parameters = Parameters("mi_add_parameters", place.name, tuple(fields))
            return [Call("arithmetic.c", "mi_add", arguments, (*constants, parameters))]
        fields = [
            *loops,
            ("zero_point_1", "int16_t", zero_1),
            ("zero_point_2", "int16_t", zero_2),
            ("multiplier_1", "int32_t", multiplier_1),
            ("multiplier_2", "int32_t", multiplier_2),
            ("multiplier_out", "int32_t", multiplier),
            ("shift_1", "int8_t", -down_1),
            ("shift_2", "int8_t", -down_2),
            ("shift_out", "int8_t", -down),
            ("subtract", "uint8_t", int(subtract)),
            *_clamp(low, high, zero),
        ]
        parameters = Parameters("mi_add_any_parameters", place.name, tuple(fields))
        return [Call("arithmetic.c", "mi_add_any", arguments, (*constants, parameters))]

    return lower


def _mul(place: Place) -> Sequence[Call]:
    shape, inputs, constants = _operands(place)
    node = place.node
    first, second, target = node.input(0), node.input(1), node.output(0)
    multiplier, shift = quantize_multiplier(first.scale * second.scale / target.scale)
    low, high = activation_range(node.options["fused_activation_function"], target)
    record = ByteArray(f"{place.name}_record", ((requantisation_record(multiplier, shift), ""),))
    parameters = Parameters(
        "mi_mul_parameters",
        place.name,
        (
            *((f"shape.{name}", kind, value) for name, kind, value in shape),
            ("zero_point_1", "int16_t", first.zero_point),
            ("zero_point_2", "int16_t", second.zero_point),
            *_clamp(low, high, target.zero_point),
            ("record", "pointer", record.name),
        ),
    )
    arguments = f"&{place.name}", *inputs, place.output()
    return [Call("arithmetic.c", "mi_mul", arguments, (*constants, record, parameters))]


def _extremum(function: str) -> Lower:
    def lower(place: Place) -> Sequence[Call]:
        shape, inputs, constants = _operands(place)
        parameters = Parameters("mi_broadcast", place.name, tuple(shape))
        arguments = f"&{place.name}", *inputs, place.output()
        return [Call("arithmetic.c", function, arguments, (*constants, parameters))]

    return lower


ELEMENTWISE: dict[str, Lower] = {
    "ADD": _sum(subtract=False),
    "DEQUANTIZE": _dequantize,
    "HARD_SWISH": _lookup,
    "LEAKY_RELU": _lookup,
    "LOGISTIC": _lookup,
    "MAXIMUM": _extremum("mi_maximum"),
    "MINIMUM": _extremum("mi_minimum"),
    "MUL": _mul,
    "QUANTIZE": _quantize,
    "RELU": _lookup,
    "RELU6": _lookup,
    "SOFTMAX": _softmax,
    "SUB": _sum(subtract=True),
    "TANH": _lookup,
}
