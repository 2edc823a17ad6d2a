"""An order of operators in which fewer bytes are alive at once.

A beam over sets of operators that have run: layer k holds sets of k operators, each with the order that
reached it with the lowest peak; the best few hundred go on. Where a graph allows few orders, this is
exhaustive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..model.align import align_up
from ..model.tables import Model
from ..words.dataclass import dataclass
from .smallest_arena import ALIGNMENT

__all__ = ["order_operators"]

BEAM_WORK = 150_000
"""Operators that may be tried in all; the beam is as wide as this allows."""


@dataclass(frozen=True, slots=True)
class _Graph:
    """Bit masks over operators. `needs[i]` must have run before operator i; a tensor dies when all of
    `readers` have run."""

    needs: tuple[int, ...]
    scratch: tuple[int, ...]
    inputs: tuple[tuple[int, ...], ...]
    outputs: tuple[tuple[int, ...], ...]
    sizes: dict[int, int]
    readers: dict[int, int]
    kept: frozenset[int]
    start: tuple[int, ...]


def _graph(model: Model, scratch_bytes: Sequence[Sequence[int]]) -> _Graph:
    subgraph = model.subgraphs[0]
    sizes = {
        tensor.index: align_up(tensor.size_bytes, ALIGNMENT)
        for tensor in subgraph.tensors
        if tensor.stored is None and not tensor.is_variable
    }
    written = Counter([*subgraph.inputs, *(i for operator in subgraph.operators for i in operator.outputs)])
    variables = {t.index for t in subgraph.tensors if t.keeps or t.dtype == "resource"}
    variables |= {index for index, times in written.items() if times > 1}
    maker = {index: i for i, operator in enumerate(subgraph.operators) for index in operator.outputs}
    readers = dict.fromkeys(sizes, 0)
    needs = []
    sequenced = 0
    for i, operator in enumerate(subgraph.operators):
        before = 0
        for index in operator.inputs:
            if index in maker and maker[index] < i:
                before |= 1 << maker[index]
            if index in readers:
                readers[index] |= 1 << i
        if not operator.outputs or variables & {*operator.inputs, *operator.outputs}:
            before |= sequenced
            sequenced |= 1 << i
        needs.append(before)
    return _Graph(
        needs=tuple(needs),
        scratch=tuple(sum(align_up(size, ALIGNMENT) for size in asked) for asked in scratch_bytes),
        inputs=tuple(tuple({i for i in o.inputs if i in sizes}) for o in subgraph.operators),
        outputs=tuple(tuple({i for i in o.outputs if i in sizes}) for o in subgraph.operators),
        sizes=sizes,
        readers=readers,
        kept=frozenset(subgraph.outputs),
        start=tuple({i for i in subgraph.inputs if i in sizes}),
    )


@dataclass(frozen=True, slots=True)
class _State:
    peak: int
    live: int
    done: int
    last: int
    before: _State | None


def _run(graph: _Graph, state: _State, operator: int) -> _State:
    """The state after one more operator."""
    made = sum(graph.sizes[index] for index in graph.outputs[operator])
    during = state.live + made + graph.scratch[operator]
    done = state.done | 1 << operator
    freed = sum(
        graph.sizes[index]
        for index in {*graph.inputs[operator], *graph.outputs[operator]}
        if index not in graph.kept and not graph.readers[index] & ~done
    )
    return _State(max(state.peak, during), state.live + made - freed, done, operator, state)


def order_operators(model: Model, scratch_bytes: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """The order found with the lowest peak of live bytes; the present one where none is better."""
    graph = _graph(model, scratch_bytes)
    count = len(graph.needs)
    live = sum(graph.sizes[index] for index in graph.start)
    unread = sum(graph.sizes[i] for i in graph.start if not graph.readers[i] and i not in graph.kept)
    start = _State(live, live - unread, 0, -1, None)
    present = start
    for operator in range(count):
        present = _run(graph, present, operator)
    width = max(4, min(400, BEAM_WORK // max(1, count * 8)))
    layer = [start]
    for _ in range(count):
        reached: dict[int, _State] = {}
        for state in layer:
            for operator in range(count):
                if state.done >> operator & 1 or graph.needs[operator] & ~state.done:
                    continue
                after = _run(graph, state, operator)
                known = reached.get(after.done)
                if known is None or after.peak < known.peak:
                    reached[after.done] = after
        layer = sorted(reached.values(), key=lambda state: (state.peak, state.live, state.done))[:width]
    found = layer[0]
    if found.peak >= present.peak:
        return tuple(range(count))
    order: list[int] = []
    step: _State | None = found
    while step is not None and step.last >= 0:
        order.append(step.last)
        step = step.before
    return tuple(reversed(order))
