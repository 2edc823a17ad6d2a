"""Operators that reach beyond their own tensors, in real numbers: to variables, and to subgraphs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from ..model.whole import Part, Whole
from ..operators.assign_variable import AssignVariableGeometry
from ..operators.branching import IfGeometry, WhileGeometry
from ..operators.calls import find_called
from ..operators.read_variable import ReadVariableGeometry
from ..operators.reals import real_values
from ..operators.registry import row
from ..operators.resources import resources
from ..operators.spec import Node, Real
from ..operators.var_handle import VarHandleGeometry

__all__ = ["MOST_TURNS", "Beyond"]

MOST_TURNS = 10_000
"""Of a loop in real numbers, whose condition may come true later than the device's, or never."""
Compute: TypeAlias = Callable[[Node, Mapping[int, Real]], "list[Real]"]


class Beyond:
    """What a model keeps and calls, for one shadow of it.

    Args:
        nodes: of the whole graph, in order.
        compute: one operator's outputs, from the values of tensors.
    """

    def __init__(self, whole: Whole, nodes: Sequence[Node], compute: Compute) -> None:
        self._whole = whole
        self._nodes = nodes
        self._compute = compute
        self.reset()

    def reset(self) -> None:
        """Every variable to 0, which is what a zero point stands for; what runs once will run again."""
        known = resources(self._whole)
        self._variables = {number: np.zeros(one.shape) for number, one in enumerate(known.variables)}
        self._called: set[int] = set()

    def operator(self, node: Node, inputs: Sequence[Real | None]) -> list[Real]:
        """Its outputs.

        Raises:
            UnsupportedError: a loop that does not end, or an operator that is called has no float reference.
        """
        spec = row(node.operator.name)
        kind = None if spec is None else spec.geometry
        if kind is VarHandleGeometry:
            return [np.array(float(resources(self._whole).handles[node.outputs[0].index]))]
        if kind is ReadVariableGeometry:
            return [self._variables[_number(inputs)].reshape(node.outputs[0].shape)]
        if kind is AssignVariableGeometry:
            self._variables[_number(inputs)] = _real(inputs[1]).copy()
            return []
        parts = find_called(node)
        if kind is IfGeometry:
            return self._call(parts[0 if _real(inputs[0]).any() else 1], inputs[1:], node)
        if kind is WhileGeometry:
            return self._loop(node, parts[0], parts[1], inputs)
        if node.operator.index not in self._called:
            self._called.add(node.operator.index)
            self._call(parts[0], (), node)
        return []

    def _loop(self, node: Node, condition: Part, body: Part, inputs: Sequence[Real | None]) -> list[Real]:
        values, turns = [_real(one) for one in inputs], 0
        while self._call(condition, values, None)[0].reshape(-1)[0]:
            if turns == MOST_TURNS:
                node.fail(f"turns more than {MOST_TURNS:,} times in real numbers")
            values, turns = self._call(body, values, node), turns + 1
        return values

    def _call(self, part: Part, inputs: Sequence[Real | None], node: Node | None) -> list[Real]:
        """A subgraph's outputs, in the shapes of the operator that is given them."""
        graph = self._whole.graph
        values = {
            index: _real(array).reshape(graph.tensors[index].shape)
            for index, array in zip(part.inputs, inputs, strict=True)
        }
        for position in part.operators:
            inner = self._nodes[position]
            values.update(zip((t.index for t in inner.outputs), self._compute(inner, values), strict=True))
        found = []
        for place, index in enumerate(part.outputs):
            data = graph.tensors[index].data
            array = values[index] if data is None else real_values(data, graph.tensors[index])
            found.append(array if node is None else array.reshape(node.outputs[place].shape))
        return found


def _real(array: Real | None) -> Real:
    assert array is not None
    return array


def _number(inputs: Sequence[Real | None]) -> int:
    return int(_real(inputs[0]).reshape(-1)[0])
