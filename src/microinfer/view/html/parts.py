"""The same run on other parts and boards, and with this part's other kernel libraries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import log10
from typing import Literal, TypeAlias

from ...deploy.survey import take_apart
from ...deploy.verdict import judge_memory
from ...errors import MicroinferError
from ...libraries.library import as_run
from ...libraries.target import Target
from ...memory.plan import MemoryPlan, plan_memory
from ...model.tables import Model
from ...operators.resolver import OpResolver
from ...operators.spec import Step
from ...parts.profile import Profile
from ...timing.energy import inference_energy, inference_time, rests_on_assumption
from ...timing.prices import estimate
from .figures import interval, percent, quantity

__all__ = ["Comparison", "Other", "compare_parts"]

_Planned: TypeAlias = tuple[Model, Sequence[Step], MemoryPlan]


@dataclass(frozen=True, slots=True)
class Other:
    """One row. `start`, `width` and `dot` lay the time's interval on the axis, "" where it is not known. An
    asterisk at a time or an energy stands for provisional."""

    profile: str
    title: str
    library: str
    here: bool
    verdict: Literal["yes", "cannot-tell", "no"]
    why: str
    arena: str
    time: str
    times: str
    energy: str
    start: str
    width: str
    dot: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rows by time, those that are not known last; `ticks` are (place, label) of the axis."""

    rows: tuple[Other, ...]
    ticks: tuple[tuple[str, str], ...]

    @property
    def provisional(self) -> bool:
        """Whether any figure is."""
        return any("*" in row.time + row.energy for row in self.rows)


def compare_parts(
    model: Model,
    steps: Sequence[Step],
    here: tuple[Profile, str],
    others: Iterable[Profile],
    resolver: OpResolver | None = None,
) -> Comparison:
    """Plan and price the model on this part with all its libraries, and on others with their own.

    Args:
        here: the report's part and library.
        resolver: the operators that may be used; default all.
    """
    part, library = here
    pairs = [here, *((part, name) for name in part.libraries if name != library)]
    pairs += [(other, other.library) for other in others if other.name != part.name]
    made = []
    plans: dict[tuple[str, Target], _Planned] = {}
    for profile, name in pairs:
        try:
            key = name, profile.target
            if key not in plans:
                plans[key] = _plan(model, steps, *key, resolver)
            made.append(_row(plans[key], profile, name, (profile, name) == here, resolver))
        except MicroinferError as error:
            made.append((_unknown(profile, name, (profile, name) == here, str(error)), None))
    known = [span for _, span in made if span is not None]
    low, high = _decades([value for span in known for value in span])
    rows = [_placed(row, span, low, high) for row, span in sorted(made, key=_order)]
    ticks = tuple(
        (percent(decade - low, high - low), quantity(10.0**decade, "s"))
        for decade in range(low, high + 1)
        if known
    )
    return Comparison(tuple(rows), ticks)


def _order(item: tuple[Other, tuple[float, float, float] | None]) -> tuple[bool, float, str]:
    row, span = item
    return span is None, span[1] if span is not None else 0.0, row.profile


def _unknown(profile: Profile, library: str, here: bool, why: str) -> Other:
    """A part that cannot be planned or priced."""
    nothing = {"times": "", "energy": "", "start": "", "width": "", "dot": ""}
    return Other(
        profile.name, profile.title, library, here, "cannot-tell", why, "not known", "not known", **nothing
    )


def _plan(
    model: Model, steps: Sequence[Step], library: str, target: Target, resolver: OpResolver | None
) -> _Planned:
    ran = as_run(model, library)
    if ran is not model:
        model, steps = ran, take_apart(ran, resolver).steps
    return model, steps, plan_memory(model, steps, library, target)


def _row(
    planned: _Planned, profile: Profile, library: str, here: bool, resolver: OpResolver | None
) -> tuple[Other, tuple[float, float, float] | None]:
    model, steps, plan = planned
    refused: tuple[str, ...] = ()
    if plan.unmodelled:
        refused = take_apart(model, resolver).shortfalls(library)
    memory = judge_memory(model, plan, profile, plan.least_arena_bytes, steps, refused)
    costs = estimate(steps, profile, library)
    seconds, provisional = inference_time(costs, profile), rests_on_assumption(costs, profile)
    energy = inference_energy(seconds, profile, provisional=provisional) if seconds is not None else None
    row = Other(
        profile=profile.name,
        title=profile.title,
        library=library,
        here=here,
        verdict=memory.verdict,
        why="; ".join(memory.shortfalls or memory.unknown),
        arena=f"{'≥ ' * bool(plan.unknown)}{plan.least_arena_bytes:,}",
        time="not known" if seconds is None else quantity(seconds.typical, "s") + "*" * provisional,
        times="" if seconds is None else interval(seconds.low, seconds.high, "s"),
        energy=""
        if energy is None
        else quantity(energy.microjoules.typical * 1e-6, "J") + "*" * energy.provisional,
        start="",
        width="",
        dot="",
    )
    return row, None if seconds is None else (seconds.low, seconds.typical, seconds.high)


def _decades(values: Sequence[float]) -> tuple[int, int]:
    positive = [value for value in values if value > 0]
    if not positive:
        return 0, 1
    low, high = int(log10(min(positive)) // 1), int(-(-log10(max(positive)) // 1))
    return low, max(high, low + 1)


def _placed(row: Other, span: tuple[float, float, float] | None, low: int, high: int) -> Other:
    if span is None or min(span) <= 0:
        return row
    start, dot, end = ((log10(value) - low) / (high - low) for value in span)
    return replace(row, start=percent(start), width=percent(max(end - start, 0.004)), dot=percent(dot))
