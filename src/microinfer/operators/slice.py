"""SLICE: a block of a tensor, from an index of each dimension on.

Specification: output as input, float32, int8, int16, int32 or bool, at most 5 dimensions. inputs[1] and
inputs[2] are begin and size: vectors, constant or computed, int32 or int64, one element a dimension; a size
of -1 goes to the end. A device checks none of them against the tensor. Source: TFLM, micro/kernels/slice.cc.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..words.printing import counted
from .batching import slice_of_each
from .constants import Values
from .example import Draw
from .late import Late
from .spec import Array, Node, Prepared, Run, Spec, same
from .strided_slice import StridedSliceGeometry
from .versions import Versions

MAX_RANK = 5


def prepare(node: Node) -> Prepared:
    node.expect_counts(3, 1)
    source = node.input(0, "float32", "int8", "int16", "int32", "bool")
    target = node.output(0, source.dtype)
    rank = len(source.shape)
    if rank > MAX_RANK:
        node.fail(f"inputs[0] ({source.name!r}) has {rank} dimensions, expected at most {MAX_RANK}")
    kind = node.input(1, "int32", "int64").dtype
    begin, sizes = (
        tuple(int(value) for value in node.constant_input(position, kind, empty=True).reshape(-1))
        for position in (1, 2)
    )
    if not len(begin) == len(sizes) == rank:
        node.fail(
            f"begin and size are {begin} and {sizes}, expected {counted(rank, 'number')} each, "
            f"one a dimension"
        )
    counts = []
    for axis, (start, size, length) in enumerate(zip(begin, sizes, source.shape, strict=True)):
        count = length - start if size == -1 else size
        if start < 0 or count < 0 or start + count > length:
            node.fail(f"takes {size} from {start} on of axis {axis}, expected a part of its length {length}")
        counts.append(count)
    if target.shape != tuple(counts):
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, expected {tuple(counts)}")
    strides = (1,) * rank

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.data_movement import copy, steps

        source = inputs[0]
        assert source is not None
        return copy(steps(source, begin, strides, counts), outputs[0])

    geometry = StridedSliceGeometry(source.shape, begin, strides, tuple(counts), source.dtype)
    return Prepared(geometry, bind)


def _whole_output(node: Node) -> Iterable[Sequence[Sequence[int]]]:
    shape = node.output(0).shape
    yield [[0] * len(shape), shape]


LATE = Late((1, 2), _whole_output)


def example(d: Draw) -> Any:
    return d.b.slice(d.image(channels=3), [0, d.pick(0, 1), d.pick(1, 2), 0], [-1, 1, -1, d.pick(1, 3)])


def evaluate(node: Node, values: Values) -> Values:
    source, begin, size = values
    taken = []
    for length, first, count in zip(source.shape, begin.reshape(-1), size.reshape(-1), strict=True):
        last = length if count == -1 else int(first) + int(count)
        if not 0 <= first <= last <= length:
            raise ValueError("outside")
        taken.append(slice(int(first), last))
    return [source[tuple(taken)]]


SPEC = Spec(
    "SLICE",
    prepare=LATE.around(prepare),
    late=LATE,
    geometry=StridedSliceGeometry,
    types=same("int8", "int16", "int32", "float32", "bool"),
    batch=slice_of_each,
    shapes="passes",
    moves="data",
    versions=Versions(int8=2, int16=4, wide=5),
    example=example,
    evaluate=evaluate,
)
