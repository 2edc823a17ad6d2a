"""BROADCAST_TO: dimensions of length 1, and new ones in front, repeated.

Specification: output as input, any type of fixed size, at most 5 dimensions. inputs[1] is the output's
shape, a constant vector of int32 or int64. Source: TFLM, micro/kernels/broadcast_to.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..model.tables import ITEM_BYTES
from ..words.dataclass import dataclass
from .constants import LARGEST_MADE, Values
from .example import Draw
from .reshape import DTYPES
from .spec import Array, ItemGeometry, Node, Prepared, Run, Spec, same
from .versions import Versions

MAX_RANK = 5


@dataclass(frozen=True, slots=True)
class BroadcastGeometry(ItemGeometry):
    """The shapes before and after."""

    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    dtype: str


def prepare(node: Node) -> Prepared:
    node.expect_counts(2, 1)
    source = node.input(0, *DTYPES)
    target = node.output(0, source.dtype)
    shape = node.constant_input(1, "int32", "int64")
    if len(target.shape) > MAX_RANK:
        node.fail(
            f"outputs[0] ({target.name!r}) has {len(target.shape)} dimensions, expected at most {MAX_RANK}"
        )
    if shape.ndim != 1 or tuple(shape.tolist()) != target.shape:
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, expected {shape.tolist()}")
    tail = target.shape[len(target.shape) - len(source.shape) :]
    if len(source.shape) > len(target.shape) or any(
        size not in (1, wanted) for size, wanted in zip(source.shape, tail, strict=True)
    ):
        node.fail(
            f"inputs[0] ({source.name!r}) has shape {source.shape}, which does not repeat to {target.shape}"
        )

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.data_movement import copy

        x, y = inputs[0], outputs[0]
        assert x is not None
        return copy(np.broadcast_to(x, y.shape), y)

    return Prepared(BroadcastGeometry(source.shape, target.shape, source.dtype), bind)


def example(d: Draw) -> Any:
    return d.b.broadcast_to(d.image(shape=(1, d.pick(1, 3), 1, 2)), (2, 3, d.pick(1, 2), 2))


def evaluate(node: Node, values: Values) -> Values:
    if node.outputs[0].size_bytes > max(LARGEST_MADE, values[0].nbytes):
        raise ValueError("large")
    return [np.broadcast_to(values[0], tuple(values[1].reshape(-1).tolist()))]


SPEC = Spec(
    "BROADCAST_TO",
    prepare=prepare,
    geometry=BroadcastGeometry,
    types=same(*ITEM_BYTES),
    moves="data",
    versions=Versions(least=2, int8=3, int16=3),
    example=example,
    evaluate=evaluate,
)
