"""FILL: a tensor of one number.

Specification: inputs[0] is the output's shape, a constant vector of int8, int16, int32 or int64; inputs[1]
a scalar, float32, int8 or int32, constant or computed; output as the scalar. Source: TFLM,
micro/kernels/fill.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..words.dataclass import dataclass
from .constants import LARGEST_MADE, Values
from .example import Draw
from .real_elementwise import operands
from .spec import Array, ItemGeometry, Node, Prepared, Run, Spec, same
from .surplus import ignoring
from .versions import Versions


@dataclass(frozen=True, slots=True)
class FillGeometry(ItemGeometry):
    """`elements` are written."""

    elements: int
    dtype: str


def prepare(node: Node) -> Prepared:
    node.expect_counts(2, 1)
    value = node.input(1, "float32", "int8", "int32")
    target = node.output(0, value.dtype)
    if value.shape:
        node.fail(f"inputs[1] ({value.name!r}) has shape {value.shape}, expected a scalar")
    dimensions = node.constant_input(0, "int8", "int16", "int32", "int64")
    if dimensions.ndim != 1 or tuple(dimensions.tolist()) != target.shape:
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, expected {dimensions.tolist()}")

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.data_movement import fill

        source = inputs[1]
        assert source is not None
        return fill(outputs[0], source)

    return Prepared(FillGeometry(target.elements, value.dtype), bind)


def prepare_zeros(node: Node) -> Prepared:
    """ZEROS_LIKE."""
    node.expect_counts(1, 1)
    source = node.input(0, "float32", "int8", "int32", "int64")
    target = node.output(0, source.dtype)
    if source.elements != target.elements:
        node.fail(
            f"outputs[0] ({target.name!r}) has shape {target.shape}, expected the {source.elements} elements "
            f"of inputs[0] {source.shape}"
        )

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.data_movement import fill

        return fill(outputs[0], np.zeros((), outputs[0].dtype))

    return Prepared(FillGeometry(target.elements, source.dtype), bind)


def example(d: Draw) -> Any:
    return d.b.fill((d.pick(1, 2), d.pick(3, 4)), d.b.input((), "int8", **d.out()))


def evaluate(node: Node, values: Values) -> Values:
    target = node.outputs[0]
    if target.size_bytes > LARGEST_MADE or tuple(values[0].reshape(-1).tolist()) != target.shape:
        raise ValueError("large")
    return [np.full(target.shape, values[1].reshape(-1)[0], values[1].dtype)]


SPEC = Spec(
    "FILL",
    prepare=ignoring(prepare, inputs=2, outputs=1),
    geometry=FillGeometry,
    types=same("int8", "int32", "float32"),
    data_input=1,
    in_reals=lambda node, inputs: np.full(node.outputs[0].shape, operands(inputs)[1]),
    versions=Versions(int8=3, int16=3),
    example=example,
    evaluate=evaluate,
)
