"""How often each operator runs in one inference, and what it takes then.

Operators of the first subgraph run once. Those of others run as often as they are called, which may hang on
the data; what is called once runs in the first inference alone, and is not part of any later one's time, in
which the call itself is but a look at a flag.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ..model.tables import Model
from ..model.whole import Whole, whole
from ..operators.branching import IfGeometry, WhileGeometry
from ..operators.call_once import CallOnceGeometry
from ..operators.calls import calls
from ..operators.spec import Step
from ..words.dataclass import dataclass, replace
from .operator_cost import OperatorCost

__all__ = ["ONCE", "Times", "is_first", "repeated_all", "runs_once", "times_of"]

AGAIN = (0.165, 0.185, 0.205)
"""Of what a call takes in the first inference, what it takes in later ones, least, typical and most. Counted
under QEMU, the interpreter's part included: 104 of 550 cycles on a Cortex-M4 at -O2 and -Os and on a
Cortex-M33, 109 of 624 on a Cortex-M0+."""


@dataclass(frozen=True, slots=True)
class Times:
    """Runs in one inference: at the least, typically, at the most; None where only a run can tell."""

    low: int
    typical: float | None
    high: int | None

    def __add__(self, other: Times) -> Times:
        typical, high = None, None
        if self.typical is not None and other.typical is not None:
            typical = self.typical + other.typical
        if self.high is not None and other.high is not None:
            high = self.high + other.high
        return Times(self.low + other.low, typical, high)

    def times(self, low: int, typical: float | None, high: int | None) -> Times:
        """Of what runs so often for each run of this one."""
        return Times(self.low * low, _product(self.typical, typical), _product(self.high, high))


def _product(one: float | None, other: float | None) -> int | None:
    if one == 0 or other == 0:
        return 0
    return None if one is None or other is None else one * other  # type: ignore[return-value]


ONCE = Times(1, 1, 1)
NEVER = Times(0, 0, 0)


def runs_once(steps: Sequence[Step]) -> bool:
    """Whether something runs in the first inference that runs in no later one."""
    return any(isinstance(step.geometry, CallOnceGeometry) for step in steps)


def is_first(model: Model, steps: Sequence[Step], times: Sequence[int]) -> bool:
    """Whether a run in which the steps ran so often was a first one, with what runs once."""
    if not runs_once(steps) or not times:
        return False
    often = [Times(count, count, count) for count in times]
    return any(_ran(model, steps, often, position) for position in range(len(steps)))


def _ran(model: Model, steps: Sequence[Step], times: Sequence[Times], position: int) -> bool:
    """Whether what a step calls once ran."""
    if not isinstance(steps[position].geometry, CallOnceGeometry):
        return False
    found = whole(model.subgraphs)
    targets = calls(found).of.get(steps[position].index, ())
    return any(times[place] != NEVER for target in targets for place in found.parts[target].operators)


def times_of(model: Model, steps: Sequence[Step], *, first: bool = False) -> tuple[Times, ...]:
    """Of every step of the whole graph, in a later inference or in the first one."""
    if len(model.subgraphs) == 1:
        return (ONCE,) * len(steps)
    found = whole(model.subgraphs)
    called = calls(found).of
    by_part = [NEVER] * len(found.parts)

    def enter(subgraph: int, times: Times) -> None:
        by_part[subgraph] += times
        for position in found.parts[subgraph].operators:
            step = steps[position]
            targets = called.get(step.index, ())
            for target, each in zip(targets, _each(step, times, len(targets), first), strict=True):
                enter(target, each)

    enter(0, ONCE)
    return tuple(by_part[part.index] for part in found.parts for _ in part.operators)


def _each(step: Step, times: Times, count: int, first: bool) -> Sequence[Times]:
    """Of the subgraphs that a step calls, which itself runs so often."""
    geometry = step.geometry
    if isinstance(geometry, IfGeometry):
        return [times.times(0, 0.5, 1)] * 2
    if isinstance(geometry, WhileGeometry):
        turns = geometry.turns
        if turns is None:
            return times.times(1, None, None), times.times(0, None, None)
        return times.times(turns + 1, turns + 1, turns + 1), times.times(turns, turns, turns)
    if first and isinstance(geometry, CallOnceGeometry):
        most = 1 if times.high is None else min(times.high, 1)
        return [
            Times(min(times.low, 1), None if times.typical is None else min(times.typical, 1), most)
        ] * count
    return [NEVER] * count


def repeated_all(
    model: Model, steps: Sequence[Step], costs: Sequence[OperatorCost], times: Sequence[Times]
) -> tuple[OperatorCost, ...]:
    """What all operators take in an inference in which they run so often.

    Of a branch whose sides nothing else calls, nor what they call themselves, one side alone runs: that is
    borne by the branch's own cost, for the sum; a cycle an operator is left for rounding.
    """
    if len(model.subgraphs) == 1 and all(often is ONCE for often in times) and not runs_once(steps):
        return tuple(costs)
    costs = [
        _again(cost)
        if isinstance(step.geometry, CallOnceGeometry) and not _ran(model, steps, times, position)
        else cost
        for position, (step, cost) in enumerate(zip(steps, costs, strict=True))
    ]
    made = [repeated(cost, often, step.name) for cost, often, step in zip(costs, times, steps, strict=True)]
    if len(model.subgraphs) == 1:
        return tuple(made)
    found = whole(model.subgraphs)
    called = calls(found).of
    callers = Counter(target for targets in called.values() for target in targets)
    for position, step in enumerate(steps):
        targets = called.get(step.index, ())
        if not isinstance(step.geometry, IfGeometry):
            continue
        sides = [place for target in targets for place in found.parts[target].operators]
        apart = all(times[place] == times[position].times(0, 0.5, 1) for place in sides)
        runs = [_one_run(target, found, steps, costs, called, callers) for target in targets]
        often = times[position]
        if not apart or None in runs or often.high is None:
            continue
        low, high, inside = zip(*(run for run in runs if run is not None), strict=True)
        least, most = (max(0, min(ends) - sum(inside)) for ends in (low, high))
        made[position] = replace(made[position], sides=(least * often.low, most * often.high))
    return tuple(made)


def _one_run(
    subgraph: int,
    found: Whole,
    steps: Sequence[Step],
    costs: Sequence[OperatorCost],
    called: Mapping[int, Sequence[int]],
    callers: Mapping[int, int],
) -> tuple[int, int, int] | None:
    """Cycles of one run of a subgraph with all that it calls, least and most, and of how many operators; None
    where that is not known, or something else calls a part of it, too."""
    if callers[subgraph] > 1:
        return None
    low, high, inside = 0, 0, 0
    for place in found.parts[subgraph].operators:
        step, cost = steps[place], costs[place]
        if cost.cycles is None or cost.cycles_low is None or cost.cycles_high is None:
            return None
        low, high, inside = low + cost.cycles_low, high + cost.cycles_high, inside + 1
        targets = called.get(step.index, ())
        parts = [_one_run(target, found, steps, costs, called, callers) for target in targets]
        each = _each(step, ONCE, len(targets), first=False)
        branches = isinstance(step.geometry, IfGeometry)
        lows, highs = [], []
        for part, often in zip(parts, each, strict=True):
            if part is None or often.high is None:
                return None
            lows.append(part[0] * (1 if branches else often.low))
            highs.append(part[1] * often.high)
            inside += part[2] * often.high
        low += min(lows) if branches else sum(lows)
        high += max(highs) if branches else sum(highs)
    return low, high, inside


def _again(cost: OperatorCost) -> OperatorCost:
    """What a call takes of what has run before."""
    if cost.cycles is None or cost.cycles_low is None or cost.cycles_high is None:
        return cost
    low, typical, high = AGAIN
    middle = round(cost.cycles * typical)
    ends = int(cost.cycles_low * low), round(cost.cycles_high * high)
    return replace(
        cost,
        cycles=middle,
        cycles_low=ends[0],
        cycles_high=ends[1],
        instructions=None if cost.instructions is None else round(cost.instructions * typical),
        fit_low=middle - ends[0],
        fit_high=ends[1] - middle,
        board=0,
    )


def repeated(cost: OperatorCost, times: Times, name: str) -> OperatorCost:
    """What an operator takes in an inference in which it runs so often.

    Args:
        name: the operator's.
    """
    if times == ONCE:
        return cost
    if times == NEVER:
        nothing = replace(cost, cycles=0, cycles_low=0, cycles_high=0, instructions=0, note="", least=0)
        return replace(nothing, fit_low=0, fit_high=0, board=0, provisional=False)
    if cost.cycles is None or cost.cycles_low is None or cost.cycles_high is None:
        return replace(cost, least=cost.least * times.low)
    if times.typical is None or times.high is None:
        note = f"{name} runs as often as the data say"
        hung = replace(cost, cycles=None, cycles_low=None, cycles_high=None, instructions=None, note=note)
        return replace(hung, least=cost.cycles_low * times.low)
    typical = times.typical
    return replace(
        cost,
        cycles=round(cost.cycles * typical),
        cycles_low=cost.cycles_low * times.low,
        cycles_high=cost.cycles_high * times.high,
        instructions=None if cost.instructions is None else round(cost.instructions * typical),
        fit_low=round(cost.fit_low * typical),
        fit_high=round(cost.fit_high * typical),
        board=round(cost.board * typical),
    )
