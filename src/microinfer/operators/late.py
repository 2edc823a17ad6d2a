"""Parameters that are computed at run time, where TFLM's Eval reads them: axes, paddings, a slice's begin.

An operator is prepared for values that its shapes allow, which give its memory, and is prepared anew for
those that a run finds. What these make of the tensors is checked each time: a device looks at nothing, and
would read or write out of bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations_with_replacement, islice

import numpy as np

from ..errors import UnsupportedError
from ..words.dataclass import dataclass, replace
from .node import Array, Bind, Node, Prepared, Run

__all__ = ["AXES", "Late"]

MOST_KEPT = 64
MOST_AXES = 6
MOST_GUESSES = 2048


@dataclass(frozen=True, slots=True)
class Late:
    """Inputs at `positions` may be computed. `guess` has values for all of them, one after another."""

    positions: tuple[int, ...]
    guess: Callable[[Node], Iterable[Sequence[Sequence[int]]]]

    def opened(self, node: Node) -> tuple[int, ...]:
        """The positions whose values only a run can tell."""
        given = {place: node.inputs[place] for place in self.positions if place < len(node.inputs)}
        return tuple(place for place, t in given.items() if t is not None and t.data is None and t.elements)

    def around(self, prepare: Callable[[Node], Prepared]) -> Callable[[Node], Prepared]:
        """`prepare` for nodes whose parameters are constants, and for others."""

        def either(node: Node) -> Prepared:
            opened = self.opened(node)
            if not opened:
                return prepare(node)
            for place in opened:
                node.input(place, "int32", "int64")
            made = self._first(prepare, node, opened)
            contracted = made.contracted and _late(prepare, node, opened, contracted=True)
            return Prepared(
                replace(made.geometry, computed=True),
                _late(prepare, node, opened, contracted=False),
                None,
                contracted,
            )

        return either

    def _first(self, prepare: Callable[[Node], Prepared], node: Node, opened: Sequence[int]) -> Prepared:
        """Raises UnsupportedError as `prepare` does of the first guess, where all are refused."""
        refusal: UnsupportedError | None = None
        for values in islice(self.guess(node), MOST_GUESSES):
            arrays = [values[self.positions.index(place)] for place in opened]
            try:
                return prepare(_given(node, opened, arrays))
            except UnsupportedError as error:
                refusal = refusal or error
        if refusal is None:
            node.fail(f"no values of inputs {list(opened)} go with its shapes")
        raise refusal


def _axes(node: Node) -> Iterable[Sequence[Sequence[int]]]:
    """All axes that the second input could hold, in ascending order."""
    rank, count = len(node.input(0).shape), node.input(1).elements
    if count > MOST_AXES:
        node.fail(f"inputs[1], the axes, has {count} elements, expected at most {MOST_AXES}")
    return ([chosen] for chosen in combinations_with_replacement(range(max(rank, 1)), count))


def _given(node: Node, places: Sequence[int], values: Sequence[Sequence[int] | Array]) -> Node:
    """The node with constants at these places."""
    inputs = list(node.inputs)
    for place, value in zip(places, values, strict=True):
        tensor = inputs[place]
        assert tensor is not None
        data = np.array(value, tensor.dtype)
        if data.size != tensor.elements:
            node.fail(
                f"inputs[{place}] ({tensor.name!r}) has {tensor.elements} elements, expected {data.size}"
            )
        inputs[place] = replace(tensor, data=data.reshape(tensor.shape), start=None)
    return replace(node, inputs=tuple(inputs))


def _late(
    prepare: Callable[[Node], Prepared], node: Node, opened: Sequence[int], *, contracted: bool
) -> Bind:
    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        found: list[Array] = [array for place in opened if (array := inputs[place]) is not None]
        known: dict[bytes, Run] = {}

        def run() -> None:
            values = b"".join(array.tobytes() for array in found)
            if values not in known:
                if len(known) >= MOST_KEPT:
                    known.clear()
                made = prepare(_given(node, opened, found))
                chosen = made.contracted if contracted and made.contracted is not None else made.bind
                known[values] = chosen(inputs, outputs)
            known[values]()

        return run

    return bind


AXES = Late((1,), _axes)
