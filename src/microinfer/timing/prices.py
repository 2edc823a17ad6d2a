"""What operators cost: events times prices, with an interval.

A price list holds, for one kernel library on one core, cycles by event for every internal kernel, how
far these were off on shapes that were not in the fit, and where they were measured. Files
`profiles/costs/<library>.<core>.toml`, written by `benchmarks/calibrate_cortex_m.py`.

The interval of an operator covers 90 %: its ends are the least and the greatest that the data can make
of the events, times the 5th and the 95th percentile of measured by predicted cycles.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import sqrt
from types import MappingProxyType

from ..libraries.code_run import code_run, invocation, near
from ..libraries.events import Events, events
from ..libraries.library import kernel_library
from ..libraries.target import DEFAULT_TARGET, Target, load_core
from ..operators.kinds import apart
from ..operators.spec import Geometry, Step, Unmodelled
from ..parts.profile import Memory, MemoryTiming, Profile
from ..words.dataclass import dataclass, replace
from .board_memory import COLD, LOST, is_fitted, on_board, steady
from .build_prices import BuiltPrices, built_prices, load_costs, without_fpu
from .doubt import cause
from .event_prices import VariantPrice
from .operator_cost import OperatorCost, guessed, in_software, outside_the_chip
from .price_list import CostTable

__all__ = ["CostTable", "OperatorCost", "TotalCost", "VariantPrice", "estimate", "load_costs", "total"]

_EMPTY: Mapping[str, float] = MappingProxyType({})
_NOTHING: Mapping[str, int] = MappingProxyType({})
_IDEAL = MemoryTiming()
_REAL = "float32"
REAL_SPREAD = 0.35
"""How far a board's figures for instructions, which rest on kernels of integers, may be off for others."""
CALLER = 1000
"""Cycles that what calls an inference, and times it, may add to it."""


@dataclass(frozen=True, slots=True)
class TotalCost:
    """A sum over operators. `missing` counts those without a price; the sum is then a lower bound."""

    cycles: int
    cycles_low: int
    cycles_high: int
    provisional: bool
    missing: int


def estimate(
    steps: Sequence[Step],
    profile: Profile,
    library: str,
    branches: Sequence[Mapping[str, int]] | None = None,
    outside: Sequence[Memory] = (),
) -> tuple[OperatorCost, ...]:
    """What each operator takes on this part under this kernel library, in order.

    Args:
        branches: what a run's data said, by operator, as `observation.observe` counts it; without it
            the interval covers all data.
        outside: the memories outside the chip that hold arena or model.

    Raises:
        ProfileError: the price list is damaged. That there is none is no error: cycles are then None.
    """
    built = built_prices(library, profile.core, profile.build)
    table = None if built is None else built.table
    factors = profile.factors.get(library, _EMPTY)
    timing = steady(steps, profile, library)
    kinds, places = apart(steps, branches)
    found = []
    for step, constants, mine in kinds:
        once = constants if timing.weights_once else 0
        factor = _factor(factors, step.name)
        found.append(
            price(step.name, step.geometry, table, library, factor, mine, timing, profile.target, built, once)
        )
    if found and not profile.timing.ideal:
        code, fetched, cycles = invocation(kernel_library(library).tables)
        fetched = code if timing.cache_bytes or timing.code_cache_bytes else fetched
        all_once = (LOST if timing.warm else 1.0) * timing.cold * fetched + (1 + timing.fetch) * cycles
        found[places[0]] = replace(found[places[0]], invocation=round(all_once))
    if cause(profile, library) or not is_fitted(profile, library):
        found = [replace(cost, provisional=True) for cost in found]
    alike = [step for step, _, _ in kinds]
    found = found if table is None else _without(alike, found, table, profile, library)
    for memory in outside:
        found = [outside_the_chip(cost, memory) for cost in found]
    return tuple(found[place] for place in places)


