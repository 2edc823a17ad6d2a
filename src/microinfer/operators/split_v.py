"""SPLIT_V: a tensor cut into parts of any lengths along one axis.

Specification: outputs as the input, float32, int8, int16 or int32. inputs[0] is the tensor, inputs[2] the
axis, a constant int32, which may be negative. inputs[1], the lengths, is not read on a device: the outputs'
own shapes decide. Source: TFLM, micro/kernels/split_v.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from ..model.tables import ITEM_BYTES
from .batching import always
from .example import Draw
from .spec import Array, Node, Prepared, Run, Spec, same
from .split import SplitGeometry
from .versions import Versions


def prepare(node: Node) -> Prepared:
    count = len(node.outputs)
    node.expect_counts(3, range(1, max(2, count + 1)))
    source = node.input(0, "float32", "int8", "int16", "int32")
    values = node.constant_input(2, "int32")
    if values.size != 1:
        node.fail(f"inputs[2], the axis, has shape {values.shape}, expected one element")
    axis, rank = int(values.reshape(-1)[0]), len(source.shape)
    place = axis + rank if axis < 0 else axis
    if not 0 <= place < rank:
        node.fail(f"axis is {axis}, expected {-rank} to {rank - 1} for inputs[0] {source.shape}")
    lengths = []
    for position in range(count):
        target = node.output(position, source.dtype)
        length = target.shape[place] if place < len(target.shape) else 0
        expected = (*source.shape[:place], length, *source.shape[place + 1 :])
        if target.shape != expected:
            node.fail(f"outputs[{position}] ({target.name!r}) has shape {target.shape}, expected {expected}")
        lengths.append(length)
    if sum(lengths) != source.shape[place]:
        node.fail(
            f"outputs have lengths {lengths} along axis {place}, expected a sum of {source.shape[place]}"
        )

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.data_movement import copy, in_turn, parts

        source = inputs[0]
        assert source is not None
        pairs = zip(parts(source, place, lengths), outputs, strict=True)
        return in_turn([copy(part, target) for part, target in pairs])

    row = prod(source.shape[place + 1 :]) * ITEM_BYTES[source.dtype]
    made = tuple(length * row for length in lengths)
    return Prepared(SplitGeometry(prod(source.shape[:place]), made, source.dtype), bind)


def example(d: Draw) -> Any:
    return d.b.split_v(d.image(shape=(1, 4, 3, 2)), d.pick([1, 3], [2, 1, 1]), 1)


SPEC = Spec(
    "SPLIT_V",
    prepare=prepare,
    geometry=SplitGeometry,
    types=same("int8", "int16", "int32", "float32"),
    batch=always,
    moves="data",
    versions=Versions(int8=2, int16=2),
    example=example,
)
