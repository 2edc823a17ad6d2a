"""REVERSE_V2: the elements along neighbouring axes in reverse order.

Specification: of any of these types, output as input; inputs[1] is the axes, a constant int32 [n] in any
order. Axes that are no neighbours TFLM refuses in Invoke. Source: TFLM, micro/kernels/reverse.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..words.dataclass import dataclass
from ..words.printing import counted
from .carry import carry_same
from .example import Draw
from .spec import Array, ItemGeometry, Node, Prepared, Run, Spec, Step, same
from .versions import Versions

DATA = ("int8", "uint8", "int16", "int32", "int64", "float32", "bool")
MAX_RANK = 6


@dataclass(frozen=True, slots=True)
class ReverseGeometry(ItemGeometry):
    """`axes` from the front, in order, neighbours."""

    shape: tuple[int, ...]
    axes: tuple[int, ...]
    dtype: str


def prepare(node: Node) -> Prepared:
    node.expect_counts(2, 1)
    source = node.input(0, *DATA)
    target = node.output(0, source.dtype)
    given = node.constant_input(1, "int32")
    rank = len(source.shape)
    if given.ndim != 1 or not 1 <= given.size <= rank <= MAX_RANK:
        node.fail(
            f"inputs[1], the axes, has shape {given.shape} for {counted(rank, 'dimension')}, "
            f"expected 1 to {rank} of "
            f"them, at most {MAX_RANK}"
        )
    if any(not -rank <= axis < rank for axis in given.tolist()):
        node.fail(f"inputs[1] (the axes) holds {given.tolist()}, expected {-rank} to {rank - 1}")
    axes = tuple(sorted(int(axis) % rank for axis in given))
    if axes != tuple(range(axes[0], axes[0] + len(axes))):
        node.fail(f"inputs[1] (the axes) holds {given.tolist()}, expected neighbours, each once")
    if target.shape != source.shape:
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, expected {source.shape}")

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.data_movement import copy

        x = inputs[0]
        assert x is not None
        return copy(np.flip(x, axes), outputs[0])

    return Prepared(ReverseGeometry(source.shape, axes, source.dtype), bind)


def _keeps_samples(step: Step) -> bool:
    geometry: Any = step.geometry
    return 0 not in geometry.axes


def example(d: Draw) -> Any:
    return d.b.reverse_v2(d.image(), d.pick((1,), (2,), (-1,), (1, 2)))


SPEC = Spec(
    "REVERSE_V2",
    prepare=prepare,
    geometry=ReverseGeometry,
    types=same(*DATA),
    batch=_keeps_samples,
    moves="data",
    carry=carry_same,
    copies="data",
    versions=Versions(int8=3, when=((lambda of: of.dtypes[0] == "bool", 2),)),
    example=example,
)
