"""TRANSPOSE: dimensions in another order.

Specification: output as input, float32, int8 or int16, at most 5 dimensions. inputs[1] is the
permutation, a constant int32 vector: output dimension i is input dimension permutation[i].

CMSIS-NN takes at most 4 dimensions in int8 and silently leaves the output of 5 unwritten.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..model.tables import Operator
from ..words.dataclass import dataclass
from .batching import always
from .carry import constant_values
from .constants import Values
from .example import Draw
from .scaling import Scaling
from .spec import Array, ItemGeometry, Node, Prepared, Run, Spec, same
from .versions import Versions

MAX_RANK = 5


@dataclass(frozen=True, slots=True)
class TransposeGeometry(ItemGeometry):
    """Output dimension i is input dimension permutation[i]."""

    input_shape: tuple[int, ...]
    permutation: tuple[int, ...]
    dtype: str


def prepare(node: Node) -> Prepared:
    node.expect_counts(2, 1)
    source = node.input(0, "float32", "int8", "int16")
    target = node.output(0, source.dtype)
    rank = len(source.shape)
    if rank > MAX_RANK:
        node.fail(f"inputs[0] ({source.name!r}) has {rank} dimensions, expected at most {MAX_RANK}")
    values = node.constant_input(1, "int32")
    if values.shape != (rank,):
        node.fail(f"inputs[1], the permutation, has shape {values.shape}, expected ({rank},)")
    permutation = tuple(int(axis) for axis in values)
    if sorted(permutation) != list(range(rank)):
        node.fail(f"inputs[1], the permutation, is {permutation}, expected each of 0 to {rank - 1} once")
    expected = tuple(source.shape[axis] for axis in permutation)
    if target.shape != expected:
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, expected {expected}")

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.data_movement import copy

        source = inputs[0]
        assert source is not None
        return copy(source.transpose(permutation), outputs[0])

    return Prepared(TransposeGeometry(source.shape, permutation, source.dtype), bind)


def carry(scaling: Scaling, operator: Operator) -> None:
    shape = scaling.shape(operator.inputs[0])
    order = constant_values(scaling, operator.inputs[1]).reshape(-1)
    scaling.set(operator.outputs[0], tuple(shape[int(axis)] for axis in order))


def example(d: Draw) -> Any:
    return d.b.transpose(d.image(), d.pick((0, 3, 1, 2), (0, 2, 1, 3), (3, 2, 1, 0)))


def evaluate(node: Node, values: Values) -> Values:
    return [np.transpose(values[0], values[1].reshape(-1).tolist())]


SPEC = Spec(
    "TRANSPOSE",
    prepare=prepare,
    geometry=TransposeGeometry,
    types=same("int8", "int16", "float32"),
    batch=always,
    moves="data",
    carry=carry,
    copies="data",
    versions=Versions(int8=2, int16=2, wide=4),
    example=example,
    evaluate=evaluate,
)
