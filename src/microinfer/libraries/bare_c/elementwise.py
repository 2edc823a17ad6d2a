"""Two operands and one result, in C."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operators.add import BinaryGeometry, sum_parameters
from ...operators.quantization import activation_range, quantize_multiplier
from ..kernel import Kernel
from ..loops import BROADCAST_LOOPS, broadcast_loops, nested
from ..short_factors import short_sum
from .c_source import ByteArray, Parameters
from .call import Call, unsupported
from .loop_counts import odometer, product, rescaled
from .one_kernel import calls, one_kernel
from .records import requantisation_record

if TYPE_CHECKING:
    from ..kernel import Counts, Observed
    from .call import Constant, Lower, Place


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


def lower_sum(subtract: bool) -> Lower:
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


def lower_mul(place: Place) -> Sequence[Call]:
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


def lower_extremum(function: str) -> Lower:
    def lower(place: Place) -> Sequence[Call]:
        shape, inputs, constants = _operands(place)
        parameters = Parameters("mi_broadcast", place.name, tuple(shape))
        arguments = f"&{place.name}", *inputs, place.output()
        return [Call("arithmetic.c", function, arguments, (*constants, parameters))]

    return lower


def _broadcast(g: BinaryGeometry) -> Counts:
    sizes = [size for size, *_ in broadcast_loops(g)]
    return {
        **odometer(sizes[:-1]),
        "flash_reads_1": g.elements * g.constant_1,
        "flash_reads_2": g.elements * g.constant_2,
    }


def extremum_counts(g: BinaryGeometry, seen: Observed) -> Counts:
    return {"call": 1, **_broadcast(g), "elements": g.elements}


def total_counts(g: BinaryGeometry, seen: Observed) -> Counts | None:
    """ADD and SUB: `mi_add`, or `mi_add_any` with three products an element. int32 has no kernel."""
    if not g.shifts:
        return None
    if short_sum(g.shifts):
        return {"call": 1, **_broadcast(g), "elements": g.elements}
    products = sum((Counter(product(shift)) for shift in g.shifts), Counter[str]())
    return {
        "long_call": 1,
        **_broadcast(g),
        "long_elements": g.elements,
        **{event: g.elements * n for event, n in products.items()},
    }


def product_counts(g: BinaryGeometry, seen: Observed) -> Counts | None:
    """MUL; int32 has no kernel."""
    if not g.shifts:
        return None
    (shift,) = g.shifts
    return {"call": 1, **_broadcast(g), **rescaled(shift, g.elements)}


def total_functions(geometry: BinaryGeometry) -> tuple[str, ...]:
    short = not geometry.shifts or short_sum(geometry.shifts)
    return ("mi_add",) if short else ("mi_add_any",)


ADD = Kernel(
    variant=one_kernel,
    counts=total_counts,
    functions=total_functions,
    reads_constants=True,
    lower=lower_sum(subtract=False),
)

MAXIMUM = Kernel(
    variant=one_kernel,
    counts=extremum_counts,
    functions=calls("mi_maximum"),
    reads_constants=True,
    lower=lower_extremum("mi_maximum"),
)

MINIMUM = Kernel(
    variant=one_kernel,
    counts=extremum_counts,
    functions=calls("mi_minimum"),
    reads_constants=True,
    lower=lower_extremum("mi_minimum"),
)

MUL = Kernel(
    variant=one_kernel,
    counts=product_counts,
    functions=calls("mi_mul"),
    reads_constants=True,
    lower=lower_mul,
)

SUB = Kernel(
    variant=one_kernel,
    counts=total_counts,
    functions=total_functions,
    reads_constants=True,
    lower=lower_sum(subtract=True),
)
