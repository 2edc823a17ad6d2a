"""DYNAMIC_UPDATE_SLICE: a tensor in which a smaller one takes the place of what was there.

Specification: float32, int8, int16 or int32, all of inputs[0], inputs[1] and the output; inputs[2] is where
the update begins, int32 or int64 [dimensions], constant or computed, and moved inside where the update
would reach out. Source: TFLM, micro/kernels/dynamic_update_slice.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..words.dataclass import dataclass
from .example import Draw
from .spec import Array, ItemGeometry, Node, Prepared, Real, Reals, Run, Spec, same

DATA = ("int8", "int16", "int32", "float32")
MAX_RANK = 6


@dataclass(frozen=True, slots=True)
class UpdateGeometry(ItemGeometry):
    """Shapes of the tensor and of the update, in elements of `dtype`."""

    shape: tuple[int, ...]
    update_shape: tuple[int, ...]
    dtype: str


def prepare(node: Node) -> Prepared:
    node.expect_counts(3, 1)
    source = node.input(0, *DATA)
    update, target = node.input(1, source.dtype), node.output(0, source.dtype)
    start = node.input(2, "int32", "int64")
    rank = len(source.shape)
    fits = len(update.shape) == rank and all(
        part <= size for part, size in zip(update.shape, source.shape, strict=True)
    )
    if not fits or start.shape != (rank,) or not 1 <= rank <= MAX_RANK:
        node.fail(
            f"inputs have shapes {source.shape}, {update.shape} and {start.shape}, expected an update that "
            f"fits and as many first places as dimensions, 1 to {MAX_RANK}"
        )
    if target.shape != source.shape:
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, expected {source.shape}")

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.data_movement import copy, in_turn

        x, part, first = inputs
        y = outputs[0]
        assert x is not None
        assert part is not None
        assert first is not None

        if start.data is not None:
            place = _places(start.data, source.shape, update.shape)
            return in_turn((copy(x, y), copy(part, y[place])))

        def run() -> None:
            np.copyto(y, x)
            y[_places(first, source.shape, update.shape)] = part

        return run

    return Prepared(UpdateGeometry(source.shape, update.shape, source.dtype), bind)


def _places(first: Array, shape: tuple[int, ...], part: tuple[int, ...]) -> tuple[slice, ...]:
    begin = [min(max(0, int(at)), size - n) for at, size, n in zip(first, shape, part, strict=True)]
    return tuple(slice(at, at + n) for at, n in zip(begin, part, strict=True))


def in_reals(node: Node, inputs: Reals) -> Real:
    x, part, first = inputs
    assert x is not None
    assert part is not None
    assert first is not None
    made = x.copy()
    made[_places(first, x.shape, part.shape)] = part
    return made


def example(d: Draw) -> Any:
    x = d.image()
    update = d.b.constant(d.weights(1, 1, 2, x.shape[3]), x.scale, x.zero_point)
    return d.b.dynamic_update_slice(x, update, [0, d.pick(0, 1), d.pick(0, 1, 9), 0])


SPEC = Spec(
    "DYNAMIC_UPDATE_SLICE",
    prepare=prepare,
    geometry=UpdateGeometry,
    types=same(*DATA),
    in_reals=in_reals,
    copies="data",
    example=example,
)
