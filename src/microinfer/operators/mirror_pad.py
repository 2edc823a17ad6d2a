"""MIRROR_PAD: a border that mirrors what lies inside, the edge itself left out (reflect) or repeated
(symmetric).

Specification: float32 or int8, output as input. inputs[1] is the paddings: int32 or int64 [dimensions, 2],
constant or computed. Behind the tensor TFLM repeats its first element where the mirror would reach further;
in front it would read out of the row, which is refused. Source: TFLM, micro/kernels/mirror_pad.cc.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..words.dataclass import dataclass
from .batching import always
from .example import Draw
from .late import Late
from .pad import carry
from .spec import Array, ItemGeometry, Node, Prepared, Run, Spec, same
from .surplus import ignoring
from .versions import Versions


@dataclass(frozen=True, slots=True)
class MirrorPadGeometry(ItemGeometry):
    """Shapes as the model has them; `before` and `after` per dimension, in elements of `dtype`."""

    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    symmetric: bool
    dtype: str


def prepare(node: Node) -> Prepared:
    node.expect_counts(2, 1)
    source = node.input(0, "int8", "float32")
    target = node.output(0, source.dtype)
    paddings = node.constant_input(1, "int32", "int64")
    rank = len(source.shape)
    if paddings.shape != (rank, 2):
        node.fail(f"inputs[1], the paddings, has shape {paddings.shape}, expected ({rank}, 2)")
    pairs = [(int(before), int(after)) for before, after in paddings]
    if any(amount < 0 for pair in pairs for amount in pair):
        node.fail(f"inputs[1], the paddings, is {pairs}, expected no negative amounts")
    symmetric = node.options["mode"] not in (0, "REFLECT")
    for size, (before, _) in zip(source.shape, pairs, strict=True):
        if before > size - (not symmetric):
            node.fail(
                f"inputs[1], the paddings, has {before} before {size} elements, expected at most "
                f"{size - (not symmetric)}: beyond that a device reads out of the row"
            )
    expected = tuple(size + sum(pair) for size, pair in zip(source.shape, pairs, strict=True))
    if target.shape != expected:
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, expected {expected}")
    befores, afters = tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)
    geometry = MirrorPadGeometry(source.shape, target.shape, befores, afters, symmetric, source.dtype)
    return Prepared(geometry, partial(_bind, geometry))


def _paddings(node: Node) -> Iterable[Sequence[Sequence[int]]]:
    """All behind the tensor."""
    sizes = zip(node.output(0).shape, node.input(0).shape, strict=False)
    yield [[amount for made, given in sizes for amount in (0, max(made - given, 0))]]


LATE = Late((1,), _paddings)


def mirrored(size: int, before: int, after: int, symmetric: bool) -> NDArray[np.intp]:
    """Which element stands at each place of a padded axis."""
    made = np.empty(before + size + after, np.intp)
    for where, which in _pieces(size, before, after, symmetric):
        made[where] = np.arange(size)[which]
    return made


def _pieces(size: int, before: int, after: int, symmetric: bool) -> Iterator[tuple[slice, slice]]:
    """(where, which elements) of a padded axis: what lies inside, the mirrors, and what is repeated."""
    edge, last = 0 if symmetric else 1, before + size
    yield slice(before, last), slice(0, size)
    if before:
        stop = edge - 1
        yield slice(0, before), slice(before + stop, stop if stop >= 0 else None, -1)
    mirrored = min(after, size - edge)
    if mirrored:
        stop = size - edge - mirrored - 1
        yield slice(last, last + mirrored), slice(size - edge - 1, stop if stop >= 0 else None, -1)
    if after > mirrored:
        yield slice(last + mirrored, last + after), slice(0, 1)


def _bind(g: MirrorPadGeometry, inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
    """Axis by axis, the outermost first, through tensors that grow."""
    from ..kernels.data_movement import copy, in_turn

    x, y = inputs[0], outputs[0]
    assert x is not None
    axes = [axis for axis in range(len(g.input_shape)) if g.before[axis] or g.after[axis]]
    if not axes:
        return copy(x, y)
    runs: list[Run] = []
    for axis in axes:
        before, after = g.before[axis], g.after[axis]
        shape = (*x.shape[:axis], before + g.input_shape[axis] + after, *x.shape[axis + 1 :])
        made = y if axis == axes[-1] else np.empty(shape, y.dtype)
        outer = (slice(None),) * axis
        for where, which in _pieces(g.input_shape[axis], before, after, g.symmetric):
            target = made[(*outer, where)]
            runs.append(copy(np.broadcast_to(x[(*outer, which)], target.shape), target))
        x = made
    return in_turn(runs)


def example(d: Draw) -> Any:
    paddings = [(0, 0), (d.pick(0, 1), d.pick(0, 1)), (d.pick(0, 1, 2), d.pick(1, 2)), (0, 0)]
    return d.b.mirror_pad(d.image(), paddings, symmetric=d.pick(True, False))


SPEC = Spec(
    "MIRROR_PAD",
    prepare=ignoring(LATE.around(prepare), inputs=2, outputs=1),
    late=LATE,
    geometry=MirrorPadGeometry,
    types=same("int8", "float32"),
    batch=always,
    moves="data",
    carry=carry,
    copies="data",
    versions=Versions(int8=2, int16=3),
    example=example,
)
