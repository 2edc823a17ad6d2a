"""ABS: the distance of a number from zero.

Specification: int8, int16 or float32 to the same type; int8 and int16 with a scale, int16 zero points must be
0. Where the scales differ, the distance is rescaled (as the release of TFLM computes it). int16 whose input
has no scale is taken as it is; -32768 stays so. Source: TFLM, micro/kernels/elementwise.cc.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .batching import always
from .example import Draw
from .float_layers import is_float
from .lookup_table import bind_table, expect_same_elements
from .quantization import integer_range, quantize_multiplier
from .real_elementwise import unary
from .relu import ElementwiseGeometry, elementwise_geometry, float_ratio, prepare_float, same_type_tensors
from .spec import Node, Prepared, Spec, same
from .versions import Versions


def _is_plain(node: Node) -> bool:
    source = node.input(0)
    return source.dtype == "int16" and source.quantization is None


def prepare_plain(node: Node) -> Prepared:
    """int16 without a scale."""
    node.expect_counts(1, 1)
    source, target = node.input(0, "int16"), node.output(0, "int16")
    expect_same_elements(node, source, target)
    geometry = ElementwiseGeometry(target.elements, "int16", "int16", 0, False)
    return Prepared(geometry, bind_table(lambda kernels: np.abs(kernels.values("int16").astype(np.int16))))


def prepare(node: Node) -> Prepared:
    if is_float(node):
        return prepare_float(node, "magnitude")
    if _is_plain(node):
        return prepare_plain(node)
    source, target = same_type_tensors(node, "int8", "int16", "float32")
    for where, tensor in (("inputs[0]", source), ("outputs[0]", target)):
        if tensor.dtype == "int16" and tensor.zero_point != 0:
            node.fail(f"{where} ({tensor.name!r}) is int16 with zero point {tensor.zero_point}, expected 0")
    rescaling = None
    if source.scale != target.scale:
        rescaling = quantize_multiplier(float_ratio(source, target, node.release.real), node.operator.place)
    low, high = integer_range(target.dtype)

    def table(kernels: Any) -> Any:
        distance = np.abs(kernels.centred(source.dtype, source.zero_point))
        if rescaling is None:
            return np.clip(distance + target.zero_point, low, high)
        return kernels.rescaled(distance, *rescaling, target.zero_point, low, high)

    return Prepared(elementwise_geometry(source, target), bind_table(table))


def example(d: Draw) -> Any:
    return d.b.abs(d.image(), **d.out())


SPEC = Spec(
    "ABS",
    prepare=prepare,
    geometry=ElementwiseGeometry,
    types=same("int8", "int16", "float32"),
    batch=always,
    in_reals=unary(np.abs),
    versions=Versions(int8=2, int16=3),
    example=example,
)
