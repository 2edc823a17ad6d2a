"""What a model may take: budgets of the user and limits of the part, and quantities held against them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from ..deploy.verdict import stored_bytes
from ..libraries.library import kernel_library
from ..memory.plan import MemoryPlan
from ..model.tables import Model
from ..parts.placement import Needs, Placement, needs_of, place_in_memories
from ..parts.profile import Profile
from ..timing.doubt import doubt
from ..timing.energy import Span, inference_energy
from ..timing.prices import OperatorCost, total
from ..words.dataclass import dataclass, replace
from ..words.quantities import parse, parse_bytes
from .finding import Severity

__all__ = ["Limits", "Measure", "Outcome", "measure", "read_limits"]

Outcome: TypeAlias = Literal["pass", "possible", "unlikely", "fail", "unknown", "open"]
"""One rule for every limit: the whole interval is within it ("pass"), only the estimate is ("possible"), only
the low end is ("unlikely"), nothing is ("fail"). unknown: there is no figure. open: there is no limit."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The user's budgets; None where there is none. Seconds, joules, bytes."""

    latency_s: float | None = None
    energy_j: float | None = None
    arena_bytes: int | None = None
    flash_bytes: int | None = None
    stack_bytes: int | None = None


_OPEN = Limits()


def read_limits(
    latency: str | float | None = None,
    energy: str | float | None = None,
    arena: str | int | None = None,
    flash: str | int | None = None,
    stack: str | int | None = None,
    *,
    base: Limits = _OPEN,
    option: str = "--max-",
) -> Limits:
    """Budgets as people write them, over those of `base`: "50ms", "2mJ", "64k"; numbers in s, J and bytes.

    Raises:
        InputError: one cannot be read; the message names it, with `option` before its name.
    """
    return Limits(
        base.latency_s if latency is None else parse(latency, "s", f"{option}latency"),
        base.energy_j if energy is None else parse(energy, "J", f"{option}energy"),
        base.arena_bytes if arena is None else parse_bytes(arena, f"{option}arena"),
        base.flash_bytes if flash is None else parse_bytes(flash, f"{option}flash"),
        base.stack_bytes if stack is None else parse_bytes(stack, f"{option}stack"),
    )


