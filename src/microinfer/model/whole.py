"""All subgraphs of a model as one graph, so that each tensor and operator has one number.

The first subgraph's numbers stay what they are; those of the others follow. Which subgraph calls which is an
affair of the operators that do.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Mapping
from functools import lru_cache

from ..words.dataclass import dataclass, replace
from .tables import Operator, Subgraph, Tensor

__all__ = ["Part", "Whole", "makers", "readers", "whole"]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One subgraph: the positions of its operators, and the whole graph's numbers of its tensors.

    `first_operator` is what its operators' own `index` is counted from.
    """

    index: int
    operators: range
    tensors: range
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    first_operator: int


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """`graph` has the tensors and operators of all subgraphs, and the inputs and outputs of the first."""

    graph: Subgraph
    parts: tuple[Part, ...]

    def part_of(self, operator: Operator) -> Part:
        """The subgraph that an operator of the whole graph stands in."""
        return self.parts[bisect(self.parts, operator.index, key=lambda part: part.first_operator) - 1]


@lru_cache(maxsize=8)
def whole(subgraphs: tuple[Subgraph, ...]) -> Whole:
    """The whole graph of a model's subgraphs."""
    tensors: list[Tensor] = []
    operators: list[Operator] = []
    parts = []
    first = 0
    for subgraph in subgraphs:
        base = len(tensors)
        places = range(base, base + len(subgraph.tensors))
        positions = range(len(operators), len(operators) + len(subgraph.operators))
        parts.append(
            Part(
                subgraph.index,
                positions,
                places,
                _moved(subgraph.inputs, base),
                _moved(subgraph.outputs, base),
                first,
            )
        )
        if base:
            tensors += [replace(tensor, index=base + tensor.index) for tensor in subgraph.tensors]
        else:
            tensors += subgraph.tensors
        if first or base:
            operators += [_renumbered(operator, first, base) for operator in subgraph.operators]
        else:
            operators += subgraph.operators
        first += max((operator.index + 1 for operator in subgraph.operators), default=0)
    if len(subgraphs) == 1:
        return Whole(subgraphs[0], tuple(parts))
    return Whole(replace(subgraphs[0], tensors=tuple(tensors), operators=tuple(operators)), tuple(parts))


@lru_cache(maxsize=8)
def readers(graph: Subgraph) -> Mapping[int, tuple[int, ...]]:
    """The positions of the operators that read each tensor, in order; none for what nobody reads."""
    return _by_tensor(operator.inputs for operator in graph.operators)


@lru_cache(maxsize=8)
def makers(graph: Subgraph) -> Mapping[int, tuple[int, ...]]:
    """As `readers`, of the operators that write each tensor: more than one may."""
    return _by_tensor(operator.outputs for operator in graph.operators)


def _by_tensor(lists: Iterable[tuple[int, ...]]) -> dict[int, tuple[int, ...]]:
    found: dict[int, list[int]] = {}
    for position, indices in enumerate(lists):
        for index in dict.fromkeys(indices):
            found.setdefault(index, []).append(position)
    found.pop(-1, None)
    return {index: tuple(positions) for index, positions in found.items()}


def _renumbered(operator: Operator, first: int, base: int) -> Operator:
    return replace(
        operator,
        index=first + operator.index,
        inputs=_moved(operator.inputs, base),
        outputs=_moved(operator.outputs, base),
        intermediates=_moved(operator.intermediates, base),
    )


def _moved(indices: tuple[int, ...], base: int) -> tuple[int, ...]:
    return tuple(index + base if index >= 0 else index for index in indices)
