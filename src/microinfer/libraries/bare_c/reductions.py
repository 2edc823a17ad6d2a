"""Sums and means in C."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...operators.mean import ReduceGeometry
from ...operators.quantization import integer_range, quantize_multiplier
from ..kernel import Inner, Kernel
from .axis_kernels import over_counts
from .c_source import ByteArray, Parameters
from .call import Call
from .float_layers import kernel_of
from .loop_counts import product, rescaled
from .over_axes import axes_of, axis_counts, over_axes
from .records import requantisation_record

if TYPE_CHECKING:
    from ..kernel import Counts, Observed
    from .call import Place


def reduced(place: Place, divides: bool) -> Sequence[Call]:
    g = place.step.geometry
    assert isinstance(g, ReduceGeometry)
    if g.dtype == "float32":
        return over_axes(place, "mi_mean_float", g.count if divides else 1)
    source, target = place.node.input(0), place.node.output(0)
    multiplier, shift = quantize_multiplier(source.scale / target.scale)
    if divides:
        left = min(g.count.bit_length() - 1, 32, 31 + shift)
        multiplier, shift = (multiplier << left) // g.count, shift - left
    if g.dtype == "int16":
        rescaling = -source.zero_point * g.count, multiplier, shift, target.zero_point
        return over_axes(place, "mi_mean_int16", rescaling=rescaling)
    low, high = integer_range("int8")
    record = ByteArray(f"{place.name}_record", ((requantisation_record(multiplier, shift), ""),))
    parameters = Parameters(
        "mi_mean_parameters",
        place.name,
        (
            *axes_of(place, g),
            ("bias", "int32_t", -source.zero_point * g.count),
            ("clamp.low", "int16_t", low - target.zero_point),
            ("clamp.high", "int16_t", high - target.zero_point),
            ("clamp.zero_point", "int8_t", target.zero_point),
            ("record", "pointer", record.name),
        ),
    )
    arguments = f"&{place.name}", place.input(0), place.output()
    return [Call("reduce.c", "mi_mean", arguments, (record, parameters))]


def mean_counts(g: ReduceGeometry, seen: Observed) -> Counts:
    events, outputs = axis_counts(g)
    return {**events, **rescaled(g.shift, outputs)}


def lower_mean(place: Place) -> Sequence[Call]:
    return reduced(place, divides=True)


def lower_sum_over(place: Place) -> Sequence[Call]:
    return reduced(place, divides=False)


def mean_functions(g: ReduceGeometry) -> tuple[str, ...]:
    return ({"int8": "mi_mean", "int16": "mi_mean_int16"}.get(g.dtype, "mi_mean_float"),)


def scaled_counts(g: ReduceGeometry, seen: Observed) -> Counts:
    """Of int16: a long product an output."""
    counts = over_counts(g, seen)
    return {**counts, **{event: counts["outputs"] * n for event, n in product(g.shift).items()}}


OTHER_TYPES = {"bare_c_float32": Inner(over_counts), "bare_c_int16": Inner(scaled_counts)}

MEAN = Kernel(
    variant=kernel_of, counts=mean_counts, inner=OTHER_TYPES, functions=mean_functions, lower=lower_mean
)

SUM = Kernel(
    variant=kernel_of, counts=mean_counts, inner=OTHER_TYPES, functions=mean_functions, lower=lower_sum_over
)