@dataclass(frozen=True, slots=True)
class Measure:
    """One quantity, its 90 % interval, and its limit. `unit` is "bytes", "s" or "J".

    `low` alone is a lower bound. `budget`: the limit is the user's, not the part's. `counted` says what
    is in the figure, and what is to be known of it.
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
        if self.high <= self.limit:
            return "pass"
        return "possible" if self.value <= self.limit else "unlikely"

    @property
    def severity(self) -> Severity | None:
        """Of what a rule says of it, None for the rule's own: an estimate beyond the limit leaves the answer
        open, one within it whose high end is beyond makes it "perhaps"."""
        known: dict[Outcome, Severity] = {"possible": "warning", "unlikely": "unknown"}
        return known.get(self.outcome)

    @property
    def missed(self) -> bool:
        """Whether the limit is exceeded, or may be."""
        return self.outcome in ("fail", "unlikely", "possible")

    @property
    def provisional(self) -> bool:
        """Whether the figure rests on an assumption where nobody has measured."""
        return "provisional" in self.counted

    @property
    def least(self) -> float:
        """The figure, or its lower bound."""
        return (self.value if self.value is not None else self.low) or 0

    @property
    def excess(self) -> float:
        """How far the figure, or its lower bound, is beyond the limit; negative where it is within."""
        return self.least - (self.limit or 0)


def measure(
    model: Model,
    plan: MemoryPlan | None,
    costs: Sequence[OperatorCost] | None,
    profile: Profile,
    library: str,
    limits: Limits,
    *,
    kept_bytes: int | None = None,
    arena_least: int = 0,
    whole: bool = True,
) -> tuple[Measure, ...]:
    """What a model takes on a part: arena, stack, ram, flash, latency, energy.

    Args:
        plan, costs: of what could be prepared, None where nothing is known.
        kept_bytes: what flash holds of the model, where that cannot be counted in it.
        arena_least: a lower bound of the arena, for want of a plan.
        whole: whether `costs` are of all operators.
    """
    stored = kernel_library(library).stored
    if kept_bytes is None:
        kept_bytes = stored_bytes(model, library, plan)
    if plan is None:
        needs = Needs(
            arena_least, kept_bytes, stored, ram_unknown=("the arena",), flash_unknown=("the code",)
        )
        arena = Measure(
            "arena", "bytes", None, arena_least, None, limits.arena_bytes, True, "activations alone"
        )
    else:
        size = plan.least_arena_bytes
        needs = needs_of(plan, profile, size, kept_bytes, stored)
        known = size if not plan.unknown else None
        use = plan.say_recommended().strip(" ()")
        without = f"without the demands of {', '.join(plan.unknown)}" if plan.unknown else use
        arena = Measure("arena", "bytes", known, size, known, limits.arena_bytes, True, without)
    placed = place_in_memories(profile, needs).placements
    ram, flash = ([found for found in placed if found.is_flash == is_flash] for is_flash in (False, True))
    above_ram = needs.above_ram if needs.framework.title in ram[0].what else 0
    framework = needs.framework.flash_least
    held = _placed("flash", flash, needs, kept_bytes, limits.flash_bytes, needs.flash_unknown, framework)
    above_flash = (
        0 if held.budget and framework else needs.above_flash(kernel_library(library).firmware_bytes)
    )
    stack = needs.stack_bytes
    calls = kernel_library(library).calls
    return (
        arena,
        _memory("stack", stack, stack, limits.stack_bytes, needs, calls),
        _above(_placed("ram", ram, needs, needs.arena_bytes, None, needs.ram_unknown), above_ram),
        _above(held, above_flash),
        *_time(costs, profile, library, limits, whole=whole),
    )


def _memory(
    name: str, value: int | None, low: int | None, limit: int | None, needs: Needs, counted: str
) -> Measure:
    """A figure without a place; where it was not measured, it is no lower bound."""
    if value is None:
        return Measure(name, "bytes", None, needs.stack_least or None, None, limit, True, counted)
    if needs.provisional and low is not None:
        return Measure(name, "bytes", value, 0, value, limit, True, f"{counted}, provisional")
    return Measure(name, "bytes", value, low, value, limit, True, counted)


def _placed(
    name: str,
    placed: Sequence[Placement],
    needs: Needs,
    least: int,
    budget: int | None,
    unknown: Sequence[str],
    framework: int = 0,
) -> Measure:
    """The first placement against its memory, or all but the framework against a tighter budget.

    `least` is what is exact in it: the arena, or the stored model. The rest, code and stack, may be
    provisional.
    """
    first = placed[0]
    value, room = first.bytes, first.bytes + first.spare_bytes
    counted = "; ".join(f"{found.what} in {found.memory}" if found.memory else found.what for found in placed)
    whole = sum(found.bytes for found in placed) - framework
    title = needs.framework.title
    assumed = needs.provisional or bool(title)
    if budget is not None and budget - whole < min(found.spare_bytes for found in placed):
        value, room = whole, budget
        if framework:
            counted = counted.replace(f" + {title}", "") + f" without {title}"
            assumed = needs.provisional
    exact = least if assumed and value > least else value
    if assumed and value > least:
        counted += ", provisional"
    if unknown:
        counted = f"without {', '.join(unknown)}"
        return Measure(name, "bytes", None, least, None, room, room == budget, counted)
    return Measure(name, "bytes", value, exact, value, room, room == budget, counted)


def _above(found: Measure, firmware: int) -> Measure:
    """The smallest program at the least; with what boards' own firmware adds to it at the most."""
    return found if found.high is None else replace(found, high=found.high + firmware)


def _time(
    costs: Sequence[OperatorCost] | None, profile: Profile, library: str, limits: Limits, *, whole: bool
) -> tuple[Measure, Measure]:
    sums = total(costs) if costs is not None else None
    if sums is None or sums.missing or not whole:
        low = sums.cycles_low / profile.clock_hz if sums is not None else None
        notes = {cost.note if cost.cycles is None else "" for cost in costs or ()}
        why = notes.pop() if whole and len(notes) == 1 else ""
        return (
            Measure("latency", "s", None, low, None, limits.latency_s, True, why or "not all operators"),
            Measure("energy", "J", None, None, None, limits.energy_j, True),
        )
    counted = doubt(costs or (), profile, library)
    low, middle, high = (
        cycles / profile.clock_hz for cycles in (sums.cycles_low, sums.cycles, sums.cycles_high)
    )
    latency = Measure("latency", "s", middle, low, high, limits.latency_s, True, counted)
    energy = inference_energy(Span(middle, low, high), profile, provisional=bool(counted))
    if energy is None:
        return latency, Measure("energy", "J", None, None, None, limits.energy_j, True)
    used = energy.microjoules.scaled(1e-6)
    doubts = "provisional" if energy.provisional else ""
    return latency, Measure("energy", "J", used.typical, used.low, used.high, limits.energy_j, True, doubts)
