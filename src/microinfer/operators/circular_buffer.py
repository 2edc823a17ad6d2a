"""CIRCULAR_BUFFER: the newest row behind the last ones, and an end to the run until enough have come in.

Specification: int8, [batch, 1, w, c] into a variable tensor [batch, rows, w, c], of which TFLM moves the
first image alone. Every `cycles_max` invocations the operators behind it run; in the others TFLM ends the
run here, and outputs hold what their memory does. Without a number, or with one below 1, it is 1 where
there are 5, 13 or 25 rows, else 2; the fifth such buffer since the last of those has 1, too, where it is 2
wide and 96 deep. TFLM counts from the device's start, here from the model's first buffer.
Source: TFLM, micro/kernels/circular_buffer.cc and circular_buffer_common.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..words.dataclass import dataclass
from .add import read_only
from .custom_options import custom_options
from .example import Draw
from .kept import Remembering, RunEndedError
from .real_elementwise import only
from .refusals import refusing
from .spec import Array, Geometry, Node, Prepared, Real, Reals, Run, Spec, resolve, same

EVERY_RUN = (5, 13, 25)
"""Rows of the buffers that TFLM knows from two models, and lets run every time."""
COUNTED = (2, 96)
"""Width and channels of one that it knows by its place among others."""
COUNTED_PLACE = 5


@dataclass(frozen=True, slots=True)
class CircularBufferGeometry(Geometry):
    """`rows` of `row` elements; what stands behind runs every `cycles` invocations."""

    rows: int
    row: int
    cycles: int
    dtype: str = "int8"


def prepare(node: Node) -> Prepared:
    node.expect_counts(1, 1)
    source, target = node.input(0, "int8"), node.output(0, "int8")
    shape = target.shape
    if len(shape) != 4 or source.shape != (shape[0], 1, *shape[2:]) or 0 in shape:
        node.fail(
            f"inputs[0] ({source.name!r}) and outputs[0] ({target.name!r}) have shapes {source.shape} and "
            f"{shape}, expected [batch, 1, w, c] and [batch, rows, w, c]"
        )
    if not target.is_variable:
        node.fail(f"outputs[0] ({target.name!r}) is no variable: what it keeps would be written over")
    cycles = _cycles(node, shape)
    rows, row, place = shape[1], shape[2] * shape[3], node.operator.place

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.circular_rows import take_in

        x = inputs[0]
        assert x is not None
        newest, held = x.reshape(-1)[:row], outputs[0].reshape(-1)[: rows * row].reshape(rows, row)
        left, waits = np.array([cycles], np.int64), np.zeros(1, np.int64)

        def end() -> None:
            raise RunEndedError(place)

        run = take_in.bind(read_only(newest), held, left, waits, cycles)
        return Remembering(refusing((run,), waits, end), left)

    return Prepared(CircularBufferGeometry(rows, row, cycles, source.dtype), bind)


def _cycles(node: Node, shape: tuple[int, ...]) -> int:
    given = _given(node)
    if given > 0:
        return given
    place = _place(node) if shape[2:] == COUNTED else 0
    return 1 if shape[1] in EVERY_RUN or place == COUNTED_PLACE else 2


def _given(node: Node) -> int:
    return custom_options(node).whole(0, "cycles_max") if node.operator.custom_options else 0


def _place(node: Node) -> int:
    """Which buffer without a number of cycles it is since the last that runs every time."""
    if node.whole is None:
        return 1
    graph, count = node.whole.graph, 0
    for operator in graph.operators:
        other = resolve(graph, operator)
        if operator.name != node.operator.name or _given(other) > 0:
            continue
        count += 1
        if operator.index == node.operator.index:
            break
        shape = other.output(0).shape
        if shape[1:2] and (shape[1] in EVERY_RUN or (count == COUNTED_PLACE and shape[2:] == COUNTED)):
            count = 0
    return count


def keeps_in_reals(node: Node) -> Callable[[Reals], Real]:
    """Raises `RunEndedError` where the device ends the run."""
    held = np.zeros(node.output(0).shape)
    cycles = _cycles(node, node.output(0).shape)
    left = [cycles]

    def run(inputs: Reals) -> Real:
        held[0] = np.concatenate([held[0, 1:], only(inputs)[0]])
        left[0] -= 1
        if left[0]:
            raise RunEndedError(node.operator.place)
        left[0] = cycles
        return held.copy()

    return run


def example(d: Draw) -> Any:
    x = d.image(shape=d.pick((1, 1, 4, 12), (1, 1, 6, 8)))
    return d.b.circular_buffer(x, d.pick(2, 5, 7), cycles=1)


SPEC = Spec(
    "CIRCULAR_BUFFER",
    prepare=prepare,
    geometry=CircularBufferGeometry,
    types=same("int8"),
    remembers=True,
    keeps_in_reals=keeps_in_reals,
    copies="data",
    example=example,
)
