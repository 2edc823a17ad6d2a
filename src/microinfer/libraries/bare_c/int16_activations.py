"""Activations and softmax of int16 in C."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...operators.logistic import int16_factor
from ...operators.quantization import integer_range, quantize_multiplier
from ...operators.relu import float_ratio
from ...operators.relu6 import limits
from .c_source import ByteArray, Parameters
from .call import Call
from .parameters import Field

if TYPE_CHECKING:
    from ...operators.softmax import SoftmaxGeometry
    from .call import Lower, Place

__all__ = [
    "lower_clipped",
    "lower_magnitude",
    "lower_rectified",
    "lower_sigmoid",
    "lower_sloped",
    "lower_softmax_of_int16",
]

AS_IT_IS = quantize_multiplier(1.0)
BEFORE, BEHIND = 1, 2
"""Where numbers below the zero point get a minus."""


def lower_sigmoid(function: str, powers: tuple[int, ...]) -> Lower:
    """`powers` of two that 2^12 times a scale is exactly are not rounded."""

    def lower(place: Place) -> Sequence[Call]:
        source, target = place.node.input(0), place.node.output(0)
        multiplier, shift = int16_factor(place.node, source, target, powers)
        fields = (
            ("count", "uint16_t", source.elements),
            ("multiplier", "int32_t", multiplier),
            ("shift", "uint8_t", shift),
        )
        parameters = Parameters("mi_sigmoid_int16_parameters", place.name, fields)
        arguments = f"&{place.name}", place.input(0), place.output()
        return [Call("gates.c", function, arguments, (parameters,))]

    return lower


def _rescaled(
    place: Place,
    above: tuple[int, int],
    below: tuple[int, int],
    bounds: tuple[int, int],
    zero_points: tuple[int, int],
    minus: int = 0,
) -> Sequence[Call]:
    """`above` and `below`: multiplier and shift of numbers on that side of the input's zero point."""
    fields = (
        ("count", "uint16_t", place.node.input(0).elements),
        ("zero_point_in", "int16_t", zero_points[0]),
        ("zero_point", "int16_t", zero_points[1]),
        ("multiplier", "int32_t", above[0]),
        ("multiplier_below", "int32_t", below[0]),
        ("shift", "int8_t", above[1]),
        ("shift_below", "int8_t", below[1]),
        ("below", "uint8_t", minus),
        ("low", "int32_t", bounds[0]),
        ("high", "int32_t", bounds[1]),
    )
    parameters = Parameters("mi_rescale_int16_parameters", place.name, fields)
    arguments = f"&{place.name}", place.input(0), place.output()
    return [Call("int16_activations.c", "mi_rescale_int16", arguments, (parameters,))]


def lower_rectified(place: Place) -> Sequence[Call]:
    source, target = place.node.input(0), place.node.output(0)
    factor = quantize_multiplier(float_ratio(source, target, place.node.release.real))
    low, high = integer_range("int16")
    bounds = max(low, target.zero_point), high
    return _rescaled(place, factor, factor, bounds, (source.zero_point, target.zero_point))


def lower_clipped(place: Place) -> Sequence[Call]:
    """RELU6 rescales nothing."""
    bounds = limits(place.node, place.node.input(0))
    return _rescaled(place, AS_IT_IS, AS_IT_IS, bounds, (0, 0))


def lower_sloped(place: Place) -> Sequence[Call]:
    """LEAKY_RELU: what is below by a slope, which may be negative."""
    node = place.node
    source, target, real = node.input(0), node.output(0), node.release.real
    multiplier, shift = quantize_multiplier(float_ratio(source, target, real, node.options["alpha"]))
    above = quantize_multiplier(float_ratio(source, target, real))
    minus = BEHIND if multiplier < 0 else 0
    zero_points = source.zero_point, target.zero_point
    return _rescaled(place, above, (abs(multiplier), shift), integer_range("int16"), zero_points, minus)


def lower_magnitude(place: Place) -> Sequence[Call]:
    """ABS: -32768 of an input without a scale stays as it is."""
    source, target = place.node.input(0), place.node.output(0)
    low, high = integer_range("int16")
    if source.quantization is None:
        return _rescaled(place, AS_IT_IS, AS_IT_IS, (low, high + 1), (0, 0), BEFORE)
    factor = AS_IT_IS
    if source.scale != target.scale:
        factor = quantize_multiplier(float_ratio(source, target, place.node.release.real))
    zero_points = source.zero_point, target.zero_point
    return _rescaled(place, factor, factor, (low, high), zero_points, BEFORE)


def lower_softmax_of_int16(place: Place, g: SoftmaxGeometry, knots: Sequence[Any]) -> Sequence[Call]:
    """`knots` of exponentials and reciprocals, int16."""
    factor = place.node.input(0).scale * place.node.options["beta"] / (10.0 / 65535.0)
    multiplier, shift = quantize_multiplier(factor)
    names = "exponentials", "reciprocals"
    tables = [
        ByteArray(f"{place.name}_{name}", ((table.astype("<i2").tobytes(), ""),))
        for name, table in zip(names, knots, strict=True)
    ]
    fields: tuple[Field, ...] = (
        ("rows", "uint16_t", g.rows),
        ("depth", "uint16_t", g.depth),
        ("multiplier", "int32_t", multiplier),
        ("shift", "int8_t", shift),
        *((name, "pointer", table.name) for name, table in zip(names, tables, strict=True)),
    )
    parameters = Parameters("mi_softmax_of_int16_parameters", place.name, fields)
    arguments = f"&{place.name}", place.input(0), place.output()
    return [Call("softmax_int16.c", "mi_softmax_of_int16", arguments, (*tables, parameters))]
