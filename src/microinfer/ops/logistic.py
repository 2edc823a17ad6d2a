"""LOGISTIC; TANH shares its geometry and its input scaling.

int8 to int8, both with a scale. The output's zero point must be -128; its scale is taken to be 1/256,
whatever the file says, as TFLM does. The input is scaled to 4 integer bits, and what lies 16 or so away
from 0 saturates without an exponential. Source: TFLM, micro/kernels/logistic_common.cc.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, frexp
from typing import Any

from ..graph import Geometry, Node, Prepared
from .lookup_table import bind_table, expect_same_elements

INTEGER_BITS = 4


@dataclass(frozen=True, slots=True)
class ActivationGeometry(Geometry):
    """`radius`: inputs this far or further from the zero point saturate without an exponential."""

    elements: int
    radius: int
    zero_point: int
    dtype: str


def input_radius(integer_bits: int, shift: int) -> int:
    """The least distance from the zero point that saturates: floor((2^n - 1) x 2^(31 - n - shift))."""
    radius = ((1 << integer_bits) - 1) * 2.0 ** (31 - integer_bits - shift)
    return min(floor(radius), (1 << 31) - 1)


def prepare_activation(node: Node, function: str) -> Prepared:
    """`function` names the table of `kernels.activations`: logistic or tanh."""
    node.expect_counts(1, 1)
    source, target = node.input(0, "int8"), node.output(0, "int8")
    node.expect_quantized("inputs[0]", source)
    node.expect_quantized("outputs[0]", target)
    elements = expect_same_elements(node, source, target)
    fraction, shift = frexp(source.scale * (1 << (31 - INTEGER_BITS)))
    multiplier = round(fraction * (1 << 31))
    radius = input_radius(INTEGER_BITS, shift)

    def table(kernels: Any) -> Any:
        centred = kernels.values("int8") - source.zero_point
        return getattr(kernels, function)(centred, radius, multiplier, shift)

    return Prepared(ActivationGeometry(elements, radius, source.zero_point, "int8"), bind_table(table))


def prepare(node: Node) -> Prepared:
    target = node.output(0)
    if target.dtype == "int8" and target.zero_point != -128:
        node.fail(f"outputs[0] ({target.name!r}) has zero point {target.zero_point}, expected -128")
    return prepare_activation(node, "logistic")
