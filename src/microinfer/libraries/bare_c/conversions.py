"""Conversions between types in C; floats are soft on AVR."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...operators.quantization import quantize_multiplier
from ..kernel import Inner, Kernel
from ..templates import typed
from ..tflm_reference.conversions import dequantize_bounds, quantize_bounds
from .c_source import Parameters, float_literal
from .call import Call, unsupported
from .lookup_tables import BYTES, lower_lookup
from .loop_counts import product
from .one_kernel import always, one_kernel

if TYPE_CHECKING:
    from ...model.tables import Tensor
    from ...operators.relu import ElementwiseGeometry
    from ..kernel import Counts, Observed
    from ..target import Core
    from .call import Place


WIDE = ("int8_int32", "int16_int32", "int32_int8", "int32_int16")
"""Pairs of types with an int32."""


def lower_quantize(place: Place) -> Sequence[Call]:
    source, target = place.node.input(0), place.node.output(0)
    if {source.dtype, target.dtype} <= BYTES:
        return lower_lookup(place)
    pair = f"{source.dtype}_{target.dtype}"
    if source.dtype == "float32" and target.dtype in ("int8", "int16"):
        return [_affine(place, f"mi_quantize_{target.dtype}", target, source.elements)]
    if pair not in ("int16_int8", "int8_int16", "int16_int16", *WIDE):
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
    source_file = "requantize_wide.c" if pair in WIDE else "quantize.c"
    return [Call(source_file, f"mi_requantize_{pair}", arguments, (parameters,))]


def lower_dequantize(place: Place) -> Sequence[Call]:
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


def quantize_counts(g: ElementwiseGeometry, seen: Observed) -> Counts:
    if {g.input_dtype, g.output_dtype} <= BYTES:
        return {"call": 1, "lookups": g.elements}
    if g.input_dtype == "float32":
        counted = (
            "negatives",
            "whole_quotients",
            "truncations",
            "truncated_bytes",
            "truncated_bits",
            "cancelled_bits",
        )
        return {
            "divisions_call": 1,
            "elements": g.elements,
            "divisions": g.elements - seen["zeros"],
            **{event: seen[event] for event in counted},
        }
    products = {event: g.elements * n for event, n in product(g.shift).items()}
    return {"requantised_call": 1, f"requantised_{g.input_dtype}_{g.output_dtype}": g.elements, **products}


def dequantize_counts(g: ElementwiseGeometry, seen: Observed) -> Counts:
    """Software floating point of avr-libc."""
    counted = ("nonzeros", "negatives", "normalised_bits", "normalised_products")
    return {"call": 1, "elements": g.elements, **{event: seen[event] for event in counted}}


def wide_counts(g: ElementwiseGeometry, seen: Observed) -> Counts:
    products = {event: g.elements * n for event, n in product(g.shift).items()}
    return {"call": 1, "elements": g.elements, **products}


def quantize_kernel(g: ElementwiseGeometry, core: Core) -> str:
    """Those that were measured have one name."""
    pair = g.input_dtype, g.output_dtype
    return typed("bare_c", *pair) if "int32" in pair else "bare_c"


def quantize_functions(geometry: ElementwiseGeometry) -> tuple[str, ...]:
    pair = geometry.input_dtype, geometry.output_dtype
    if geometry.input_dtype == "float32":
        return (f"mi_quantize_{geometry.output_dtype}",)
    return ("mi_lookup",) if BYTES.issuperset(pair) else ("mi_requantize_" + "_".join(pair),)


def dequantize_functions(geometry: ElementwiseGeometry) -> tuple[str, ...]:
    return (f"mi_dequantize_{geometry.input_dtype}",)


def from_floats(geometry: ElementwiseGeometry) -> bool:
    return geometry.input_dtype == "float32"


DEQUANTIZE = Kernel(
    variant=one_kernel,
    counts=dequantize_counts,
    functions=dequantize_functions,
    bounds=dequantize_bounds,
    needs_data=always,
    lower=lower_dequantize,
)

QUANTIZE = Kernel(
    variant=quantize_kernel,
    counts=quantize_counts,
    inner={f"bare_c_{pair}": Inner(wide_counts) for pair in WIDE},
    functions=quantize_functions,
    bounds=quantize_bounds,
    needs_data=from_floats,
    lower=lower_quantize,
)
