"""MUL: int8 and int16 to the same type, all with a scale, or int32 without; a fused activation.

int16 zero points must be 0. Source: TFLM, micro/kernels/mul_common.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .add import (
    BinaryGeometry,
    binary_geometry,
    binary_tensors,
    bind_elementwise,
    bind_pairs,
    prepare_float_binary,
)
from .batching import same_ranks
from .branches import count, operands
from .carry import carry_binary
from .constants import of_two
from .example import Draw, draw_binary
from .far_zero_points import bind_far
from .float_layers import is_float
from .quantization import activation_range, quantize_multiplier
from .reach import OF_PRODUCT
from .real_elementwise import binary
from .rescaled import activation_limits, but_for_int32, centred_numbers, finish, low_32_bits
from .spec import Array, Arrays, Compute, Node, Observe, Prepared, Rescale, Seen, Spec, Step, Whole, same
from .sub import int32_activation
from .versions import Versions


def prepare(node: Node) -> Prepared:
    if is_float(node):
        return prepare_float_binary(node, "multiply")
    first, second, target = binary_tensors(node, "int8", "int16", "int32", "float32")
    if target.dtype == "int32":
        geometry = binary_geometry(first, second, target)
        return Prepared(geometry, bind_pairs("multiply", *int32_activation(node)))
    for where, tensor in (("inputs[0]", first), ("inputs[1]", second), ("outputs[0]", target)):
        if tensor.dtype == "int16" and tensor.zero_point != 0:
            node.fail(f"{where} ({tensor.name!r}) is int16 with zero point {tensor.zero_point}, expected 0")
    place = node.operator.place
    multiplier, shift = quantize_multiplier(first.scale * second.scale / target.scale, place)
    low, high = activation_range(node.options["fused_activation_function"], target, place)
    zero_points = first.zero_point, second.zero_point, target.zero_point
    geometry = binary_geometry(first, second, target, (shift,))
    far = bind_far(node, but_for_int32(rescaled))
    return Prepared(geometry, far or bind_elementwise("multiply", *zero_points, multiplier, shift, low, high))


def branches(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    a, b, _, _ = operands(step.node, inputs, outputs)
    return {"negative_sums": count(a * b < 0)}


def example(d: Draw) -> Any:
    return draw_binary(d, "mul")


def rescaled(node: Node, rescale: Rescale) -> Compute:
    first, second, target = node.input(0), node.input(1), node.output(0)
    multiplier, shift = quantize_multiplier(first.scale * second.scale / target.scale, node.operator.place)
    low, high = activation_limits(node)

    def compute(inputs: Sequence[Array | None]) -> Whole:
        product = centred_numbers(inputs[0], first) * centred_numbers(inputs[1], second)
        return finish(node, rescale(low_32_bits(product), multiplier, shift), low, high)

    return compute


SPEC = Spec(
    "MUL",
    prepare=prepare,
    geometry=BinaryGeometry,
    types=same("int8", "int16", "int32", "float32"),
    batch=same_ranks,
    observe=Observe(branches, over="elements"),
    shapes="passes",
    in_reals=binary(np.multiply),
    carry=carry_binary,
    versions=Versions(int8=2, int16=4),
    reach=OF_PRODUCT,
    example=example,
    rescaled=but_for_int32(rescaled),
    evaluate=of_two(np.multiply),
)
