"""CUMSUM: float32 or int8, the sum of all numbers up to each one along one constant axis.

`exclusive` leaves each number itself out, `reverse` begins at the end. TFLM's int8 kernel begins each sum
with the input's zero point taken off once, and its int32 wraps after sixteen steps of the whole range.
Source: TFLM, micro/kernels/cumsum.cc and kernels/internal/reference/cumsum.h.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..words.dataclass import dataclass
from .add import read_only
from .batching import along_another_axis
from .carry import carry_same
from .example import Draw
from .far_zero_points import far_tensors
from .late import AXES
from .quantization import quantize_multiplier_smaller_than_one
from .real_elementwise import only
from .reduced_axes import along
from .spec import Array, Geometry, Node, Prepared, Real, Reals, Run, Spec, same

LEFT_SHIFT = 20
MANY = 2048
"""Elements of int8 from which every sum that there can be is rescaled before."""
WIDE = 32
"""Sums side by side from which on rows of them are made where they lie; others are laid side by side."""


@dataclass(frozen=True, slots=True)
class CumsumGeometry(Geometry):
    """`axis` is not negative."""

    shape: tuple[int, ...]
    axis: int
    exclusive: bool
    reverse: bool
    dtype: str


def prepare(node: Node) -> Prepared:
    node.expect_counts(2, 1)
    source = node.input(0, "int8", "float32")
    target = node.output(0, source.dtype)
    axes = node.constant_input(1, "int32").ravel().tolist()
    rank = len(source.shape)
    if len(axes) != 1 or not -rank <= axes[0] < rank:
        node.fail(f"inputs[1] (the axis) holds {axes}, expected one of {-rank} to {rank - 1}")
    if target.shape != source.shape:
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, expected {source.shape}")
    options = bool(node.options["exclusive"]), bool(node.options["reverse"])
    geometry = CumsumGeometry(source.shape, axes[0] % rank, *options, source.dtype)
    parameters: tuple[int, ...] = ()
    if source.dtype == "int8":
        node.expect_quantized("inputs[0]", source)
        node.expect_quantized("outputs[0]", target)
        factor = 2 * source.scale / ((1 << LEFT_SHIFT) * target.scale)
        multiplier, shift = quantize_multiplier_smaller_than_one(factor, node.operator.place)
        parameters = source.zero_point, multiplier, shift, target.zero_point

    far = bool(far_tensors(node))

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        x = inputs[0]
        assert x is not None
        columns, made = read_only(along(x, geometry.axis)), along(outputs[0], geometry.axis)
        if source.dtype == "int8":
            from ..kernels.running_sum import results, running_sum, running_sum_by_table

            if x.size >= MANY and not far:
                known, room = results(*parameters[1:]), np.empty(columns.shape[2], np.int64)
                return running_sum_by_table.bind(columns, known, made, room, *options, parameters[0])
            return running_sum.bind(columns, made, *options, *parameters)
        from ..kernels.data_movement import copy, in_turn
        from ..kernels.float_reductions import running_sum as in_floats

        def sums(source: Array, result: Array) -> Run:
            return in_floats.bind(source, result, np.empty(source.shape[2], np.float32), *options)

        outer, count, inner = columns.shape
        if inner == 1:
            from ..kernels.float_reductions import bind_rows

            rows = columns.reshape(outer, count), made.reshape(outer, count)
            if (fast := bind_rows(*rows, *options)) is not None:
                return fast
        if inner >= WIDE or outer == 1:
            return sums(columns, made)
        laid, summed = (np.empty((1, count, outer * inner), np.float32) for _ in range(2))
        shape = count, outer, inner
        return in_turn(
            (
                copy(columns.transpose(1, 0, 2), laid.reshape(shape)),
                sums(read_only(laid), summed),
                copy(summed.reshape(shape).transpose(1, 0, 2), made),
            )
        )

    return Prepared(geometry, bind)


def in_reals(node: Node, inputs: Reals) -> Real:
    x, axis = only(inputs), int(node.constant_input(1).reshape(-1)[0])
    turned = np.flip(x, axis) if node.options["reverse"] else x
    total = np.cumsum(turned, axis)
    total = total - turned if node.options["exclusive"] else total
    return np.flip(total, axis) if node.options["reverse"] else total


def example(d: Draw) -> Any:
    return d.b.cumsum(
        d.image(), d.pick(1, 2, 3), exclusive=d.pick(True, False), reverse=d.pick(True, False), **d.out()
    )


SPEC = Spec(
    "CUMSUM",
    prepare=AXES.around(prepare),
    late=AXES,
    geometry=CumsumGeometry,
    types=same("int8", "float32"),
    batch=along_another_axis,
    in_reals=in_reals,
    carry=carry_same,
    sums=True,
    example=example,
)
