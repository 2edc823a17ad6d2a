"""Parts, boards and kernel libraries side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..deploy.common import Common
from ..deploy.deployment import Deployment, deploy
from ..deploy.verdict import Holds
from ..errors import InputError
from ..model.tables import Model
from ..operators.release import Release
from ..parts.profile import Profile
from ..timing.energy import Span
from ..words.dataclass import dataclass
from ..words.printing import brief_interval
from ..words.quantities import quantity
from ..words.result import Result, Summary, plain

__all__ = ["Comparison", "ComparisonRow", "compare", "row_of"]


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One part or board under one kernel library.

    Milliseconds and microjoules of one inference, with their 90 % intervals, None where not known. Bytes
    of the smallest arena, of what is stored (TFLM: the model file, bare-c: its weights), and of all RAM
    and flash, None where code and stack are not known; `flash_high_bytes` with what boards' own firmware
    adds. `verdict` is one of Holds; `unknown`
    says what decides and is not known, or why nothing is: then the arena's bytes are the least that it can
    be, or None. `least_ms`: what it takes at the least where `ms` is not known. `provisional`: the time, or
    for want of a measured current the energy, rests on an assumption.
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
    verdict: Holds
    unknown: tuple[str, ...]
    release: str
    build: str
    flash_high_bytes: int | None = None
    least_ms: float | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Comparison(Result):
    """Rows in the order asked for. `to_dict` is what is printed as JSON."""

    schema: ClassVar[str] = "microinfer.compare/1"

    model: str
    rows: tuple[ComparisonRow, ...]

    def to_dict(self) -> dict[str, Any]:
        """The rows, under the model's name."""
        return {"schema": self.schema, "model": {"name": self.model}, "rows": plain(self.rows)}

    def summary(self) -> Summary:
        """A row a part and library."""
        columns = ("on", "kernels", "one inference", "energy", "arena", "fits")
        return Summary(f"{self.model}: one inference", tuple(map(_told, self.rows)), columns)


def _told(row: ComparisonRow) -> tuple[str, ...]:
    least = "at least " * bool(row.unknown)
    return (
        row.profile,
        row.library,
        untimed_as(row) if row.ms is None else _span(row.ms, 1e-3, "s"),
        "" if row.microjoules is None else _span(row.microjoules, 1e-6, "J"),
        "unknown" if row.arena_bytes is None else f"{least}{row.arena_bytes:,} bytes",
        row.verdict,
    )


def untimed_as(row: ComparisonRow) -> str:
    """What is said of the time where that of some operators is not known, as `run` and `check` say it."""
    return "unknown" if row.least_ms is None else f"at least {quantity(row.least_ms * 1e-3, 's')}"


def _span(figure: Span, factor: float, unit: str) -> str:
    return brief_interval(figure.typical * factor, figure.low * factor, figure.high * factor, unit)


def compare(
    model: Model,
    profiles: Sequence[Profile],
    libraries: Sequence[str] = (),
    *,
    release: str | Release | None = None,
) -> Comparison:
    """A model on several parts or boards.

    Args:
        libraries: kernel libraries to set side by side; default each profile's own. One that a part does
            not have is left out there.
        release: of TFLM; default that of the truth files.

    Raises:
        InputError: no such release, or none of the libraries runs on any of the parts.

    An operator that cannot run, or a part that cannot be planned or priced, ends nothing: its row says so.
    """
    common = Common(model)
    rows = [
        row_of(deploy(common, profile, library, release))
        for profile in profiles
        for library in libraries or (profile.library,)
        if library in profile.libraries
    ]
    if not rows:
        raise InputError(
            f"no profile of {', '.join(p.name for p in profiles)} has {' or '.join(libraries) or 'a library'}"
        )
    return Comparison(model.name, tuple(rows))


def row_of(found: Deployment) -> ComparisonRow:
    """What a table says of a model on one part."""
    memory = None if found.trouble else found.memory
    seconds, energy = (None, None) if memory is None else (found.seconds, found.energy)
    return ComparisonRow(
        profile=found.profile.name,
        core=found.profile.core,
        library=found.library,
        clock_hz=found.profile.clock_hz,
        cycles=None if seconds is None else found.cycles,
        ms=None if seconds is None else seconds.scaled(1e3),
        microjoules=None if energy is None else energy.microjoules,
        arena_bytes=None if memory is None else memory.min_arena_bytes,
        stored_bytes=found.stored_bytes,
        ram_bytes=None if memory is None else memory.ram_bytes,
        flash_bytes=None if memory is None else memory.flash_bytes,
        fits=memory is not None and memory.fits,
        shortfalls=() if memory is None else memory.shortfalls,
        provisional=memory is not None and found.provisional,
        provisional_energy=energy is not None and energy.provisional,
        verdict=found.verdict,
        unknown=found.unknown,
        release=found.release.title,
        build=str(found.profile.build),
        flash_high_bytes=None if memory is None else memory.flash_high_bytes,
        least_ms=None if memory is None or found.least_seconds is None else found.least_seconds * 1e3,
    )
