"""PRELU: int8, int16 or float32 to the same type; alpha, of int8 beside int16, broadcasts over the input.

int8 and int16 outputs have a scale; inputs without one count as 0.

Source: TFLM, micro/kernels/prelu_common.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..model.tables import Tensor
from .add import BinaryGeometry, binary_geometry, binary_tensors, bind_elementwise
from .batching import same_ranks
from .branches import count, operands
from .carry import carry_binary
from .example import Draw
from .far_zero_points import bind_far
from .float_layers import is_float
from .quantization import integer_range, quantize_multiplier
from .real_elementwise import binary
from .rescaled import centred_numbers, finish
from .spec import Array, Arrays, Compute, Node, Observe, Prepared, Rescale, Seen, Spec, Step, Whole, same
from .surplus import ignoring


def _tensors(node: Node) -> tuple[Tensor, Tensor, Tensor]:
    """Input, alpha and output, quantised; an int16 input has an alpha of int8."""
    source = node.input(0, "int8", "int16", "float32")
    alpha = node.input(1, "int8")
    if source.dtype == "int8":
        return binary_tensors(node, "int8", divisors=("outputs[0]",))
    widened = replace(node, inputs=(source, replace(alpha, dtype="int16"), *node.inputs[2:]))
    _, _, target = binary_tensors(widened, "int16", divisors=("outputs[0]",))
    return source, alpha, target


def prepare(node: Node) -> Prepared:
    if is_float(node):
        tensors = binary_tensors(node, "float32", quantized=False)
        return Prepared(binary_geometry(*tensors), bind_elementwise("prelu"))
    source, alpha, target = _tensors(node)
    place = node.operator.place
    identity = quantize_multiplier(source.scale / target.scale, place)
    slope = quantize_multiplier(source.scale * alpha.scale / target.scale, place)
    zero_points = source.zero_point, alpha.zero_point, target.zero_point
    far = bind_far(node, rescaled)
    bind = far or bind_elementwise("prelu", *zero_points, *identity, *slope, *integer_range(target.dtype))
    return Prepared(binary_geometry(source, alpha, target), bind)


def branches(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    x, alpha, _, _ = operands(step.node, inputs, outputs)
    return {"negatives": count(x < 0), "negative_sums": count((x < 0) & (alpha > 0))}


def example(d: Draw) -> Any:
    return d.b.prelu(
        x := d.image(), d.b.constant(d.weights(1, 1, 1, x.shape[3]), d.scale(0.001, 0.01)), **d.out()
    )


def rescaled(node: Node, rescale: Rescale) -> Compute:
    source, alpha, target = node.input(0), node.input(1), node.output(0)
    identity = quantize_multiplier(source.scale / target.scale, node.operator.place)
    slope = quantize_multiplier(source.scale * alpha.scale / target.scale, node.operator.place)

    def compute(inputs: Sequence[Array | None]) -> Whole:
        x, factor = np.broadcast_arrays(centred_numbers(inputs[0], source), centred_numbers(inputs[1], alpha))
        scaled = np.where(x >= 0, rescale(x, *identity), rescale(x * factor, *slope))
        return finish(node, scaled, *integer_range(target.dtype))

    return compute


SPEC = Spec(
    "PRELU",
    prepare=ignoring(prepare, inputs=2, outputs=1),
    geometry=BinaryGeometry,
    types=same("int8", "int16", "float32"),
    batch=same_ranks,
    observe=Observe(branches, over="elements"),
    in_reals=binary(lambda x, alpha: np.where(x < 0, x * alpha, x)),
    carry=carry_binary,
    unscaled=(0, 1),
    example=example,
    rescaled=rescaled,
)
