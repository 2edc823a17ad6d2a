"""RELU; RELU6, LEAKY_RELU and HARD_SWISH share its geometry.

int8 or int16 to the same type, the output with a scale. The input is rescaled to the output's quantisation
and clamped from the output's zero point upwards; int16 zero points must be 0. An input without a scale counts
as 0, here as on the device.
Source: TFLM, micro/kernels/activations_common.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

import numpy as np

from ..model.tables import Tensor
from ..words.dataclass import dataclass
from .batching import always
from .branches import negatives
from .carry import carry_same
from .example import Draw
from .float_elementwise import bind_float, float_tensors
from .float_layers import is_float
from .lookup_table import bind_table, expect_same_elements
from .quantization import integer_range, quantize_multiplier
from .reach import after_activation
from .real_elementwise import unary
from .rescaled import centred_numbers, finish
from .spec import Array, Compute, Geometry, Node, Observe, Prepared, Reach, Rescale, Spec, Whole, same
from .surplus import ignoring
from .versions import Versions


@dataclass(frozen=True, slots=True)
class ElementwiseGeometry(Geometry):
    """One input, one output, element by element. `rescales`: input and output quantisation differ.

    `shift` is the power of two in the fixed-point factor of an integer QUANTIZE.
    """

    elements: int
    input_dtype: str
    output_dtype: str
    zero_point: int
    rescales: bool
    shift: int = 0


def float_ratio(source: Tensor, target: Tensor, real: Any, factor: float = 1.0) -> float:
    """input scale x factor / output scale, each step rounded to the numpy type `real`."""
    with np.errstate(all="ignore"):
        return float(real(source.scale) * real(factor) / real(target.scale))


def elementwise_geometry(source: Tensor, target: Tensor) -> ElementwiseGeometry:
    rescales = (source.scale, source.zero_point) != (target.scale, target.zero_point)
    return ElementwiseGeometry(target.elements, source.dtype, target.dtype, source.zero_point, rescales)


def same_type_tensors(
    node: Node, *dtypes: str, divisors: Sequence[str] | None = None
) -> tuple[Tensor, Tensor]:
    """The only input and the only output: of one type, with as many elements, both with a scale, or only
    those whose scales are divided by where they are named."""
    node.expect_counts(1, 1)
    source = node.input(0, *dtypes)
    target = node.output(0, source.dtype)
    for where, tensor in (("inputs[0]", source), ("outputs[0]", target)):
        if divisors is None:
            node.expect_quantized(where, tensor)
        elif where in divisors:
            node.expect_divisor(where, tensor)
    expect_same_elements(node, source, target)
    return source, target


def prepare_float(node: Node, kernel: str, *parameters: float) -> Prepared:
    """The operator on float32, by a kernel of `kernels.float_elementwise`."""
    _, target = float_tensors(node)
    geometry = ElementwiseGeometry(target.elements, "float32", "float32", 0, False)
    return Prepared(geometry, bind_float(kernel, *parameters))


def prepare(node: Node) -> Prepared:
    if is_float(node):
        return prepare_float(node, "rectify", 0.0, inf)
    source, target = same_type_tensors(node, "int8", "int16", "float32", divisors=("outputs[0]",))
    for where, tensor in (("inputs[0]", source), ("outputs[0]", target)):
        if tensor.dtype == "int16" and tensor.zero_point != 0:
            node.fail(f"{where} ({tensor.name!r}) is int16 with zero point {tensor.zero_point}, expected 0")
    multiplier, shift = quantize_multiplier(
        float_ratio(source, target, node.release.real), node.operator.place
    )
    low, high = integer_range(target.dtype)

    def table(kernels: Any) -> Any:
        centred = kernels.centred(source.dtype, source.zero_point)
        offset = target.zero_point
        return kernels.rescaled(centred, multiplier, shift, offset, max(low, offset), high)

    return Prepared(elementwise_geometry(source, target), bind_table(table))


def example(d: Draw) -> Any:
    return d.b.relu(d.image(), **d.out())


def rescaled(node: Node, rescale: Rescale) -> Compute:
    source, target = node.input(0), node.output(0)
    ratio = float_ratio(source, target, node.release.real)
    multiplier, shift = quantize_multiplier(ratio, node.operator.place)
    low, high = integer_range(target.dtype)

    def compute(inputs: Sequence[Array | None]) -> Whole:
        scaled = rescale(centred_numbers(inputs[0], source), multiplier, shift)
        return finish(node, scaled, max(low, target.zero_point), high)

    return compute


SPEC = Spec(
    "RELU",
    prepare=ignoring(prepare, inputs=1, outputs=1),
    geometry=ElementwiseGeometry,
    types=same("int8", "int16", "float32"),
    batch=always,
    observe=Observe(negatives, over="elements"),
    in_reals=unary(lambda x: np.maximum(x, 0.0)),
    carry=carry_same,
    versions=Versions(int8=2, int16=2),
    reach=Reach(1, lambda node, ends: after_activation(*ends[0], "RELU")),
    rectifies=True,
    cell="gate",
    unscaled=(0,),
    example=example,
    rescaled=rescaled,
)
