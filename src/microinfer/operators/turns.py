"""How often a loop turns, where the graph alone tells: a counter of constant step against a fixed limit.

That is what converters write of a layer that goes over time steps, and of a loop over a range.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..model.tables import Operator, Tensor
from ..model.whole import Part
from .spec import Node

__all__ = ["count_turns"]


def count_turns(node: Node, condition: Part, body: Part) -> int | None:
    """Turns of the loop that `node` is, None where they hang on the data.

    The loop goes on as long as all of its comparisons hold; one that cannot be read may end it early, so that
    nothing is known then.
    """
    assert node.whole is not None
    tensors, operators = node.whole.graph.tensors, node.whole.graph.operators
    makers = {
        i: operators[at] for part in (condition, body) for at in part.operators for i in operators[at].outputs
    }

    def stepped(position: int) -> tuple[int, int] | None:
        """Where a tensor that goes round starts, and by how much each turn adds to it."""
        start = node.inputs[position]
        first = _number(start)
        if first is None:
            return None
        given, taken = body.outputs[position], body.inputs[position]
        if given == taken:
            return first, 0
        maker = makers.get(given)
        if maker is None or maker.name != "ADD" or len(maker.inputs) != 2 or taken not in maker.inputs:
            return None
        step = _number(tensors[maker.inputs[0] if maker.inputs[1] == taken else maker.inputs[1]])
        return None if step is None else (first, step)

    def line(index: int) -> tuple[int, int] | None:
        """A side of a comparison: its first value, and its step."""
        if index in condition.inputs:
            return stepped(condition.inputs.index(index))
        value = _number(tensors[index])
        return None if value is None else (value, 0)

    def comparisons(index: int) -> Sequence[Operator] | None:
        maker = makers.get(index)
        if maker is None:
            return None
        if maker.name == "LOGICAL_AND":
            sides = [comparisons(i) for i in maker.inputs]
            return None if None in sides else [one for side in sides if side is not None for one in side]
        return [maker] if maker.name in _SLACK and len(maker.inputs) == 2 else None

    found = comparisons(condition.outputs[0])
    if found is None:
        return None
    ends: list[int] = []
    for comparison in found:
        sides = [line(index) for index in comparison.inputs]
        if comparison.name in _TURNED:
            sides.reverse()
        if sides[0] is None or sides[1] is None:
            return None
        distance = sides[1][0] - sides[0][0] + _SLACK[comparison.name]
        closing = sides[0][1] - sides[1][1]
        if distance <= 0:
            return 0
        if closing > 0:
            ends.append(-(-distance // closing))
    return min(ends) if ends else None


def _number(tensor: Tensor | None) -> int | None:
    """A constant of one integer."""
    data = None if tensor is None else tensor.data
    if data is None or data.size != 1 or data.dtype.kind not in "iu":
        return None
    return int(data.reshape(-1)[0])


_SLACK = {"LESS": 0, "LESS_EQUAL": 1, "GREATER": 0, "GREATER_EQUAL": 1}
"""Comparisons of a smaller side with a larger one, and what equality adds to their distance."""
_TURNED = ("GREATER", "GREATER_EQUAL")