def _without(
    steps: Sequence[Step],
    costs: Sequence[OperatorCost],
    table: CostTable,
    profile: Profile,
    library: str,
) -> list[OperatorCost]:
    """The costs on a part that lacks what the core of the list has: an FPU, or an extension."""
    usual, counted = load_core(profile.core).core, load_core(table.counted or profile.core).core
    soft, other = counted.fpu and not profile.fpu, profile.target.core != usual
    alone = replace(profile.target.core, fpu=usual.fpu) == usual
    kernels, stand_in = kernel_library(library), f"a {usual.name} with what it usually has"
    found = []
    for step, cost in zip(steps, costs, strict=True):
        slower, known = kernels.software_float(step.name, cost.variant) if soft else None, alone
        if slower is not None:
            ratio = without_fpu(library, (step.name, cost.variant), cost.events)
            known = alone and ratio is not None
            cost = in_software(cost, *(ratio or (slower.times, slower.low, slower.high)))
        if other and not known:
            cost = guessed(cost, cost.variant, step.name, f"this {usual.name}", stand_in)
        found.append(cost)
    return found


def _factor(factors: Mapping[str, float], name: str) -> float:
    """A board's own factor for an operator; "*" stands for all that have none."""
    return factors.get(name, factors.get("*", 1.0))


def price(
    name: str,
    geometry: Geometry,
    table: CostTable | None,
    library: str,
    factor: float = 1.0,
    seen: Mapping[str, int] = _NOTHING,
    timing: MemoryTiming = _IDEAL,
    target: Target = DEFAULT_TARGET,
    built: BuiltPrices | None = None,
    constants: int = 0,
) -> OperatorCost:
    """What one operator takes.

    Args:
        factor: a board's own, from its profiler log; it multiplies all cycles.
        seen: how many elements took each branch, where a run has shown it.
        timing: what the board's memories add; default nothing.
        target: the core that runs it; default a Cortex-M4.
        built: what makes another build of the table's prices; default nothing.
        constants: bytes that the operator is the first to read in an inference, where that costs anything.
    """
    if isinstance(geometry, Unmodelled):
        return _unknown("unmodelled", _EMPTY, f"{name} is not modelled")
    kernels = kernel_library(library)
    chosen = kernels.variant(name, geometry, target)
    counts = events(kernels, name, geometry, target, seen)
    known = counts.typical if counts is not None else _EMPTY
    if counts is not None and not known:
        return OperatorCost(chosen, 0, 0, 0, provisional=False, events=known, instructions=0)
    if table is None:
        return _unknown(chosen, known, f"no price list for {library} on this core at {target.build.words}")
    found = table.prices.get((name, chosen))
    stand_in = None
    if counts is not None and found is None and kernels.interprets:
        stand_in = _stand_in(table, name, chosen)
        found = table.prices[name, stand_in] if stand_in is not None else None
    if counts is None and found is not None:
        made = _unknown(chosen, known, f"how long {name} takes hangs on the data, and only a run tells")
        if not (fewest := kernels.fewest(name, geometry)) or fewest == seen:
            return made
        few = price(name, geometry, table, library, factor, fewest, timing, target, built, constants)
        return replace(made, least=few.cycles_low or 0)
    if counts is None or found is None:
        return _unknown(chosen, known, f"{name} ({chosen}) was not measured on {table.core}")
    told = ""
    if built is not None and built.ratios:
        found, told = built.applied(name, stand_in or chosen, found, counts.typical)
    made = replace(_priced(name, chosen, found, counts, factor), row=(name, stand_in or chosen))
    if told and not made.note:
        made = replace(made, note=told)
    if not timing.ideal or table.spread:
        cold = factor * timing.cold * code_run(kernels.tables, name, chosen)
        once = factor * timing.weights_once * constants
        if near(name, chosen):
            timing = replace(timing, fetch=0.0)
        elif _REAL in chosen and timing.fetch:
            timing = replace(timing, spread=max(timing.spread, REAL_SPREAD))
        made = on_board(
            made, kernels.traffic(name, chosen, geometry), cold + once, factor, timing, table.spread
        )
    if stand_in is None:
        return made
    return guessed(made, chosen, name, table.core, stand_in)


