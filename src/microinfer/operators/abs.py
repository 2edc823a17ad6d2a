"""ABS: the distance of a number from zero.

Specification: int8 or int16 to the same type, both with a scale; int16 zero points must be 0. Where the
scales differ, the distance is rescaled (as the release of TFLM computes it). TFLM has a float32
kernel too, and one for int16 without a scale; this project has not. Source: TFLM,
micro/kernels/elementwise.cc.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .batching import always
from .example import Draw
from .lookup_table import bind_table
from .quantization import integer_range, quantize_multiplier
from .real_elementwise import unary
from .relu import ElementwiseGeometry, elementwise_geometry, float_ratio, same_type_tensors
from .spec import Node, Prepared, Spec, same
from .versions import Versions


def prepare(node: Node) -> Prepared:
    source, target = same_type_tensors(node, "int8", "int16")
    for where, tensor in (("inputs[0]", source), ("outputs[0]", target)):
        if tensor.dtype == "int16" and tensor.zero_point != 0:
            node.fail(f"{where} ({tensor.name!r}) is int16 with zero point {tensor.zero_point}, expected 0")
    rescaling = None
    if source.scale != target.scale:
        rescaling = quantize_multiplier(float_ratio(source, target, node.release.real), node.operator.place)
    low, high = integer_range(target.dtype)

    def table(kernels: Any) -> Any:
        distance = np.abs(kernels.values(source.dtype) - source.zero_point)
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
    types=same("int8", "int16"),
    batch=always,
    in_reals=unary(np.abs),
    versions=Versions(int8=2, int16=3),
    example=example,
)
