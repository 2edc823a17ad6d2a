"""Two operands and one result, in C."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operators.add import BinaryGeometry, sum_parameters
from ...operators.quantization import activation_range, quantize_multiplier
from ...operators.squared_difference import parameters as squared_difference_parameters
from ..short_factors import short_sum
from .c_source import ByteArray, Parameters
from .call import Call
from .loop_counts import product, rescaled
from .one_kernel import calls
from .pair_operands import broadcast_counts, operands
from .real_pairs import pairs_counts, with_reals
from .records import requantisation_record
from .whole_pairs import extremes, lower_divide, lower_prelu, products, quotients, slopes, squares, sums

if TYPE_CHECKING:
    from ..kernel import Counts, Observed
    from .call import Lower, Place


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


def _rescalings(
    zero_points: tuple[int, int], multipliers: tuple[int, int, int], shifts: tuple[int, int, int]
) -> list[Any]:
    """Fields of what two inputs and a result are multiplied by; shifts to the left."""
    places = "1", "2", "out"
    return [
        *((f"zero_point_{at}", "int16_t", value) for at, value in zip(places, zero_points, strict=False)),
        *((f"multiplier_{at}", "int32_t", value) for at, value in zip(places, multipliers, strict=True)),
        *((f"shift_{at}", "int8_t", value) for at, value in zip(places, shifts, strict=True)),
    ]


def lower_sum(subtract: bool) -> Lower:
    def lower(place: Place) -> Sequence[Call]:
        shape, inputs, constants = operands(place, "int8")
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
        multipliers = multiplier_1, multiplier_2, multiplier
        fields = [
            *loops,
            *_rescalings((zero_1, zero_2), multipliers, (-down_1, -down_2, -down)),
            ("subtract", "uint8_t", int(subtract)),
            *_clamp(low, high, zero),
        ]
        parameters = Parameters("mi_add_any_parameters", place.name, tuple(fields))
        return [Call("arithmetic.c", "mi_add_any", arguments, (*constants, parameters))]

    return lower


def lower_mul(place: Place) -> Sequence[Call]:
    shape, inputs, constants = operands(place, "int8")
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
        shape, inputs, constants = operands(place, "int8")
        parameters = Parameters("mi_broadcast", place.name, tuple(shape))
        arguments = f"&{place.name}", *inputs, place.output()
        return [Call("arithmetic.c", function, arguments, (*constants, parameters))]

    return lower


def extremum_counts(g: BinaryGeometry, seen: Observed) -> Counts:
    return {"call": 1, **broadcast_counts(g), "elements": g.elements}


def total_counts(g: BinaryGeometry, seen: Observed) -> Counts | None:
    """ADD and SUB: `mi_add`, or `mi_add_any` with three products an element. int32 has no kernel."""
    if not g.shifts:
        return None
    if short_sum(g.shifts):
        return {"call": 1, **broadcast_counts(g), "elements": g.elements}
    products = sum((Counter(product(shift)) for shift in g.shifts), Counter[str]())
    return {
        "long_call": 1,
        **broadcast_counts(g),
        "long_elements": g.elements,
        **{event: g.elements * n for event, n in products.items()},
    }


def product_counts(g: BinaryGeometry, seen: Observed) -> Counts | None:
    """MUL; int32 has no kernel."""
    if not g.shifts:
        return None
    (shift,) = g.shifts
    return {"call": 1, **broadcast_counts(g), **rescaled(shift, g.elements)}


def total_functions(geometry: BinaryGeometry) -> tuple[str, ...]:
    short = not geometry.shifts or short_sum(geometry.shifts)
    return ("mi_add",) if short else ("mi_add_any",)


def squares_counts(g: BinaryGeometry, seen: Observed) -> Counts | None:
    """SQUARED_DIFFERENCE: three products an element; int32 has no kernel."""
    if not g.shifts:
        return None
    products = sum((Counter(product(shift)) for shift in g.shifts), Counter[str]())
    return {
        "call": 1,
        **broadcast_counts(g),
        "elements": g.elements,
        **{event: g.elements * n for event, n in products.items()},
    }


def lower_squared_difference(place: Place) -> Sequence[Call]:
    shape, inputs, constants = operands(place, "int8")
    left, *packed = squared_difference_parameters(place.node)
    assert left == 7
    zero_1, multiplier_1, down_1, zero_2, multiplier_2, down_2, zero, multiplier, shift = packed
    multipliers = multiplier_1, multiplier_2, multiplier
    fields = [
        *((f"shape.{name}", kind, value) for name, kind, value in shape),
        *_rescalings((zero_1, zero_2), multipliers, (-down_1, -down_2, shift)),
        ("zero_point", "int8_t", zero),
    ]
    parameters = Parameters("mi_squared_difference_parameters", place.name, tuple(fields))
    arguments = f"&{place.name}", *inputs, place.output()
    return [Call("squared_difference.c", "mi_squared_difference", arguments, (*constants, parameters))]


ADD = with_reals(
    "mi_add_float", lower_sum(subtract=False), total_counts, total_functions, more=sums(subtract=False)
)

DIV = with_reals("mi_divide_float", lower_divide, pairs_counts, calls("mi_divide_int8"), more=quotients())

MAXIMUM = with_reals(
    "mi_maximum_float",
    lower_extremum("mi_maximum"),
    extremum_counts,
    calls("mi_maximum"),
    bounded=False,
    more=extremes("mi_maximum"),
)

MINIMUM = with_reals(
    "mi_minimum_float",
    lower_extremum("mi_minimum"),
    extremum_counts,
    calls("mi_minimum"),
    bounded=False,
    more=extremes("mi_minimum"),
)

MUL = with_reals("mi_multiply_float", lower_mul, product_counts, calls("mi_mul"), more=products())

PRELU = with_reals(
    "mi_prelu_float", lower_prelu, pairs_counts, calls("mi_prelu_int8"), bounded=False, more=slopes()
)

SQUARED_DIFFERENCE = with_reals(
    "mi_squared_difference_float",
    lower_squared_difference,
    squares_counts,
    calls("mi_squared_difference"),
    bounded=False,
    more=squares(),
)

SUB = with_reals(
    "mi_subtract_float", lower_sum(subtract=True), total_counts, total_functions, more=sums(subtract=True)
)