def _stand_in(table: CostTable, name: str, chosen: str) -> str | None:
    """The operator's measured kernel whose name is most like the one that runs; real numbers and integers
    do not stand for one another, since a core may have no unit for the former."""
    measured = [
        variant
        for operator, variant in table.prices
        if operator == name and (_REAL in variant) == (_REAL in chosen)
    ]
    return max(measured, key=lambda other: _alike(other, chosen), default=None)


def _alike(first: str, second: str) -> int:
    """Letters that two names begin with in common."""
    return next(
        (i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b),
        min(len(first), len(second)),
    )


def _priced(name: str, chosen: str, found: VariantPrice, counts: Events, factor: float) -> OperatorCost:
    """Events times prices. Events without a price cost nothing at the least, what is alike typically, and
    twice that at the most."""
    note = ""
    least = dearest = found
    if missing := found.unpriced(counts.low, counts.typical, counts.high):
        note = f"{name} ({chosen}): no price was measured for {', '.join(missing)}; priced as what is alike"
        least, dearest, found = (found.guessing(missing, times) for times in (0.0, 2.0, 1.0))
    typical = found.price(counts.typical) * factor
    data_low = min(found.price(counts.low) * factor, typical)
    data_high = max(found.price(counts.high) * factor, typical)
    low = min(least.price(counts.low) * factor, data_low) * min(found.low, 1.0)
    high = max(dearest.price(counts.high) * factor, data_high) * max(found.high, 1.0)
    return OperatorCost(
        variant=chosen,
        cycles=round(typical),
        cycles_low=int(low),
        cycles_high=-int(-high // 1),
        provisional=found.provisional,
        events=counts.typical,
        instructions=round(typical * found.instructions_per_cycle),
        note=note,
        fit_low=round(data_low - low),
        fit_high=round(high - data_high),
    )


def _unknown(chosen: str, counts: Mapping[str, float], note: str) -> OperatorCost:
    return OperatorCost(chosen, None, None, None, provisional=True, events=counts, note=note)


def total(costs: Sequence[OperatorCost], *, invocation: bool = True) -> TotalCost:
    """The sum over operators, with an interval, and what the inference takes beside them.

    Errors of one row of prices go the same way wherever it is used and add up; those of different rows
    are independent and add in squares, also to what is not known of the board, which is one thing for all
    operators. What depends on the data adds up. What the inference takes beside its operators is next to
    nothing where it is run again and again: some boards' loops show none of it. What calls it fills its
    input, and may be timed with it.

    Args:
        invocation: whether the inference is whole; without it, the operators alone, as a profiler has them.
    """
    once = sum(cost.invocation for cost in costs) if invocation else 0
    typical, board, least_board = once, round(COLD * once), once
    caller = CALLER if once else 0
    least, missing = 0, 0
    data = [0, 0]
    fit: dict[tuple[str, str], list[int]] = {}
    distinct = {id(cost): cost for cost in costs}
    for key, count in Counter(map(id, costs)).items():
        cost = distinct[key]
        least += count * cost.least
        data[0] -= count * cost.sides[0]
        data[1] -= count * cost.sides[1]
        missing += count * (cost.cycles is None)
        if cost.cycles is None or cost.cycles_low is None or cost.cycles_high is None:
            continue
        typical += count * cost.cycles
        board += count * cost.board
        least_board += count * cost.board
        data[0] += count * (cost.cycles - cost.cycles_low - cost.fit_low - cost.board)
        data[1] += count * (cost.cycles_high - cost.cycles - cost.fit_high - cost.board)
        kernel = fit.setdefault(cost.row, [0, 0])
        kernel[0] += count * cost.fit_low
        kernel[1] += count * cost.fit_high
    below = sqrt(least_board**2 + sum(low**2 for low, _ in fit.values()))
    above = sqrt(board**2 + sum(high**2 for _, high in fit.values()))
    low = typical - max(0, data[0]) - below
    high = typical + max(0, data[1]) + above + caller
    return TotalCost(
        cycles=typical,
        cycles_low=max(0, int(low)) + least,
        cycles_high=-int(-high // 1),
        provisional=any(cost.provisional for cost in distinct.values()),
        missing=missing,
    )
