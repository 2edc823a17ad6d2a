"""BROADCAST_ARGS: the shape that two shapes broadcast to; int32 or int64 vectors.

Sizes that differ, none of them 1, have no answer: TFLM aborts, and so does this, when they come.
Source: TFLM, micro/kernels/broadcast_args.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..words.dataclass import dataclass
from .add import read_only
from .example import Draw
from .real_elementwise import operands
from .refusals import refusing
from .spec import Array, Geometry, Node, Prepared, Real, Reals, Spec, same


@dataclass(frozen=True, slots=True)
class ShapesGeometry(Geometry):
    """Sizes in each of the shapes, and in the one that is made."""

    lengths: tuple[int, int]
    length: int
    dtype: str


def prepare(node: Node) -> Prepared:
    node.expect_counts(2, 1)
    first = node.input(0, "int32", "int64")
    second, target = node.input(1, first.dtype), node.output(0, first.dtype)
    for where, tensor in (("inputs[0]", first), ("inputs[1]", second), ("outputs[0]", target)):
        if len(tensor.shape) != 1:
            node.fail(f"{where} ({tensor.name!r}) has shape {tensor.shape}, expected one dimension")
    lengths = first.elements, second.elements
    if target.elements != max(lengths):
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, expected ({max(lengths)},)")

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels.broadcast_shapes import broadcast
        from ..kernels.data_movement import copy, in_turn

        x1, x2 = inputs
        assert x1 is not None
        assert x2 is not None
        whole, clash = np.ones((2, target.elements), first.dtype), np.zeros(1, np.int64)

        def refuse() -> None:
            raise UnsupportedError(
                f"BROADCAST_ARGS: shapes {whole[0].tolist()} and {whole[1].tolist()} do not broadcast: "
                "TFLM aborts here, on a target in an endless loop",
                node.operator.place,
            )

        find = broadcast[first.dtype].bind(read_only(x1), read_only(x2), whole, clash)
        return in_turn((refusing((find,), clash, refuse), copy(whole[0], outputs[0])))

    return Prepared(ShapesGeometry(lengths, target.elements, first.dtype), bind)


def in_reals(node: Node, inputs: Reals) -> Real:
    first, second = operands(inputs)
    length = max(first.size, second.size)
    one, other = (np.concatenate([np.ones(length - x.size), x]) for x in (first, second))
    return np.where(one == 1, other, one)


def example(d: Draw) -> Any:
    sizes = d.g.integers(1, 6, 4).astype(np.int32)
    other = np.where(d.g.integers(0, 2, 4) == 0, np.int32(1), sizes)[d.pick(0, 1, 2) :]
    return d.b.broadcast_args(d.b.constant(sizes), d.b.constant(other))


SPEC = Spec(
    "BROADCAST_ARGS",
    prepare=prepare,
    geometry=ShapesGeometry,
    types=same("int32", "int64"),
    in_reals=in_reals,
    example=example,
)
