"""Which subgraphs an operator calls, and whether that can come to an end.

TFLM walks through every call when it plans its arena, once for each operator that calls, so that a subgraph
that calls itself never ends there. Source: TFLM, micro/micro_allocation_info.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from ..model.tables import Operator, Tensor
from ..model.whole import Part, Whole
from ..words.dataclass import dataclass
from ..words.printing import counted
from .spec import Array, Node

__all__ = ["MOST_NESTED", "MOST_SCOPES", "Calls", "calls", "expect_same_bytes", "find_called", "pass_on"]

MOST_NESTED = 32
"""Calls within calls; each takes stack on the device."""
MOST_SCOPES = 100_000
"""Operators that the planner's walk comes by, each as often as it is reached."""
_SUBGRAPH = "_subgraph_index"


@dataclass(frozen=True, slots=True)
class Calls:
    """`of` has the subgraphs that an operator calls, in the planner's order, by the operator's number.

    `faults` says why another operator's calls cannot be followed; it has no entry in `of`.
    """

    of: Mapping[int, tuple[int, ...]]
    faults: Mapping[int, str]

    def reached(self, whole: Whole) -> frozenset[int]:
        """The subgraphs that the first one reaches, itself included."""
        found, waiting = {0}, [0]
        while waiting:
            part = whole.parts[waiting.pop()]
            for position in part.operators:
                for called in self.of.get(whole.graph.operators[position].index, ()):
                    if called not in found:
                        found.add(called)
                        waiting.append(called)
        return frozenset(found)


def _named(operator: Operator) -> list[tuple[str, int]]:
    return [(name, value) for name, value in operator.options.items() if name.endswith(_SUBGRAPH)]


@lru_cache(maxsize=8)
def calls(whole: Whole) -> Calls:
    """All calls of a model."""
    count = len(whole.parts)
    wanted: dict[int, tuple[int, ...]] = {}
    faults: dict[int, str] = {}
    for operator in whole.graph.operators:
        for name, value in _named(operator):
            if not 0 <= value < count:
                faults[operator.index] = f"{name} is {value}, the model has {counted(count, 'subgraph')}"
        if _named(operator) and operator.index not in faults:
            wanted[operator.index] = tuple(value for _, value in _named(operator))
    by_part = [
        [whole.graph.operators[i].index for i in part.operators if whole.graph.operators[i].index in wanted]
        for part in whole.parts
    ]
    sizes = _sizes(whole, by_part, wanted)
    for number, targets in wanted.items():
        for target in targets:
            depth, scopes = sizes[target]
            if depth < 0:
                faults[number] = f"subgraphs[{target}] calls itself, directly or by way of others: no end"
            elif depth > MOST_NESTED:
                faults[number] = f"calls are nested more than {MOST_NESTED} deep"
            elif scopes > MOST_SCOPES:
                faults[number] = f"more than {MOST_SCOPES:,} operators are reached by calls"
    return Calls({i: targets for i, targets in wanted.items() if i not in faults}, faults)


def _sizes(
    whole: Whole, by_part: Sequence[Sequence[int]], wanted: Mapping[int, tuple[int, ...]]
) -> list[tuple[int, int]]:
    """Of each subgraph how deep its calls go and how many scopes they take; (-1, 0) where there is no end."""
    count = len(whole.parts)
    sizes: list[tuple[int, int] | None] = [None] * count
    entered = [False] * count
    for root in range(count):
        waiting = [root]
        while waiting:
            part = waiting[-1]
            targets = [target for operator in by_part[part] for target in wanted[operator]]
            if sizes[part] is None and not entered[part]:
                entered[part] = True
                waiting += [target for target in targets if sizes[target] is None and not entered[target]]
                if any(sizes[target] is None and entered[target] for target in targets):
                    sizes[part] = (-1, 0)
                continue
            waiting.pop()
            if sizes[part] is None:
                below = [sizes[target] or (-1, 0) for target in targets]
                endless = any(depth < 0 for depth, _ in below)
                depth = -1 if endless else 1 + max((depth for depth, _ in below), default=0)
                own = len(whole.parts[part].operators)
                scopes = min(own + sum(1 + size for _, size in below), 1 << 62)
                sizes[part] = (depth, scopes)
    return [size or (-1, 0) for size in sizes]


def find_called(node: Node) -> tuple[Part, ...]:
    """The subgraphs that an operator calls, in the order of its options.

    Raises:
        UnsupportedError: there is no such subgraph, or its calls have no end.
    """
    if node.whole is None:
        node.fail("calls subgraphs, and stands by itself")
    found = calls(node.whole)
    if node.operator.index not in found.of:
        node.fail(found.faults.get(node.operator.index, "names no subgraph"))
    return tuple(node.whole.parts[index] for index in found.of[node.operator.index])


def expect_same_bytes(
    node: Node, what: str, given: Sequence[Tensor | None], where: str, taken: Sequence[int]
) -> None:
    """Tensors that are copied one to one have the same types and sizes.

    Args:
        what, where: the two sides in words.
        taken: the whole graph's numbers of the other side's tensors.
    """
    assert node.whole is not None
    if len(given) != len(taken):
        node.fail(f"{what}: {len(given)}, {where}: {len(taken)}; expected as many")
    for position, (source, index) in enumerate(zip(given, taken, strict=True)):
        target = node.whole.graph.tensors[index]
        if source is None:
            node.fail(f"{what}[{position}] is missing")
        if (source.dtype, source.size_bytes) != (target.dtype, target.size_bytes):
            node.fail(
                f"{what}[{position}] ({source.name!r}) is {source.dtype}{list(source.shape)}, {where}"
                f"[{position}] ({target.name!r}) {target.dtype}{list(target.shape)}; TFLM copies "
                "between tensors of the same size"
            )


def pass_on(sources: Sequence[Array | None], targets: Sequence[Array]) -> Callable[[], None]:
    """A closure that copies tensors one to one, byte by byte; those that share their memory are left."""
    from ..kernels.data_movement import copy, in_turn

    moves = []
    for source, target in zip(sources, targets, strict=True):
        assert source is not None
        if source.nbytes and source.ctypes.data != target.ctypes.data:
            moves.append(copy(source.reshape(-1).view("uint8"), target.reshape(-1).view("uint8")))
    return in_turn(moves)
