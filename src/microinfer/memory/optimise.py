"""A better memory plan than TFLM's greedy one, written back into the file.

Two searches. Operators: a beam over the sets of operators that have run, kept by the most bytes that
were alive at once; only orders that the graph allows, and operators that touch a variable stay in
sequence. Places: first fit and best fit over several orders of the buffers, then local moves, until
the lower bound (the largest sum of live bytes in any scope) is reached or the budget is spent.

Only tensors can be prescribed; TFLM places scratch buffers around them by its own rule, so every
candidate is judged by what TFLM would make of it: by the greedy planner alone, as nothing else of a plan
hangs on the places. The best one is then planned as any file is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from ..errors import InputError, UnsupportedError
from ..libraries.library import kernel_library
from ..libraries.target import DEFAULT_TARGET, Target
from ..model.align import align_up
from ..model.offline import write_offline_plan
from ..model.read import load
from ..model.tables import Model
from ..model.whole import whole
from ..operators.spec import Step
from ..words.dataclass import dataclass, replace
from .greedy import Buffer, lower_bound, peak, place
from .lifetimes import ONLINE
from .lifetimes import buffers as find_buffers
from .order import order_operators
from .plan import MemoryPlan
from .planning import plan_memory
from .smallest_arena import ALIGNMENT

__all__ = ["OptimisedPlan", "optimise"]

PLACEMENT_WORK = 30_000_000
"""Comparisons of pairs of buffers that the search for places may spend, a few seconds' worth."""


@dataclass(frozen=True, slots=True, eq=False)
class OptimisedPlan:
    """Sizes in bytes.

    `data` is the file with the plan in it, `plan` what TFLM makes of it, `greedy` what TFLM makes of the
    operators' present order without any prescription. `order` lists operators by their present index.
    `bound_bytes` is the lower bound for `order`, `greedy_bound_bytes` for the present one.
    """

    data: bytes
    plan: MemoryPlan
    greedy: MemoryPlan
    order: tuple[int, ...]
    bound_bytes: int
    greedy_bound_bytes: int

    @property
    def gained(self) -> bool:
        """Whether a smaller arena works with `data` than with the file as it is."""
        return self.saved_bytes > 0

    @property
    def moved(self) -> bool:
        return self.order != tuple(range(len(self.order)))

    @property
    def saved_bytes(self) -> int:
        return self.greedy.min_arena_bytes - self.plan.min_arena_bytes

    def describe(self) -> str:
        """What the search reached, in one or two sentences."""
        head, before = self.plan.head_bytes, self.greedy.head_bytes
        if before <= self.greedy_bound_bytes and head >= before:
            return (
                f"greedy is already at the lower bound: {before:,} bytes are alive at once, no plan for this "
                "graph needs less"
            )
        if head >= before:
            above = before - self.greedy_bound_bytes
            return f"no better plan was found: greedy takes {before:,} bytes, {above:,} above the lower bound"
        how = "moving operators" if self.moved else "placing the same buffers better"
        above = head - self.bound_bytes
        limit = f"{above:,} bytes above the lower bound" if above else "which is the lower bound"
        smallest = self.plan.min_arena_bytes
        arena = f"the smallest arena goes from {self.greedy.min_arena_bytes:,} to {smallest:,}"
        if self.saved_bytes == 0:
            arena = f"the smallest arena stays {smallest:,}, which starting up needs"
        return f"{how} saves {before - head:,} of greedy's {before:,} bytes: {head:,}, {limit}; {arena}"


def optimise(
    model: Model,
    steps: Sequence[Step],
    library: str = "tflm-reference",
    target: Target = DEFAULT_TARGET,
    *,
    move: bool = True,
) -> OptimisedPlan:
    """Search for a plan with a smaller head.

    Args:
        steps: as `graph.prepare` returns them, with the user's resolver.
        library: whose scratch buffers are placed; "tflm-reference" or "tflm-cmsis-nn".
        target: what the firmware is built for; default a Cortex-M4.
        move: whether operators may be moved.

    Raises:
        InputError: a program that is generated has no metadata to read.
        UnsupportedError: the file cannot be rewritten.
    """
    if not kernel_library(library).interprets:
        raise InputError(f"{library} reads no OfflineMemoryAllocation metadata; choose a TFLM library")
    plain = replace(model, metadata={})
    greedy = plan_memory(plain, steps, library, target)
    if any(tensor.is_variable for subgraph in model.subgraphs[1:] for tensor in subgraph.tensors):
        raise UnsupportedError(
            "a variable tensor outside the first subgraph: TFLM reads the wrong entry of a plan for it",
            "subgraphs",
        )
    greedy_bound = greedy.lower_bound_bytes
    present = tuple(range(len(steps)))
    orders = [present]
    if move and greedy.head_bytes > 0 and len(model.subgraphs) == 1:
        better = order_operators(model, greedy.scratch_bytes)
        if better != present:
            orders.append(better)
    best: tuple[int, int, tuple[int, ...], list[int], int] | None = None
    for rank, order in enumerate(orders):
        wanted = _buffers(plain, greedy.scratch_bytes, order)
        bound = lower_bound(wanted, ALIGNMENT)
        head, offsets = _search(wanted, bound)
        if best is None or (head, rank) < best[:2]:
            best = head, rank, order, _by_tensor(model, wanted, offsets), bound
    assert best is not None
    head, _, order, prescribed, bound = best
    if head >= greedy.head_bytes:
        return OptimisedPlan(bytes(model.data), greedy, greedy, present, greedy_bound, greedy_bound)
    data = write_offline_plan(model.data, prescribed, None if order == present else order)
    written = load(data)
    plan = plan_memory(written, _reordered(written, steps, order), library, target)
    return OptimisedPlan(data, plan, greedy, order, bound, greedy_bound)


