"""Two operands of int16, int32 or int64 and one result, in C; quotients and slopes of int8."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operators.add import INT32_RANGE, sum_parameters
from ...operators.quantization import activation_range, quantize_multiplier
from ...operators.squared_difference import parameters as squared_difference_parameters
from ...operators.sub import int32_activation
from .c_source import Parameters
from .call import Call, unsupported
from .pair_operands import operands

if TYPE_CHECKING:
    from .call import Lower, Place

__all__ = [
    "extremes",
    "lower_divide",
    "lower_prelu",
    "products",
    "quotients",
    "slopes",
    "squares",
    "sums",
]

WHOLE = "whole_pairs.c"
RESCALED = "rescaled_pairs.c"


def _call(place: Place, source: str, function: str, kind: str, fields: Sequence[Any]) -> Sequence[Call]:
    """A kernel of two operands of any integers, with what it wants to know beside their shapes."""
    shape, inputs, constants = operands(place, "int8", "int16", "int32", "int64")
    shapes = [(f"shape.{name}" if fields else name, size, value) for name, size, value in shape]
    parameters = Parameters(kind, place.name, (*shapes, *fields))
    arguments = f"&{place.name}", *inputs, place.output()
    return [Call(source, function, arguments, (*constants, parameters))]


def _plain(function: str, range_of: Any) -> Lower:
    def lower(place: Place) -> Sequence[Call]:
        low, high = range_of(place.node)
        fields = [("low", "int32_t", low), ("high", "int32_t", high)]
        return _call(place, WHOLE, function, "mi_pairs_int32_parameters", fields)

    return lower


def _no_bounds(node: Any) -> tuple[int, int]:
    return INT32_RANGE


def _centred(place: Place, *positions: int) -> None:
    """int16 has no zero point in C."""
    node = place.node
    tensors = (*(node.input(position) for position in positions), node.output(0))
    if any(tensor.zero_point for tensor in tensors if tensor.dtype == "int16"):
        raise unsupported(place.step, "of int16 with a zero point has no kernel in bare-c")


def _factors(multipliers: Sequence[int], shifts: Sequence[int]) -> list[Any]:
    names = "1", "2", "out"
    return [
        *((f"multiplier_{name}", "int32_t", value) for name, value in zip(names, multipliers, strict=True)),
        *((f"shift_{name}", "int8_t", value) for name, value in zip(names, shifts, strict=True)),
    ]


def _limits(place: Place) -> tuple[int, int]:
    return activation_range(place.node.options["fused_activation_function"], place.node.output(0))


def sums(subtract: bool) -> Mapping[str, tuple[str, Lower]]:
    def lower(place: Place) -> Sequence[Call]:
        _centred(place, 0, 1)
        real = place.node.release.real if subtract else np.float64
        _, _, *packed, low, high = sum_parameters(place.node, real, -1 if subtract else 1)
        _, multiplier_1, down_1, _, multiplier_2, down_2, _, multiplier, down = packed
        fields = [
            *_factors((multiplier_1, multiplier_2, multiplier), (-down_1, -down_2, -down)),
            ("subtract", "uint8_t", int(subtract)),
            ("low", "int16_t", low),
            ("high", "int16_t", high),
        ]
        return _call(place, RESCALED, "mi_add_int16", "mi_add_int16_parameters", fields)

    plain = "mi_subtract_int32" if subtract else "mi_add_int32"
    return {
        "int16": ("mi_add_int16", lower),
        "int32": (plain, _plain(plain, int32_activation if subtract else _no_bounds)),
    }


def products() -> Mapping[str, tuple[str, Lower]]:
    def lower(place: Place) -> Sequence[Call]:
        first, second, target = place.node.input(0), place.node.input(1), place.node.output(0)
        multiplier, shift = quantize_multiplier(first.scale * second.scale / target.scale)
        low, high = _limits(place)
        fields = [
            ("multiplier", "int32_t", multiplier),
            ("shift", "int8_t", shift),
            ("low", "int16_t", low),
            ("high", "int16_t", high),
        ]
        return _call(place, RESCALED, "mi_multiply_int16", "mi_multiply_int16_parameters", fields)

    return {
        "int16": ("mi_multiply_int16", lower),
        "int32": ("mi_multiply_int32", _plain("mi_multiply_int32", int32_activation)),
    }


def squares() -> Mapping[str, tuple[str, Lower]]:
    def lower(place: Place) -> Sequence[Call]:
        _, *packed = squared_difference_parameters(place.node)
        _, multiplier_1, down_1, _, multiplier_2, down_2, _, multiplier, shift = packed
        fields = _factors((multiplier_1, multiplier_2, multiplier), (-down_1, -down_2, shift))
        kind = "mi_squared_difference_int16_parameters"
        return _call(place, RESCALED, "mi_squared_difference_int16", kind, fields)

    def lower_plain(place: Place) -> Sequence[Call]:
        return _call(place, WHOLE, "mi_squared_difference_int32", "mi_broadcast", ())

    return {
        "int16": ("mi_squared_difference_int16", lower),
        "int32": ("mi_squared_difference_int32", lower_plain),
    }


def extremes(function: str) -> Mapping[str, tuple[str, Lower]]:
    def of(name: str) -> Lower:
        return lambda place: _call(place, WHOLE, name, "mi_broadcast", ())

    names = {dtype: f"{function}_{dtype}" for dtype in ("int16", "int32", "int64")}
    return {dtype: (name, of(name)) for dtype, name in names.items()}


def _expect_divisors(place: Place, zero: int) -> None:
    """A program cannot stop at a divisor of 0, as the emulator does: there must be none."""
    divisor = place.node.input(1)
    if divisor.data is None or (divisor.data == zero).any():
        found = "are computed" if divisor.data is None else "hold a zero"
        raise unsupported(
            place.step, f"of integers by divisors that {found}; bare-c wants constants without a zero"
        )


def quotients() -> Mapping[str, tuple[str, Lower]]:
    plain = _plain("mi_divide_int32", int32_activation)

    def lower(place: Place) -> Sequence[Call]:
        _expect_divisors(place, 0)
        return plain(place)

    return {"int32": ("mi_divide_int32", lower)}


def lower_divide(place: Place) -> Sequence[Call]:
    """Of int8."""
    node = place.node
    first, second, target = node.input(0), node.input(1), node.output(0)
    _expect_divisors(place, second.zero_point)
    real = node.release.real
    with np.errstate(all="ignore"):
        factor = float(real(first.scale) / (real(second.scale) * real(target.scale)))
    multiplier, shift = quantize_multiplier(factor)
    low, high = _limits(place)
    fields = [
        ("zero_point_1", "int16_t", first.zero_point),
        ("zero_point_2", "int16_t", second.zero_point),
        ("zero_point", "int16_t", target.zero_point),
        ("multiplier", "int32_t", multiplier),
        ("shift", "int8_t", shift),
        ("low", "int8_t", low),
        ("high", "int8_t", high),
    ]
    return _call(place, RESCALED, "mi_divide_int8", "mi_divide_int8_parameters", fields)


def lower_prelu(place: Place) -> Sequence[Call]:
    """Of int8 or int16, with slopes of int8."""
    node = place.node
    source, alpha, target = node.input(0), node.input(1), node.output(0)
    multiplier, shift = quantize_multiplier(source.scale / target.scale)
    slope, slope_shift = quantize_multiplier(source.scale * alpha.scale / target.scale)
    fields = [
        ("zero_point_1", "int16_t", source.zero_point),
        ("zero_point_2", "int16_t", alpha.zero_point),
        ("zero_point", "int16_t", target.zero_point),
        ("multiplier", "int32_t", multiplier),
        ("slope", "int32_t", slope),
        ("shift", "int8_t", shift),
        ("slope_shift", "int8_t", slope_shift),
    ]
    return _call(place, RESCALED, f"mi_prelu_{source.dtype}", "mi_prelu_parameters", fields)


def slopes() -> Mapping[str, tuple[str, Lower]]:
    return {"int16": ("mi_prelu_int16", lower_prelu)}
