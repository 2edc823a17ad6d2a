"""SQUARED_DIFFERENCE: (x - y)^2; int8, int16, int32 or float32, all three of one type.

int8 and int16 have scales, int16 zero points of 0; int32 is taken as it is and wraps. Shapes broadcast as
ADD's. Factors are computed in float64 in every release.
Source: TFLM, micro/kernels/squared_difference.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .add import BinaryGeometry, binary_geometry, binary_tensors, bind_elementwise
from .batching import same_ranks
from .branches import count, operands
from .carry import carry_binary
from .example import Draw
from .far_zero_points import is_far
from .quantization import integer_range, quantize_multiplier, quantize_multiplier_smaller_than_one
from .real_elementwise import binary
from .rescaled import centred_numbers, finish, low_32_bits
from .spec import Array, Arrays, Compute, Node, Observe, Prepared, Rescale, Seen, Spec, Step, Whole, same
from .versions import Versions

LEFT_SHIFT = {"int8": 7, "int16": 0}
"""Bits that inputs are shifted left by, so that squares still fit an int32."""


def parameters(node: Node) -> tuple[int, ...]:
    """Zero point, multiplier and right shift of both inputs, then of the output, whose shift goes left."""
    first, second, target = node.input(0), node.input(1), node.output(0)
    place, left = node.operator.place, LEFT_SHIFT[target.dtype]
    shared = 2.0 * max(first.scale, second.scale)
    with np.errstate(all="ignore"):
        factor = float(
            np.float64(shared * shared) / np.float64(np.float32(1 << 2 * left) * np.float32(target.scale))
        )
    packed = []
    for tensor in (first, second):
        real = tensor.scale / shared if shared else 0.0
        multiplier, shift = quantize_multiplier_smaller_than_one(real, place)
        packed += [tensor.zero_point, multiplier, -shift]
    return (left, *packed, target.zero_point, *quantize_multiplier(factor, place))


def prepare(node: Node) -> Prepared:
    types = "int8", "int16", "int32", "float32"
    first = node.input(0, *types)
    tensors = binary_tensors(node, *types, quantized=first.dtype in LEFT_SHIFT)
    if first.dtype not in LEFT_SHIFT:
        return Prepared(binary_geometry(*tensors), bind_elementwise("squared_difference"))
    for where, tensor in zip(("inputs[0]", "inputs[1]", "outputs[0]"), tensors, strict=True):
        if tensor.dtype == "int16" and tensor.zero_point != 0:
            node.fail(f"{where} ({tensor.name!r}) is int16 with zero point {tensor.zero_point}, expected 0")
        if is_far(tensor):
            node.fail(
                f"{where} ({tensor.name!r}) has zero point {tensor.zero_point}, expected one that int8 "
                "holds; TFLM refuses it too"
            )
    found = parameters(node)
    bind = bind_elementwise("squared_difference", *found, *integer_range(first.dtype))
    return Prepared(binary_geometry(*tensors, shifts=(-found[3], -found[6], found[9])), bind)


def negatives(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    """Both inputs are rescaled by other instructions below zero; a square never is."""
    if step.node.outputs[0].dtype not in LEFT_SHIFT:
        return {}
    a, b, _, _ = operands(step.node, inputs, outputs)
    return {"negatives": count(a < 0) + count(b < 0)}


def rescaled(node: Node, rescale: Rescale) -> Compute | None:
    if node.output(0).dtype not in LEFT_SHIFT:
        return None
    left, _, factor_1, right_1, _, factor_2, right_2, _, factor, shift = parameters(node)
    low, high = integer_range(node.output(0).dtype)

    def compute(inputs: Sequence[Array | None]) -> Whole:
        first = rescale(centred_numbers(inputs[0], node.input(0)) << left, factor_1, -right_1)
        second = rescale(centred_numbers(inputs[1], node.input(1)) << left, factor_2, -right_2)
        difference = first - second
        return finish(node, rescale(low_32_bits(difference * difference), factor, shift), low, high)

    return compute


def example(d: Draw) -> Any:
    if d.pick(True, False) and d.dtype in ("int8", "float32"):
        x = d.real()
        return d.b.squared_difference(x, d.real(d.pick(x.shape, (1, x.shape[3]))))
    x = d.image()
    return d.b.squared_difference(x, d.beside(x), **d.out())


SPEC = Spec(
    "SQUARED_DIFFERENCE",
    prepare=prepare,
    geometry=BinaryGeometry,
    types=same("int8", "int16", "int32", "float32"),
    batch=same_ranks,
    observe=Observe(negatives, over="elements"),
    in_reals=binary(lambda x, y: np.square(x - y)),
    carry=carry_binary,
    versions=Versions(int8=2),
    example=example,
    rescaled=rescaled,
)
