"""STRIDED_SLICE: every so-manieth element between two indices of each dimension.

Specification: output as input, float32, int8, int16, int32 or bool, at most 4 dimensions. inputs[1..3]
are begin, end and strides: constant int32 vectors, one element a dimension, strides not 0. Negative
indices count from the end, then are clamped; a bit of begin_mask or end_mask opens that end; a bit of
shrink_axis_mask takes the element at begin and drops the dimension. The options ellipsis_mask,
new_axis_mask and offset are not read on a device, so that a model that needs them fails on its shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..words.dataclass import dataclass
from .batching import slice_of_each
from .constants import Values
from .example import Draw
from .spec import Array, ItemGeometry, Node, Prepared, Run, Spec, same
from .versions import Versions

MAX_RANK = 4


@dataclass(frozen=True, slots=True)
class StridedSliceGeometry(ItemGeometry):
    """Resolved against masks and signs: element counts per input dimension, before axes are shrunk."""

    input_shape: tuple[int, ...]
    begin: tuple[int, ...]
    strides: tuple[int, ...]
    counts: tuple[int, ...]
    dtype: str


def prepare(node: Node) -> Prepared:
    node.expect_counts(4, 1)
    source = node.input(0, "float32", "int8", "int16", "int32", "bool")
    target = node.output(0, source.dtype)
    rank = len(source.shape)
    if rank > MAX_RANK:
        node.fail(f"inputs[0] ({source.name!r}) has {rank} dimensions, expected at most {MAX_RANK}")
    begin, end, strides = (_indices(node, position, rank) for position in (1, 2, 3))
    if 0 in strides:
        node.fail(f"inputs[3], the strides, is {strides}, expected no zeros")
    spans = [_span(node, axis, source.shape[axis], begin, end, strides) for axis in range(rank)]
    starts, counts = tuple(span[0] for span in spans), tuple(span[1] for span in spans)
    shrunk = node.options["shrink_axis_mask"]
    expected = tuple(count for axis, count in enumerate(counts) if not shrunk >> axis & 1)
    if target.shape != expected:
        ignored = [name for name in ("ellipsis_mask", "new_axis_mask", "offset") if node.options[name]]
        reason = f"; TFLM does not read {' and '.join(ignored)}" if ignored else ""
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, expected {expected}{reason}")

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.data_movement import copy, steps

        source = inputs[0]
        assert source is not None
        return copy(steps(source, starts, strides, counts), outputs[0].reshape(counts))

    geometry = StridedSliceGeometry(source.shape, starts, strides, counts, source.dtype)
    return Prepared(geometry, bind)


def _indices(node: Node, position: int, rank: int) -> tuple[int, ...]:
    values = node.constant_input(position, "int32").reshape(-1)
    if len(values) < rank:
        node.fail(f"inputs[{position}] has {len(values)} elements, expected {rank}, one a dimension")
    return tuple(int(value) for value in values[:rank])


def _span(
    node: Node, axis: int, size: int, begin: Sequence[int], end: Sequence[int], strides: Sequence[int]
) -> tuple[int, int]:
    """First index and number of elements along one axis."""

    def clamped(index: int, first: int, last: int) -> int:
        return min(max(index + size if index < 0 else index, first), last)

    def masked(name: str) -> bool:
        return bool(node.options[name] >> axis & 1)

    stride = strides[axis]
    first, last = (0, size) if stride > 0 else (-1, size - 1)
    near, far = (first, last) if stride > 0 else (last, first)
    start = near if masked("begin_mask") else clamped(begin[axis], first, last)
    if masked("shrink_axis_mask"):
        if stride < 0 or not 0 <= start < size:
            node.fail(
                f"takes index {begin[axis]} with stride {stride} of axis {axis} with length {size}; "
                "expected an index inside and a positive stride (a device would write nothing)"
            )
        return start, 1
    stop = far if masked("end_mask") else clamped(end[axis], first, last)
    count = max(0, -((start - stop) // stride))
    return (start if count else 0), count


def example(d: Draw) -> Any:
    first, last, step = d.pick(
        ([0, 1], [2, 4], [1, 1]), ([0, 0], [2, 4], [1, 2]), ([1, 3], [-3, 0], [-1, -1])
    )
    x, masks = d.image(), d.pick({}, {"begin_mask": 6, "end_mask": 6})
    if step[0] < 0:
        last = [-1 - x.shape[1], last[1]]
    return d.b.strided_slice(x, [0, *first, 0], [1, *last, x.shape[3]], [1, *step, 1], **masks)


def evaluate(node: Node, values: Values) -> Values:
    options = node.options
    if options["ellipsis_mask"] or options["new_axis_mask"] or options["offset"]:
        raise ValueError("masks")
    source = values[0]
    begins, ends, strides = (value.reshape(-1).tolist() for value in values[1:])
    if not len(begins) == len(ends) == len(strides) == source.ndim:
        raise ValueError("rank")
    taken: list[Any] = []
    for axis, (begin, end, stride) in enumerate(zip(begins, ends, strides, strict=True)):
        if options["shrink_axis_mask"] >> axis & 1:
            taken.append(begin if not options["begin_mask"] >> axis & 1 else 0)
        else:
            first = None if options["begin_mask"] >> axis & 1 else begin
            taken.append(slice(first, None if options["end_mask"] >> axis & 1 else end, stride))
    return [np.asarray(source[tuple(taken)])]


SPEC = Spec(
    "STRIDED_SLICE",
    prepare=prepare,
    geometry=StridedSliceGeometry,
    types=same("int8", "int16", "int32", "float32", "bool"),
    batch=slice_of_each,
    shapes="passes",
    moves="data",
    copies="data",
    versions=Versions(int8=2, int16=4, wide=4),
    example=example,
    evaluate=evaluate,
)
