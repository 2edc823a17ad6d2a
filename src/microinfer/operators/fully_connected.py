"""FULLY_CONNECTED.

Input of any shape, taken as rows of `input_depth`, and output int8 per tensor; weights [outputs, inputs]
int8 or int4, with one scale or one an output; bias int32, optional. Or int16 data with int8 weights and an
int64, int32 or no bias, or float32 throughout. With one scale the zero point of the
weights counts, with several TFLM does not look at it. Source: fully_connected_common.cc and
reference/integer_ops/fully_connected.h of TFLM.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Reason
from ..model.tables import Operator, Tensor
from ..words.dataclass import dataclass
from ..words.printing import counted
from . import real_windowed
from .add import MAX_RANK
from .batching import constant_weights
from .branches import negative_sums
from .carry import carry_bias
from .example import Draw
from .far_zero_points import bind_far, is_far, shorter
from .float_layers import bind_float_rows
from .int8_rows import bind_int8_rows
from .int16_layers import accumulator_bits, bind_int16_rows
from .layer import expect_bias, expect_layer, expect_shape
from .quantization import activation_range, channel_multipliers, product_multiplier
from .requantization import Requantization, per_channel_requantization
from .rescaled import activation_limits, bias_numbers, centred_numbers, finish, low_32_bits, whole_sums
from .scaling import Scaling
from .spec import Array, Compute, Geometry, Node, Observe, Prepared, Rescale, Spec, Weights, Whole, same
from .surplus import ignoring
from .versions import Use, Versions
from .weights import WEIGHT_BITS, unpacked


@dataclass(frozen=True, slots=True)
class FullyConnectedGeometry(Geometry):
    """`batch` rows of `input_depth` to `output_depth`; `output_rank` decides which CMSIS-NN kernel runs.
    `constant`: weights and bias are, so that sums of them can be taken beforehand. `dtype`: of the data.
    `accumulator_bits`: of their sums."""

    batch: int
    input_depth: int
    output_depth: int
    output_rank: int
    per_channel: bool
    bias: bool
    weight_bits: int = 8
    constant: bool = True
    dtype: str = "int8"
    accumulator_bits: int = 32

    @property
    def macs(self) -> int:
        return self.batch * self.input_depth * self.output_depth


def prepare(node: Node) -> Prepared:
    source, weights, target = expect_layer(node)
    for where, tensor in (("inputs[0]", source), ("outputs[0]", target)):
        if len(tensor.shape) > MAX_RANK:
            rank = len(tensor.shape)
            node.fail(f"{where} ({tensor.name!r}) has {rank} dimensions, expected at most {MAX_RANK}")
    outputs, depth = expect_shape(node, "inputs[1]", weights, 2)
    expect_shape(node, "inputs[0]", source, len(source.shape))
    expect_shape(node, "outputs[0]", target, max(1, len(target.shape)))
    if source.elements % depth:
        node.fail(
            f"inputs[0] ({source.name!r}) has shape {list(source.shape)}, expected rows of {depth} elements, "
            "the last dimension of the weights"
        )
    rows = source.elements // depth
    if target.shape[-1] != outputs or target.elements != rows * outputs:
        node.fail(
            f"outputs[0] ({target.name!r}) has shape {list(target.shape)}, expected "
            f"{counted(rows, 'row')} of {outputs} "
            "elements, the first dimension of the weights"
        )
    if (form := node.options["weights_format"]) not in (0, "DEFAULT"):
        node.fail(f"weights_format is {form!r}, expected DEFAULT; TFLM has no shuffled weights")
    bias = expect_bias(node, outputs)
    per_channel = weights.quantization is not None and weights.quantization.per_channel
    if per_channel and weights.dtype == "int4":
        node.fail(
            f"inputs[1] ({weights.name!r}) is int4 with {outputs} scales, expected one; TFLM refuses it too",
            Reason.CHANNEL_SCALES,
        )
    constant = weights.is_constant and (bias is None or bias.is_constant)
    geometry = FullyConnectedGeometry(
        batch=rows,
        input_depth=depth,
        output_depth=outputs,
        output_rank=len(target.shape),
        per_channel=per_channel,
        bias=bias is not None,
        weight_bits=WEIGHT_BITS[weights.dtype],
        constant=constant,
        dtype=source.dtype,
        accumulator_bits=accumulator_bits(node) if source.dtype == "int16" else 32,
    )
    if source.dtype == "float32":
        fused = bind_float_rows(node, constant, contracted=True)
        return Prepared(geometry, bind_float_rows(node, constant), contracted=fused)
    scaling = (
        per_channel_requantization(node, source, weights, target, outputs)
        if per_channel
        else _per_tensor_requantization(node, source, weights, bias, target, outputs)
    )
    if (far := bind_far(node, rescaled if source.dtype == "int8" else rescaled_short)) is not None:
        return Prepared(geometry, far)
    zero_point = 0 if per_channel else weights.zero_point

    def read(array: Array) -> NDArray[np.int16]:
        return unpacked(array, weights).astype(np.int16) - np.int16(zero_point)

    if source.dtype == "int16":
        return Prepared(geometry, bind_int16_rows(node, scaling, read, constant))

    return Prepared(geometry, bind_int8_rows(depth, outputs, scaling, read, constant))


def _per_tensor_requantization(
    node: Node, source: Tensor, weights: Tensor, bias: Tensor | None, target: Tensor, outputs: int
) -> Requantization:
    place = node.operator.place
    low, high = activation_range(node.options["fused_activation_function"], target, place)
    multiplier, shift = product_multiplier(source, weights, bias, target, node.release.real, place)
    return Requantization(
        source.zero_point,
        target.zero_point,
        low,
        high,
        np.full(outputs, multiplier, np.int32),
        np.full(outputs, shift, np.int32),
    )


def carry(scaling: Scaling, operator: Operator) -> None:
    source, weights = operator.inputs[:2]
    units, depth = scaling.old(weights)
    old, shape = scaling.old(source), scaling.shape(source)
    made = scaling.channels.get(operator.index, units)
    rows = prod(old) // depth
    new_depth = shape[-1] if old[-1] == depth else prod(shape) // rows
    scaling.set_weights(weights, (made, new_depth), 0)
    carry_bias(scaling, operator, 2, made)
    target = scaling.old(operator.outputs[0])
    lead = (prod(shape) // new_depth,) if len(target) == 2 else shape[:-1]
    scaling.set(operator.outputs[0], (*lead, made))


def has_no_bias(of: Use) -> bool:
    return len(of.dtypes) == 2


def example(d: Draw) -> Any:
    depth, units = d.pick(3, 8, 17), d.pick(1, 4, 5)
    return d.b.fully_connected(
        d.image(shape=(d.pick(1, 2), depth)), d.weights(units, depth), d.bias(units),
        weight_scale=d.scale(0.001, 0.02), activation=d.activation(), **d.out(),
    )  # fmt: skip


def _factors(node: Node) -> tuple[Any, Any]:
    """Multipliers and shifts, an output each or one for all."""
    source, weights, target = node.input(0), node.input(1), node.output(0)
    place = node.operator.place
    if weights.quantization is not None and weights.quantization.per_channel:
        return channel_multipliers(source, weights, target, weights.shape[0], place)
    return product_multiplier(source, weights, node.optional_input(2), target, node.release.real, place)


def rescaled_short(node: Node, rescale: Rescale) -> Compute:
    """Of int16 data: products of 32 bits, which wrap, and sums of as many bits as the bias has."""
    source, weights = node.input(0), node.input(1)
    multiplier, shift = _factors(node)
    low, high = activation_limits(node)
    wide = accumulator_bits(node) == 64

    def compute(inputs: Sequence[Array | None]) -> Whole:
        x = centred_numbers(inputs[0], source).reshape(-1, weights.shape[1])
        taps = centred_numbers(inputs[1], weights)
        total = bias_numbers(inputs, 2) + sum(
            low_32_bits(np.multiply.outer(column, tap)) for column, tap in zip(x.T, taps.T, strict=True)
        )
        scaled = shorter(total, multiplier, shift) if wide else rescale(total, multiplier, shift)
        return finish(node, scaled, low, high)

    return compute


def rescaled(node: Node, rescale: Rescale) -> Compute:
    source, weights = node.input(0), node.input(1)
    depth = weights.shape[1]
    multiplier, shift = _factors(node)
    low, high = activation_limits(node)

    def compute(inputs: Sequence[Array | None]) -> Whole:
        x, taps = centred_numbers(inputs[0], source).reshape(-1, depth), centred_numbers(inputs[1], weights).T
        real = taps.astype(float)
        total = x @ taps if is_far(weights) else whole_sums(lambda numbers: numbers @ real, x)
        return finish(
            node, rescale(low_32_bits(total + bias_numbers(inputs, 2)), multiplier, shift), low, high
        )

    return compute


SPEC = Spec(
    "FULLY_CONNECTED",
    prepare=ignoring(prepare, inputs=3, outputs=1),
    geometry=FullyConnectedGeometry,
    types=same("int8", "int16", "float32"),
    batch=constant_weights,
    observe=Observe(negative_sums, over="outputs"),
    in_reals=real_windowed.fully_connected,
    carry=carry,
    weights=Weights(channels=0, bias=2, free_channels=True, zero_point=True),
    multiplies=True,
    versions=Versions(
        int8=4,
        int16=7,
        when=((has_no_bias, 6), (lambda of: of.option("keep_num_dims"), 5)),
    ),
    cell="product",
    example=example,
    rescaled=rescaled,
)
