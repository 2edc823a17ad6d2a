"""ADD_N: the sum of two tensors or more of one shape; int8 or float32.

int8 inputs all have one scale and one zero point; TFLM takes the zero point off once more than there are
inputs, so that other zero points than 0 shift the result. float32 is added in the order of the inputs.
Source: TFLM, micro/kernels/add_n.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import Reason
from ..words.dataclass import dataclass
from .add import read_only
from .batching import always
from .carry import carry_same
from .example import Draw
from .quantization import integer_range, quantize_multiplier_smaller_than_one
from .rescaled import finish, low_32_bits, stored_numbers
from .spec import Array, Compute, Geometry, Node, Prepared, Real, Reals, Rescale, Spec, Whole, same

LEFT_SHIFT = 20
LEAST, MOST = 2, 1 << 11
"""Shifted so far to the left, the halves of 2048 numbers of int8 still fit an int32."""


@dataclass(frozen=True, slots=True)
class SumGeometry(Geometry):
    """`inputs` tensors of so many `elements` are added."""

    elements: int
    inputs: int
    dtype: str


def output_factor(node: Node) -> tuple[int, int]:
    """Multiplier and right shift of the output, in float64. Inputs are halved, whatever their scale."""
    shared = 2 * np.float64(node.input(0).scale)
    with np.errstate(all="ignore"):
        real = float(shared / ((1 << LEFT_SHIFT) * np.float64(node.output(0).scale)))
    multiplier, shift = quantize_multiplier_smaller_than_one(real, node.operator.place)
    return multiplier, -shift


def added_zero_points(node: Node) -> int:
    """TFLM starts a sum with the zero point taken off, and takes it off each input as well."""
    return (len(node.inputs) + 1) * node.input(0).zero_point


def prepare(node: Node) -> Prepared:
    node.expect_counts(range(LEAST, MOST), 1)
    first = node.input(0, "int8", "float32")
    target = node.output(0, first.dtype)
    for position in range(len(node.inputs)):
        tensor = node.input(position, first.dtype)
        if tensor.shape != first.shape or target.elements != first.elements:
            node.fail(
                f"inputs[{position}] ({tensor.name!r}) has shape {tensor.shape}, inputs[0] {first.shape} and "
                f"outputs[0] {target.shape}, expected one shape"
            )
        if first.dtype == "int8":
            node.expect_quantized(f"inputs[{position}]", tensor)
            if (tensor.scale, tensor.zero_point) != (first.scale, first.zero_point):
                node.fail(
                    f"inputs[{position}] ({tensor.name!r}) has scale {tensor.scale:g} and zero point "
                    f"{tensor.zero_point}, expected those of inputs[0], {first.scale:g} and "
                    f"{first.zero_point}"
                )
    geometry = SumGeometry(target.elements, len(node.inputs), first.dtype)
    if first.dtype == "float32":
        return Prepared(geometry, bind_float)
    node.expect_quantized("outputs[0]", target)
    if not first.scale:
        node.fail(f"inputs[0] ({first.name!r}) has scale 0, expected more", Reason.MULTIPLIER)
    parameters = (
        added_zero_points(node), *output_factor(node), target.zero_point, *integer_range("int8")
    )  # fmt: skip

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels.arithmetic import rescale_sum
        from ..kernels.data_movement import in_turn
        from ..kernels.many_terms import add_int8, add_two_int8

        total = np.empty(target.elements, np.int32)
        one, other, *more = (read_only(x.reshape(-1)) for x in inputs if x is not None)
        return in_turn(
            (
                add_two_int8.bind(one, other, total),
                *(add_int8.bind(x, total) for x in more),
                rescale_sum.bind(total, outputs[0].reshape(-1), *parameters),
            )
        )

    return Prepared(geometry, bind)


def bind_float(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
    from ..kernels.data_movement import in_turn
    from ..kernels.many_terms import add_reals, add_three_reals, add_two_reals

    y = outputs[0].reshape(-1)
    terms = [read_only(x.reshape(-1)) for x in inputs if x is not None]
    first, more = terms[:3], terms[3:]
    totals = [*(np.empty(y.shape, y.dtype) for _ in more), y]
    runs = [(add_three_reals if len(first) == 3 else add_two_reals).bind(*first, totals[0])]
    for x, total, result in zip(more, totals, totals[1:], strict=False):
        runs.append(add_reals.bind(read_only(total), x, result))
    return in_turn(runs)


def in_reals(node: Node, inputs: Reals) -> Real:
    made: Real = np.sum([x for x in inputs if x is not None], axis=0)
    return made


def rescaled(node: Node, rescale: Rescale) -> Compute | None:
    if node.output(0).dtype != "int8":
        return None
    source, (multiplier, right), start = node.input(0), output_factor(node), added_zero_points(node)

    def compute(inputs: Sequence[Array | None]) -> Whole:
        total = sum(stored_numbers(x, source) for x in inputs) - start
        halves = low_32_bits(total << (LEFT_SHIFT - 1))
        return finish(node, rescale(halves, multiplier, -right), *integer_range("int8"))

    return compute


def example(d: Draw) -> Any:
    real = d.pick(False, True)
    x = d.real() if real else d.image()
    inputs = x, *(d.real(x.shape) if real else d.alike(x) for _ in range(d.pick(1, 2)))
    return d.b.add_n(inputs) if real else d.b.add_n(inputs, **d.out())


SPEC = Spec(
    "ADD_N",
    prepare=prepare,
    geometry=SumGeometry,
    types=same("int8", "float32"),
    batch=always,
    in_reals=in_reals,
    carry=carry_same,
    example=example,
    rescaled=rescaled,
)
