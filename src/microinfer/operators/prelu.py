"""PRELU: int8 input, alpha and output, all with a scale; alpha broadcasts over the input.

Source: TFLM, micro/kernels/prelu_common.cc.
"""

from __future__ import annotations

from .add import BinaryGeometry, binary_geometry, binary_tensors, bind_elementwise
from .quantization import integer_range, quantize_multiplier
from .spec import Node, Prepared, Spec, same


def prepare(node: Node) -> Prepared:
    source, alpha, target = binary_tensors(node, "int8")
    place = node.operator.place
    identity = quantize_multiplier(source.scale / target.scale, place)
    slope = quantize_multiplier(source.scale * alpha.scale / target.scale, place)
    zero_points = source.zero_point, alpha.zero_point, target.zero_point
    bind = bind_elementwise("prelu", *zero_points, *identity, *slope, *integer_range("int8"))
    return Prepared(binary_geometry(source, alpha, target), bind)


SPEC = Spec(
    "PRELU",
    prepare=prepare,
    geometry=BinaryGeometry,
    types=same("int8"),
)
