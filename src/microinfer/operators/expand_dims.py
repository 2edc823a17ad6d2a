"""EXPAND_DIMS: a dimension of length 1 put in.

Specification: output as input, float32, int8 or int16. inputs[1] is the axis: a constant int32,
one element, at most one dimension; negative ones count from the end of the output's dimensions.
"""

from __future__ import annotations

from typing import Any

from .add import MAX_RANK
from .batching import always
from .carry import carry_reshape
from .constants import reshaped
from .example import Draw
from .reshape import ReshapeGeometry, prepared
from .spec import Node, Prepared, Spec, same


def prepare(node: Node) -> Prepared:
    node.expect_counts(2, 1)
    source = node.input(0, "float32", "int8", "int16")
    target = node.output(0, source.dtype)
    values = node.constant_input(1, "int32")
    if values.size != 1 or values.ndim > 1:
        node.fail(f"inputs[1], the axis, has shape {values.shape}, expected one element")
    axis, rank = int(values.reshape(-1)[0]), len(source.shape)
    place = axis + rank + 1 if axis < 0 else axis
    if not 0 <= place <= rank:
        node.fail(f"axis is {axis}, expected {-rank - 1} to {rank} for inputs[0] {source.shape}")
    if rank >= MAX_RANK:
        node.fail(f"outputs[0] ({target.name!r}) has {rank + 1} dimensions, expected at most {MAX_RANK}")
    expected = (*source.shape[:place], 1, *source.shape[place:])
    if target.shape != expected:
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, expected {expected}")
    return prepared(source)


def example(d: Draw) -> Any:
    return d.b.expand_dims(d.image(shape=(2, 3, 4)), d.pick(0, 1, 2, -1))


SPEC = Spec(
    "EXPAND_DIMS",
    prepare=prepare,
    geometry=ReshapeGeometry,
    types=same("int8", "int16", "float32"),
    batch=always,
    moves="data",
    carry=carry_reshape,
    keeps_pixels=True,
    copies="data",
    example=example,
    evaluate=reshaped,
)
