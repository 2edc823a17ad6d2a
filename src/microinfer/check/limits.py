"""What a model may take: budgets of the user and limits of the part, and quantities held against them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..arena import MemoryPlan
from ..cost import OperatorCost, total
from ..model import Model
from ..profile import Profile
from ..verdict import weights_bytes

__all__ = ["Limits", "Measure", "Outcome", "measure"]

Outcome: TypeAlias = Literal["pass", "possible", "fail", "unknown", "open"]
"""possible: the limit lies within the interval. unknown: there is no figure. open: there is no limit."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The user's budgets; None where there is none. Seconds, joules, bytes."""

    latency_s: float | None = None
    energy_j: float | None = None
    arena_bytes: int | None = None
    flash_bytes: int | None = None
    ram_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """One quantity, its 90 % interval, and its limit. `unit` is "bytes", "s" or "J".

    `low` alone is a lower bound. `budget`: the limit is the user's, not the part's. `counted` says what
    is in the figure.
    """

    name: str
    unit: str
    value: float | None
    low: float | None
    high: float | None
    limit: float | None
    budget: bool
    counted: str = ""

    @property
    def outcome(self) -> Outcome:
        if self.limit is None:
            return "open" if self.value is not None else "unknown"
        if self.low is not None and self.low > self.limit:
            return "fail"
        if self.value is None or self.high is None:
            return "unknown"
        return "pass" if self.high <= self.limit else "possible"

    @property
    def excess(self) -> float:
        """How far the figure, or its lower bound, is beyond the limit; negative where it is within."""
        figure = self.value if self.value is not None else self.low
        return (figure or 0) - (self.limit or 0)


def _exact(name: str, value: int | None, limit: int | None, budget: bool, counted: str) -> Measure:
    return Measure(name, "bytes", value, value, value, limit, budget, counted)


def _tighter(part: int, budget: int | None) -> tuple[int, bool]:
    return (budget, True) if budget is not None and budget <= part else (part, False)


def measure(
    model: Model,
    plan: MemoryPlan | None,
    costs: Sequence[OperatorCost] | None,
    profile: Profile,
    library: str,
    limits: Limits,
    *,
    stored_bytes: int | None = None,
    arena_least: int = 0,
) -> tuple[Measure, ...]:
    """What a model takes on a part.

    Args:
        plan, costs: None where an operator could not be prepared.
        stored_bytes: what is kept in flash, where it is not the model's own.
        arena_least: a lower bound of the arena, for want of a plan.
    """
    limit, budget = _tighter(profile.arena_limit_bytes, limits.arena_bytes)
    if plan is not None:
        arena = _exact("arena", plan.min_arena_bytes, limit, budget, "activations, scratch, persistent")
    else:
        arena = Measure("arena", "bytes", None, arena_least, None, limit, budget, "activations only")
    bare = library == "bare-c"
    if stored_bytes is None:
        stored_bytes = weights_bytes(model) if bare else model.size_bytes
    limit, budget = _tighter(profile.flash_bytes, limits.flash_bytes)
    flash = _exact("flash", stored_bytes, limit, budget, "weights, no code" if bare else "the model, no code")
    return (arena, flash, *_time(costs, profile, limits))


def _time(costs: Sequence[OperatorCost] | None, profile: Profile, limits: Limits) -> tuple[Measure, Measure]:
    sums = total(costs) if costs is not None else None
    if sums is None or sums.missing:
        low = sums.cycles_low / profile.clock_hz if sums is not None else None
        return (
            Measure("latency", "s", None, low, None, limits.latency_s, True, "not all operators"),
            Measure("energy", "J", None, None, None, limits.energy_j, True),
        )
    counted = "provisional" if sums.provisional else ""
    low, middle, high = (
        cycles / profile.clock_hz for cycles in (sums.cycles_low, sums.cycles, sums.cycles_high)
    )
    latency = Measure("latency", "s", middle, low, high, limits.latency_s, True, counted)
    if profile.supply_v is None or profile.active is None:
        return latency, Measure("energy", "J", None, None, None, limits.energy_j, True)
    volts, current = profile.supply_v, profile.active
    energy = Measure(
        "energy",
        "J",
        middle * volts * current.typical,
        low * volts * current.low,
        high * volts * current.high,
        limits.energy_j,
        True,
        counted,
    )
    return latency, energy
