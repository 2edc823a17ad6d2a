"""SPLIT: a tensor cut into equal parts along one axis.

Specification: outputs as the input, float32, int8, int16 or int32. inputs[0] is the axis, a constant
int32, which may be negative; inputs[1] is the tensor. The number of outputs decides, not `num_splits`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from ..model.tables import ITEM_BYTES, Operator
from ..words.dataclass import dataclass
from .batching import always
from .carry import constant_values
from .constants import Values, checked_axis, scalar
from .example import Draw
from .scaling import Scaling, Unscalable
from .spec import Array, Geometry, Node, Prepared, Run, Spec, same
from .surplus import ignoring
from .versions import Versions


@dataclass(frozen=True, slots=True)
class SplitGeometry(Geometry):
    """`outer` rows; each row gives copy_bytes[i] to output i in turn."""

    outer: int
    copy_bytes: tuple[int, ...]
    dtype: str


def prepare(node: Node) -> Prepared:
    parts_count = len(node.outputs)
    node.expect_counts(2, range(1, max(2, parts_count + 1)))
    values = node.constant_input(0, "int32")
    source = node.input(1, "float32", "int8", "int16", "int32")
    if values.size != 1:
        node.fail(f"inputs[0], the axis, has shape {values.shape}, expected one element")
    axis, rank = int(values.reshape(-1)[0]), len(source.shape)
    place = axis + rank if axis < 0 else axis
    if not 0 <= place < rank:
        node.fail(f"axis is {axis}, expected {-rank} to {rank - 1} for inputs[1] {source.shape}")
    length, rest = divmod(source.shape[place], parts_count)
    if rest:
        node.fail(
            f"inputs[1] ({source.name!r}) has length {source.shape[place]} along axis {place}, "
            f"expected a multiple of {parts_count}, the number of outputs"
        )
    expected = (*source.shape[:place], length, *source.shape[place + 1 :])
    for position in range(parts_count):
        target = node.output(position, source.dtype)
        if target.shape != expected:
            node.fail(f"outputs[{position}] ({target.name!r}) has shape {target.shape}, expected {expected}")

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.data_movement import copy, in_turn, parts

        source = inputs[1]
        assert source is not None
        pairs = zip(parts(source, place, [length] * parts_count), outputs, strict=True)
        return in_turn([copy(part, target) for part, target in pairs])

    row = prod(source.shape[place + 1 :]) * ITEM_BYTES[source.dtype]
    geometry = SplitGeometry(prod(source.shape[:place]), (length * row,) * parts_count, source.dtype)
    return Prepared(geometry, bind)


def carry(scaling: Scaling, operator: Operator) -> None:
    shape = list(scaling.shape(operator.inputs[1]))
    axis = int(constant_values(scaling, operator.inputs[0]).reshape(-1)[0]) % len(shape)
    if shape[axis] % len(operator.outputs):
        raise Unscalable("split")
    shape[axis] //= len(operator.outputs)
    for index in operator.outputs:
        scaling.set(index, tuple(shape))


def example(d: Draw) -> Any:
    return d.b.split(d.image(), 2, d.pick(1, 2))


def evaluate(node: Node, values: Values) -> Values:
    return np.split(values[1], len(node.outputs), checked_axis(scalar(values[0]), values[1].ndim))


SPEC = Spec(
    "SPLIT",
    prepare=ignoring(prepare, inputs=2),
    geometry=SplitGeometry,
    types=same("int8", "int16", "int32", "float32"),
    data_input=1,
    batch=always,
    moves="data",
    carry=carry,
    copies="data",
    versions=Versions(int8=2, int16=4),
    example=example,
    evaluate=evaluate,
)