def _reordered(written: Model, steps: Sequence[Step], order: Sequence[int]) -> tuple[Step, ...]:
    """The user's own operators have no builtin `prepare`: their geometries are taken over."""
    operators = whole(written.subgraphs).graph.operators
    return tuple(
        replace(steps[old], node=replace(steps[old].node, operator=operator))
        for old, operator in zip(order, operators, strict=True)
    )


def _buffers(model: Model, scratch: Sequence[Sequence[int]], order: Sequence[int]) -> tuple[Buffer, ...]:
    subgraph = model.subgraphs[0]
    if len(model.subgraphs) > 1:
        return find_buffers(model, scratch, None)
    operators = tuple(subgraph.operators[old] for old in order)
    moved = replace(model, subgraphs=(replace(subgraph, operators=operators), *model.subgraphs[1:]))
    return find_buffers(moved, [scratch[old] for old in order], None)


def _by_tensor(model: Model, wanted: Sequence[Buffer], offsets: Sequence[int]) -> list[int]:
    found = [ONLINE] * sum(len(subgraph.tensors) for subgraph in model.subgraphs)
    for buffer, offset in zip(wanted, offsets, strict=True):
        if buffer.tensor is not None:
            found[buffer.tensor] = offset
    return found


def _judge(wanted: Sequence[Buffer], offsets: Sequence[int]) -> int:
    """The head that TFLM arrives at when the tensors' places are prescribed."""
    told = [
        buffer if buffer.tensor is None else replace(buffer, offset=offset)
        for buffer, offset in zip(wanted, offsets, strict=True)
    ]
    return peak(told, place(told, ALIGNMENT), ALIGNMENT)


def _fit(wanted: Sequence[Buffer], sequence: Sequence[int], *, best: bool) -> list[int]:
    """Offsets when buffers are placed in this sequence, each into the first or the tightest gap."""
    offsets = [0] * len(wanted)
    placed: list[tuple[int, int, int, int]] = []
    for index in sequence:
        buffer = wanted[index]
        size = align_up(buffer.size, ALIGNMENT)
        end, chosen, tightest = 0, -1, 0
        for start, stop, first, last in placed:
            if first <= buffer.last and buffer.first <= last:
                gap = start - end
                if gap >= size and (chosen < 0 or gap < tightest):
                    chosen, tightest = end, gap
                    if not best:
                        break
                end = max(end, stop)
        offsets[index] = end if chosen < 0 else chosen
        placed.append((offsets[index], offsets[index] + size, buffer.first, buffer.last))
        placed.sort()
    return offsets


_SEQUENCES: tuple[Callable[[Buffer], tuple[int, ...]], ...] = (
    lambda b: (-b.size, b.first),
    lambda b: (-b.size, -b.first),
    lambda b: (-b.size * (b.last - b.first + 1), b.first),
    lambda b: (b.first - b.last, -b.size),
    lambda b: (b.first, -b.size),
    lambda b: (-b.last, -b.size),
)


def _search(wanted: Sequence[Buffer], bound: int) -> tuple[int, list[int]]:
    """The lowest head found, and the offsets that lead to it."""
    tries = max(4, min(1500, PLACEMENT_WORK // (1 + len(wanted) ** 2)))
    best_offsets = list(place(wanted, ALIGNMENT))
    best_head = _judge(wanted, best_offsets)
    best_sequence = sorted(range(len(wanted)), key=lambda i: _SEQUENCES[0](wanted[i]))
    for key in _SEQUENCES:
        sequence = sorted(range(len(wanted)), key=lambda i: key(wanted[i]))
        for tightest in (False, True):
            if best_head <= bound or tries <= 0:
                return best_head, best_offsets
            tries -= 1
            offsets = _fit(wanted, sequence, best=tightest)
            if (head := _judge(wanted, offsets)) < best_head:
                best_head, best_offsets, best_sequence = head, offsets, sequence
    return _improve(wanted, bound, best_head, best_offsets, best_sequence, tries)


def _improve(
    wanted: Sequence[Buffer],
    bound: int,
    best_head: int,
    best_offsets: list[int],
    best_sequence: list[int],
    tries: int,
) -> tuple[int, list[int]]:
    """Local moves: place what sticks out earlier, or exchange two at random."""
    random = Random(0)
    sequence, height = best_sequence, best_head
    while tries > 0 and best_head > bound:
        tries -= 1
        trial = list(sequence)
        tops = [i for i, o in enumerate(best_offsets) if o + wanted[i].size > bound]
        if tops and random.random() < 0.5:
            index = random.choice(tops)
            trial.remove(index)
            trial.insert(random.randrange(len(trial) // 2 + 1), index)
        else:
            a, b = random.randrange(len(trial)), random.randrange(len(trial))
            trial[a], trial[b] = trial[b], trial[a]
        offsets = _fit(wanted, trial, best=bool(tries & 1))
        head = _judge(wanted, offsets)
        if head <= height:
            sequence, height = trial, head
        if head < best_head:
            best_head, best_offsets = head, offsets
    return best_head, best_offsets
