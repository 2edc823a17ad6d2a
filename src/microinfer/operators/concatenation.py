"""CONCATENATION: tensors behind one another along one axis.

Specification: 1 to 10 inputs and the output of one type, float32, int8, int16, int32, int64 or bool,
at most 6 dimensions, equal but for the axis, which may be negative. int8: every input has the output's
scale and zero point (nothing is rescaled); int16: zero points are 0. No fused activation.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from ..model.tables import ITEM_BYTES, Operator, Tensor
from ..words.dataclass import dataclass
from .batching import always
from .constants import Values, checked_axis
from .example import Draw
from .scaling import Scaling, Unscalable
from .spec import Array, Geometry, Node, Prepared, Run, Spec, same
from .surplus import ignoring
from .versions import Versions

MAX_INPUTS = 10
MAX_RANK = 6
NEAR_BYTES, MOST_TURNS = 16 << 10, 16
"""Of the output that all inputs are copied to before the next, so that it stays in the first cache."""


@dataclass(frozen=True, slots=True)
class ConcatenationGeometry(Geometry):
    """`outer` rows; each row takes copy_bytes[i] from input i in turn."""

    outer: int
    copy_bytes: tuple[int, ...]
    dtype: str


def prepare(node: Node) -> Prepared:
    node.expect_counts(range(1, MAX_INPUTS + 1), 1)
    if node.options["fused_activation_function"] != "NONE":
        node.fail(f"has the fused activation {node.options['fused_activation_function']}, expected NONE")
    dtype = node.input(0, "float32", "int8", "int16", "int32", "int64", "bool").dtype
    target = node.output(0, dtype)
    sources = [node.input(position, dtype) for position in range(len(node.inputs))]
    rank, axis = len(target.shape), node.options["axis"]
    place = axis + rank if axis < 0 else axis
    if rank > MAX_RANK:
        node.fail(f"outputs[0] ({target.name!r}) has {rank} dimensions, expected at most {MAX_RANK}")
    if not 0 <= place < rank:
        node.fail(f"axis is {axis}, expected {-rank} to {rank - 1} for outputs[0] {target.shape}")
    for position, source in enumerate(sources):
        _check_input(node, position, source, target, place)
    lengths = [source.shape[place] for source in sources]
    if sum(lengths) != target.shape[place]:
        node.fail(
            f"outputs[0] ({target.name!r}) has length {target.shape[place]} along axis {place}, "
            f"expected {sum(lengths)}, the sum of the inputs"
        )
    if dtype == "int16" and target.zero_point != 0:
        node.fail(f"outputs[0] ({target.name!r}) has zero point {target.zero_point}, expected 0 for int16")

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.data_movement import copy, in_turn, parts

        target = outputs[0]
        rows = prod(target.shape[:place])
        sources = [
            source.reshape(rows, source.size // max(1, rows)) for source in inputs if source is not None
        ]
        turns = min(MOST_TURNS, -(-target.nbytes // NEAR_BYTES)) if len(sources) > 1 else 1
        step = -(-rows // max(1, turns))
        pieces = parts(target.reshape(rows, target.size // max(1, rows)), 1, [x.shape[1] for x in sources])
        runs = [
            copy(source[at : at + step], piece[at : at + step])
            for at in range(0, rows, max(1, step))
            for source, piece in zip(sources, pieces, strict=True)
        ]
        return in_turn(runs)

    row = prod(target.shape[place + 1 :]) * ITEM_BYTES[dtype]
    geometry = ConcatenationGeometry(
        prod(target.shape[:place]), tuple(length * row for length in lengths), dtype
    )
    return Prepared(geometry, bind)


def _check_input(node: Node, position: int, source: Tensor, target: Tensor, axis: int) -> None:
    where = f"inputs[{position}] ({source.name!r})"
    rest = target.shape[:axis], target.shape[axis + 1 :]
    if len(source.shape) != len(target.shape) or (source.shape[:axis], source.shape[axis + 1 :]) != rest:
        node.fail(
            f"{where} has shape {source.shape}, expected outputs[0] {target.shape} in all but axis {axis}"
        )
    if source.dtype == "int8" and (source.scale, source.zero_point) != (target.scale, target.zero_point):
        node.fail(
            f"{where} has scale {source.scale} and zero point {source.zero_point}, expected those of "
            f"outputs[0], {target.scale} and {target.zero_point}; put a QUANTIZE before it"
        )
    if source.dtype == "int16" and source.zero_point != 0:
        node.fail(f"{where} has zero point {source.zero_point}, expected 0 for int16")


def carry(scaling: Scaling, operator: Operator) -> None:
    shapes = [list(scaling.shape(index)) for index in operator.inputs]
    axis = int(operator.options["axis"]) % len(shapes[0])
    others = {tuple(shape[:axis] + shape[axis + 1 :]) for shape in shapes}
    constants = any(scaling.tensors[index].is_constant for index in operator.inputs)
    if len(others) > 1 or constants:
        raise Unscalable("concatenation")
    made = shapes[0]
    made[axis] = sum(shape[axis] for shape in shapes)
    scaling.set(operator.outputs[0], tuple(made))


def example(d: Draw) -> Any:
    x = d.image()
    return d.b.concatenation(
        [x, d.b.input(x.shape, d.dtype, scale=x.scale, zero_point=x.zero_point)], d.pick(1, 2, 3)
    )


def evaluate(node: Node, values: Values) -> Values:
    if node.options["fused_activation_function"] != "NONE":
        raise ValueError("activation")
    if len({(tensor.scale, tensor.zero_point) for tensor in (*node.inputs, *node.outputs) if tensor}) > 1:
        raise ValueError("scales")
    return [np.concatenate(values, checked_axis(node.options["axis"], values[0].ndim))]


SPEC = Spec(
    "CONCATENATION",
    prepare=ignoring(prepare, outputs=1),
    geometry=ConcatenationGeometry,
    types=same("int8", "int16", "int32", "int64", "float32", "bool"),
    batch=always,
    shapes="passes",
    moves="inputs",
    carry=carry,
    versions=Versions(int8=2, int16=3),
    example=example,
    evaluate=evaluate,
)
