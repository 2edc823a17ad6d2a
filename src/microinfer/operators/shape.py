"""SHAPE: the dimensions of a tensor, as numbers.

Specification: an input of any type of fixed size; the output is an int32 vector with one element a dimension.
Converters write it where the batch was left open, in front of STRIDED_SLICE, PACK and RESHAPE. Shapes
are fixed on a device, so it writes the same numbers every time. Source: TFLM, micro/kernels/shape.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..model.tables import ITEM_BYTES
from ..words.dataclass import dataclass
from .constants import Values
from .example import Draw
from .reshape import DTYPES
from .spec import Array, Geometry, Node, Prepared, Real, Reals, Run, Spec, to


@dataclass(frozen=True, slots=True)
class ShapeGeometry(Geometry):
    """`rank` numbers are written, of a tensor of `dtype`."""

    rank: int
    dtype: str = "int8"


def prepare(node: Node) -> Prepared:
    node.expect_counts(1, 1)
    source, target = node.input(0, *DTYPES), node.output(0, "int32")
    rank = len(source.shape)
    if target.shape != (rank,):
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, expected {(rank,)}")
    dimensions = np.array(source.shape, np.int32)

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.data_movement import copy

        return copy(dimensions, outputs[0])

    return Prepared(ShapeGeometry(rank, source.dtype), bind)


def in_reals(node: Node, inputs: Reals) -> Real:
    assert inputs[0] is not None
    return np.array(inputs[0].shape, np.float64)


def example(d: Draw) -> Any:
    return d.b.shape(d.image())


def evaluate(node: Node, values: Values) -> Values:
    """From the input's shape alone."""
    source = node.inputs[0]
    if source is None:
        raise ValueError("no input")
    return [np.array(source.shape, node.outputs[0].dtype)]


SPEC = Spec(
    "SHAPE",
    prepare=prepare,
    geometry=ShapeGeometry,
    types=to("int32", *ITEM_BYTES),
    shapes="tells",
    in_reals=in_reals,
    example=example,
    evaluate=evaluate,
)
