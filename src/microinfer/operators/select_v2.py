"""SELECT_V2: of two tensors, the first where a condition holds, else the second.

Specification: a bool condition; inputs[1], inputs[2] and the output of one type, float32, int8 or int16.
Shapes broadcast, up to 6 dimensions. Stored numbers are taken as they are: scales should be the same, and
nothing checks it. Source: TFLM, micro/kernels/select.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..words.dataclass import dataclass
from .add import MAX_RANK, flat_operands, padded, plain, read_only
from .batching import same_ranks
from .example import Draw
from .spec import Array, ItemGeometry, Node, Prepared, Real, Reals, Spec, same


@dataclass(frozen=True, slots=True)
class SelectGeometry(ItemGeometry):
    """Shapes of the condition, of both tensors and of the output."""

    shapes: tuple[tuple[int, ...], ...]
    dtype: str


def prepare(node: Node) -> Prepared:
    node.expect_counts(3, 1)
    condition, first = node.input(0, "bool"), node.input(1, "float32", "int8", "int16")
    second, target = node.input(2, first.dtype), node.output(0, first.dtype)
    shapes = condition.shape, first.shape, second.shape
    if max(len(shape) for shape in (*shapes, target.shape)) > MAX_RANK:
        node.fail(f"has shapes {shapes}, expected at most {MAX_RANK} dimensions")
    try:
        expected = np.broadcast_shapes(*shapes)
    except ValueError:
        node.fail(f"shapes {shapes} do not broadcast")
    if target.shape != expected:
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, expected {expected}")
    return Prepared(SelectGeometry((*shapes, target.shape), first.dtype), bind)


def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
    from ..kernels import element_pairs
    from ..kernels.chosen_units import choose
    from ..kernels.data_movement import in_turn

    y = outputs[0].reshape(-1)
    if unit := _unit(inputs, outputs[0]):
        by_units = choose(unit)
        if by_units is not None:
            flat = (read_only(x.reshape(-1)).view(np.uint8) for x in inputs if x is not None)
            return by_units.bind(*flat, y.view(np.uint8), unit)
    unsigned = f"u{y.itemsize}"
    (holds, chosen, other), copy = flat_operands(inputs, outputs[0])
    run = element_pairs.select(y.itemsize).bind(
        plain(holds), chosen.view(unsigned), other.view(unsigned), y.view(unsigned)
    )
    return run if copy is None else in_turn((copy, run))


def _unit(inputs: Sequence[Array | None], y: Array) -> int:
    """Bytes of the elements side by side that share a number of the condition, 0 where those of one number do
    not lie so, where a tensor broadcasts, or lies in the output's memory."""
    condition, *others = inputs
    assert condition is not None
    if any(x is None or x.size != y.size or np.may_share_memory(x, y) for x in others):
        return 0
    shape = padded(condition.shape, y.ndim)
    own = next((i for i in range(len(shape), 0, -1) if shape[i - 1] != 1), 0)
    if not condition.size or np.may_share_memory(condition, y) or shape[:own] != y.shape[:own]:
        return 0
    return y.nbytes // condition.size


def in_reals(node: Node, inputs: Reals) -> Real:
    condition, first, second = inputs
    assert condition is not None
    assert first is not None
    assert second is not None
    return np.where(condition != 0, first, second)


def example(d: Draw) -> Any:
    x = d.image()
    return d.b.select_v2(d.b.input(d.pick(x.shape, (1, 1, 1, x.shape[3])), "bool"), x, d.beside(x, same=True))


SPEC = Spec(
    "SELECT_V2",
    prepare=prepare,
    geometry=SelectGeometry,
    types=same("int8", "int16", "float32"),
    data_input=1,
    batch=same_ranks,
    in_reals=in_reals,
    example=example,
)
