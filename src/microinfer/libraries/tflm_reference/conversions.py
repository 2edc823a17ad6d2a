"""Conversions between types, of TFLM's reference kernels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..kernel import Kernel
from ..software_float import ARITHMETIC

if TYPE_CHECKING:
    from ...operators.cast import CastGeometry
    from ...operators.relu import ElementwiseGeometry
    from ..kernel import Bounds, Counts, Observed
    from ..target import Core


def converted_variant(geometry: CastGeometry | ElementwiseGeometry, core: Core) -> str:
    return f"reference_{geometry.input_dtype}_{geometry.output_dtype}"


def elementwise_counts(g: ElementwiseGeometry, seen: Observed) -> Counts:
    return {"call": 1, "elements": g.elements, **seen}


def elements_bounds(g: ElementwiseGeometry) -> Mapping[str, Bounds]:
    """Typically as many inputs are negative as would be if all 8-bit values were equally likely."""
    share = min(max(g.zero_point + (0 if g.input_dtype == "uint8" else 128), 0), 256)
    return {"negatives": (0, g.elements * share // 256, g.elements if share else 0)}


def quantize_bounds(g: ElementwiseGeometry) -> Mapping[str, Bounds]:
    """Typically floats are some dozens of steps of the output."""
    if g.input_dtype != "float32":
        return elements_bounds(g)
    n = g.elements
    return {
        "negatives": (0, n // 2, n),
        "zeros": (n, 0, 0),
        "whole_quotients": (0, 0, 0),
        "truncations": (0, n, n),
        "truncated_bytes": (0, 2 * n, 2 * n),
        "truncated_bits": (0, 3 * n, 7 * n),
        "cancelled_bits": (0, 6 * n, 23 * n),
    }


def dequantized_variant(geometry: ElementwiseGeometry, core: Core) -> str:
    """Software multiplies by a scale of 0 in a way of its own."""
    return converted_variant(geometry, core) + ("" if geometry.rescales else "_by_nought")


def dequantize_bounds(g: ElementwiseGeometry) -> Mapping[str, Bounds]:
    """Of 256 values, 17 at most are powers of two or nought, which software multiplies quicker."""
    n = g.elements
    _, negatives, most = elements_bounds(g)["negatives"]
    return {
        "full_significands": (0, n * 239 // 256, n),
        "nonzeros": (0, n, n),
        "negatives": (0, negatives, most),
        "normalised_bits": (0, n, 7 * n),
        "normalised_products": (0, n // 2, n),
    }


def cast_counts(g: CastGeometry, seen: Observed) -> Counts:
    return {"call": 1, "elements": g.elements}


CAST = Kernel(software=ARITHMETIC, temporaries="i0 o0", variant=converted_variant, counts=cast_counts)

DEQUANTIZE = Kernel(
    software=ARITHMETIC,
    temporaries="i0 o0",
    variant=dequantized_variant,
    counts=elementwise_counts,
    bounds=dequantize_bounds,
)

QUANTIZE = Kernel(
    software=ARITHMETIC,
    temporaries="i0 o0",
    variant=converted_variant,
    counts=elementwise_counts,
    bounds=quantize_bounds,
)
