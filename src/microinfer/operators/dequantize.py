"""DEQUANTIZE: int8, uint8 or int16 with a scale to float32.

scale x (stored - zero point): TFLM computes it in float64 and rounds once, which is the float32 product.
Source: TFLM, kernels/internal/reference/dequantize.h.
"""

from __future__ import annotations

import numpy as np

from .lookup_table import expect_same_elements
from .quantize import bind_kernel
from .relu import ElementwiseGeometry
from .spec import Node, Prepared, Spec, to


def prepare(node: Node) -> Prepared:
    node.expect_counts(1, 1)
    source, target = node.input(0, "int8", "uint8", "int16"), node.output(0, "float32")
    node.expect_quantized("inputs[0]", source)
    elements = expect_same_elements(node, source, target)
    parameters = np.float32(source.scale), source.zero_point
    geometry = ElementwiseGeometry(elements, source.dtype, target.dtype, source.zero_point, True)
    return Prepared(geometry, bind_kernel("dequantize", source.dtype, target.dtype, parameters))


SPEC = Spec(
    "DEQUANTIZE",
    prepare=prepare,
    geometry=ElementwiseGeometry,
    types=to("float32", "int8", "int16", "uint8"),
)
