"""Parts, boards and kernel libraries side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from ..deploy.survey import Survey, take_apart
from ..deploy.verdict import judge_memory, stored_bytes
from ..errors import InputError, MicroinferError
from ..libraries.library import as_run, kernel_library
from ..libraries.target import Target
from ..memory.plan import MemoryPlan, plan_memory
from ..model.tables import Model
from ..parts.profile import Profile
from ..timing.energy import Span, inference_energy, inference_time, rests_on_assumption
from ..timing.prices import estimate
from ..words.printing import brief_interval
from ..words.result import Result, Summary, plain

__all__ = ["Comparison", "Row", "compare"]


@dataclass(frozen=True, slots=True)
class Row:
    """One part or board under one kernel library.

    Milliseconds and microjoules of one inference, with their 90 % intervals, None where not known. Bytes
    of the smallest arena, of what is stored (TFLM: the model file, bare-c: its weights), and of all RAM
    and flash, None where code and stack are not known. `verdict` is "yes", "no" or "cannot-tell"; `unknown`
    says what decides and is not known, or why nothing is: then the arena's bytes are the least that it can
    be, or None. `provisional`: the time, or for want of a measured current the energy, rests on an
    assumption.
    """

    profile: str
    core: str
    library: str
    clock_hz: int
    cycles: int | None
    ms: Span | None
    microjoules: Span | None
    arena_bytes: int | None
    stored_bytes: int
    ram_bytes: int | None
    flash_bytes: int | None
    fits: bool
    shortfalls: tuple[str, ...]
    provisional: bool
    provisional_energy: bool
    verdict: Literal["yes", "cannot-tell", "no"]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Comparison(Result):
    """Rows in the order asked for. `to_dict` is what is printed as JSON."""

    schema: ClassVar[str] = "microinfer.compare/1"

    model: str
    rows: tuple[Row, ...]

    def to_dict(self) -> dict[str, Any]:
        """The rows, under the model's name."""
        return {"schema": self.schema, "model": {"name": self.model}, "rows": plain(self.rows)}

    def summary(self) -> Summary:
        """A row a part and library."""
        columns = ("on", "kernels", "one inference", "energy", "arena", "fits")
        return Summary(f"{self.model}: one inference", tuple(map(_told, self.rows)), columns)


def _told(row: Row) -> tuple[str, ...]:
    return (
        row.profile,
        row.library,
        "unknown" if row.ms is None else _span(row.ms, 1e-3, "s"),
        "" if row.microjoules is None else _span(row.microjoules, 1e-6, "J"),
        "unknown" if row.arena_bytes is None else f"{row.arena_bytes:,}",
        row.verdict,
    )


def _span(figure: Span, factor: float, unit: str) -> str:
    return brief_interval(figure.typical * factor, figure.low * factor, figure.high * factor, unit)


def compare(model: Model, profiles: Sequence[Profile], libraries: Sequence[str] = ()) -> Comparison:
    """A model on several parts or boards.

    Args:
        libraries: kernel libraries to set side by side; default each profile's own. One that a part does
            not have is left out there.

    Raises:
        InputError: none of the libraries runs on any of the parts.

    An operator that cannot run, or a part that cannot be planned or priced, ends nothing: its row says so.
    """
    runs: dict[bool, tuple[Model, Survey]] = {}
    plans: dict[tuple[str, Target], MemoryPlan] = {}
    rows = []
    for profile in profiles:
        for library in libraries or (profile.library,):
            if library not in profile.libraries:
                continue
            key = library, profile.target
            folds = not kernel_library(library).interprets
            if folds not in runs:
                ran = as_run(model, library)
                runs[folds] = ran, take_apart(ran)
            ran, survey = runs[folds]
            try:
                if key not in plans:
                    plans[key] = plan_memory(ran, survey.steps, *key)
                rows.append(_row(ran, survey, profile, plans[key]))
            except MicroinferError as error:
                rows.append(_unknown(model, profile, library, str(error)))
    if not rows:
        raise InputError(
            f"no profile of {', '.join(p.name for p in profiles)} has {' or '.join(libraries) or 'a library'}"
        )
    return Comparison(model.name, tuple(rows))


def _unknown(model: Model, profile: Profile, library: str, why: str) -> Row:
    """A part of which nothing can be said."""
    return Row(
        profile=profile.name,
        core=profile.core,
        library=library,
        clock_hz=profile.clock_hz,
        cycles=None,
        ms=None,
        microjoules=None,
        arena_bytes=None,
        stored_bytes=stored_bytes(model, library, None),
        ram_bytes=None,
        flash_bytes=None,
        fits=False,
        shortfalls=(),
        provisional=False,
        provisional_energy=False,
        verdict="cannot-tell",
        unknown=(why,),
    )


def _row(model: Model, survey: Survey, profile: Profile, plan: MemoryPlan) -> Row:
    library = plan.library
    costs = estimate(survey.modelled, profile, library)
    seconds = None if survey.refusals else inference_time(costs, profile)
    provisional = rests_on_assumption(costs, profile)
    energy = inference_energy(seconds, profile) if seconds is not None else None
    least = plan.least_arena_bytes
    memory = judge_memory(model, plan, profile, least, survey.steps, survey.shortfalls(library))
    return Row(
        profile=profile.name,
        core=profile.core,
        library=library,
        clock_hz=profile.clock_hz,
        cycles=None if seconds is None else round(seconds.typical * profile.clock_hz),
        ms=None if seconds is None else seconds.scaled(1e3),
        microjoules=None if energy is None else energy.microjoules,
        arena_bytes=least,
        stored_bytes=memory.stored_bytes,
        ram_bytes=memory.ram_bytes,
        flash_bytes=memory.flash_bytes,
        fits=memory.fits,
        shortfalls=memory.shortfalls,
        provisional=provisional,
        provisional_energy=energy is not None and (provisional or energy.provisional),
        verdict=memory.verdict,
        unknown=memory.unknown,
    )
