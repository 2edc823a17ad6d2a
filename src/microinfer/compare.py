"""Parts, boards and kernel libraries side by side; and a board's own log against what was predicted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .arena import plan_memory
from .charts import Bar, draw_bars
from .cost import OperatorCost, estimate
from .energy import Span, inference_energy, inference_time
from .errors import InputError
from .graph import Step, prepare
from .model import Model
from .profile import Profile
from .profiler_log import LoggedOperator, guess_ticks_per_second, match_log
from .verdict import judge_memory

__all__ = ["Comparison", "LogVerdict", "Row", "compare", "compare_log"]


@dataclass(frozen=True, slots=True)
class Row:
    """One part or board under one kernel library. Milliseconds and microjoules of one inference, with
    their 90 % intervals, None where not known; bytes of the smallest arena and of the stored model."""

    profile: str
    core: str
    library: str
    clock_hz: int
    cycles: int | None
    ms: Span | None
    microjoules: Span | None
    arena_bytes: int
    flash_bytes: int
    fits: bool
    shortfalls: tuple[str, ...]
    provisional: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rows in the order asked for. `to_dict` is what is printed as JSON."""

    model: str
    rows: tuple[Row, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema": "microinfer.compare/1",
            "model": {"name": self.model},
            "rows": [asdict(row) for row in self.rows],
        }

    def to_svg(self) -> str:
        """A bar a row: milliseconds.

        Raises:
            InputError: no row has a time.
        """
        bars = [
            Bar(
                f"{row.profile}, {row.library}",
                row.ms.typical,
                row.ms.low,
                row.ms.high,
                f"{row.ms.typical:.3g} ms{'' if row.fits else ', does not fit'}",
                row.library,
            )
            for row in self.rows
            if row.ms is not None
        ]
        return draw_bars(bars, f"{self.model}: one inference")


def compare(model: Model, profiles: Sequence[Profile], libraries: Sequence[str] = ()) -> Comparison:
    """A model on several parts or boards.

    Args:
        libraries: kernel libraries to set side by side; default each profile's own. One that a part does
            not have is left out there.

    Raises:
        InputError: none of the libraries runs on any of the parts.
        ModelError: an operator cannot run.
    """
    steps = prepare(model)
    rows = []
    for profile in profiles:
        for library in libraries or (profile.library,):
            if library in profile.libraries:
                rows.append(_row(model, steps, profile, library))
    if not rows:
        raise InputError(
            f"no profile of {', '.join(p.name for p in profiles)} has {' or '.join(libraries) or 'a library'}"
        )
    return Comparison(model.name, tuple(rows))


def _row(model: Model, steps: Sequence[Step], profile: Profile, library: str) -> Row:
    costs = estimate(steps, profile, library)
    seconds = inference_time(costs, profile)
    provisional = any(cost.provisional for cost in costs)
    energy = inference_energy(seconds, profile) if seconds is not None else None
    plan = plan_memory(model, steps, library, profile.pointer_bytes)
    memory = judge_memory(model, plan, profile, plan.min_arena_bytes)
    return Row(
        profile=profile.name,
        core=profile.core,
        library=library,
        clock_hz=profile.clock_hz,
        cycles=None if seconds is None else round(seconds.typical * profile.clock_hz),
        ms=None if seconds is None else seconds.scaled(1e3),
        microjoules=None if energy is None else energy.microjoules,
        arena_bytes=plan.min_arena_bytes,
        flash_bytes=memory.weights_bytes if library == "bare-c" else memory.model_bytes,
        fits=memory.fits,
        shortfalls=memory.shortfalls,
        provisional=provisional,
    )


@dataclass(frozen=True, slots=True)
class LogVerdict:
    """One operator of a board's log: its cycles, and the libraries whose interval they lie in.

    `nearest` is the library whose prediction is closest by ratio, where none has it inside.
    """

    index: int
    operator: str
    cycles: float
    predicted: dict[str, Span]
    inside: tuple[str, ...]
    nearest: str


def compare_log(
    model: Model,
    profile: Profile,
    logged: Sequence[LoggedOperator],
    libraries: Sequence[str] = (),
    ticks_per_second: float | None = None,
) -> tuple[LogVerdict, ...]:
    """Hold a board's profiler log against each kernel library, operator by operator.

    Args:
        libraries: default the two of TFLM: it answers whether CMSIS-NN is on.
        ticks_per_second: of the log; default guessed from its milliseconds, else the core's clock.

    Raises:
        InputError: the log is of another model, or no library is priced on this core.
    """
    steps = prepare(model)
    wanted = libraries or tuple(name for name in profile.libraries if name != "bare-c") or profile.libraries
    rate = ticks_per_second or guess_ticks_per_second(logged, profile.clock_hz)
    cycles = match_log(logged, [step.name for step in steps], rate, profile.clock_hz)
    costs = {library: estimate(steps, profile, library) for library in wanted}
    found = []
    for position, (step, took) in enumerate(zip(steps, cycles, strict=True)):
        spans = {library: span for library in wanted if (span := _span(costs[library][position])) is not None}
        if took is None or not spans:
            continue
        inside = tuple(library for library, span in spans.items() if span.low <= took <= span.high)
        ratios = {name: max(took, 1.0) / max(span.typical, 1.0) for name, span in spans.items()}
        nearest = min(ratios, key=lambda name: max(ratios[name], 1 / ratios[name]))
        found.append(LogVerdict(step.index, step.name, took, spans, inside, nearest))
    if not found:
        raise InputError(f"nothing in the log can be held against {', '.join(wanted)} on {profile.core}")
    return tuple(found)


def _span(cost: OperatorCost) -> Span | None:
    if cost.cycles is None or cost.cycles_low is None or cost.cycles_high is None:
        return None
    return Span(cost.cycles, cost.cycles_low, cost.cycles_high)
