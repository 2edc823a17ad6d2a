"""A board's profiler log against what each kernel library would take: which one is linked?

The question is whether CMSIS-NN is on. Operators that take much the same under both libraries, or have no
kernel in CMSIS-NN, cannot tell. Of the others each speaks for the library whose prediction is nearer by
ratio, with a weight: how far apart the two are, times what it takes under the faster. What takes longer
than under any library points to the build (asserts on, no optimisation) or to the clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import log
from typing import Any

from .charts import Bar, Panel, draw_panels
from .cost import estimate, total
from .energy import Span
from .errors import InputError
from .graph import prepare
from .model import Model
from .profile import Profile
from .profiler_log import LoggedOperator, guess_ticks_per_second, match_log

__all__ = ["LogComparison", "LogVerdict", "compare_log", "short_name"]

TELLING = 1.15
"""How many times longer one library must take than another before an operator can tell them apart."""
CLEAR = 1.5
TOO_SLOW, TOO_FAST = 1.8, 0.5
DRAWN = 14


@dataclass(frozen=True, slots=True)
class LogVerdict:
    """One operator of a log, or all of one kind: its cycles, and what each library would take.

    `inside` are the libraries whose interval the cycles lie in, `nearest` the one that is closest by
    ratio. `telling`: the libraries differ enough here to be told apart.
    """

    operator: str
    positions: tuple[int, ...]
    cycles: float
    predicted: Mapping[str, Span]
    inside: tuple[str, ...]
    nearest: str
    telling: bool


@dataclass(frozen=True, slots=True)
class LogComparison:
    """All of a log. `linked` is the library that it speaks for, None where it cannot tell.

    `others` are operators that clearly speak for another library. `ratio` is how many times longer the
    board took than `linked` would. `strange` says why the log fits no library, None if it fits.
    """

    model: str
    profile: str
    clock_hz: int
    ticks_per_second: float
    libraries: tuple[str, ...]
    rows: tuple[LogVerdict, ...]
    linked: str | None
    others: tuple[LogVerdict, ...]
    ratio: float
    strange: str | None
    unpriced: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The answer, for a reader."""
        if self.strange is not None:
            return self.strange
        inside = sum(bool(row.inside) for row in self.rows)
        counted = f"{inside} of {len(self.rows)} lie in the interval of a library"
        if self.linked is None:
            return f"The log cannot tell the libraries apart: they take much the same here; {counted}"
        telling = [row for row in self.rows if row.telling]
        agree = sum(row.nearest == self.linked for row in telling)
        state = {"tflm-cmsis-nn": "CMSIS-NN is on", "tflm-reference": "CMSIS-NN is off"}.get(
            self.linked, f"{self.linked} is linked"
        )
        if self.others:
            names = ", ".join(dict.fromkeys(row.operator for row in self.others))
            other = short_name(self.others[0].nearest)
            return f"{state}, but not for {names}, which ran as with the {other} kernels; {counted}"
        return (
            f"{state}: {agree} of {len(telling)} operators that tell the libraries apart are nearer to the "
            f"{short_name(self.linked)} kernels; {counted}"
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON of `microinfer.compare-log/1`."""
        return {
            "schema": "microinfer.compare-log/1",
            "model": {"name": self.model},
            "profile": {"name": self.profile, "clock_hz": self.clock_hz},
            "ticks_per_second": self.ticks_per_second,
            "libraries": list(self.libraries),
            "linked": self.linked,
            "others": [list(row.positions) for row in self.others],
            "ratio": self.ratio,
            "strange": self.strange,
            "sentence": self.sentence,
            "unpriced": list(self.unpriced),
            "operators": [
                {**asdict(row), "predicted": {name: asdict(span) for name, span in row.predicted.items()}}
                for row in self.rows
            ],
        }

    def to_svg(self) -> str:
        """Bars of the operators that took longest: the log beside each library."""
        scale = 1e3 / self.clock_hz
        panels = []
        for row in sorted(self.rows, key=lambda row: -row.cycles)[:DRAWN]:
            took = row.cycles * scale
            bars = [Bar("log", took, took, took, f"{took:.3g} ms", "log")]
            for name, span in row.predicted.items():
                ms = span.scaled(scale)
                bars.append(Bar(short_name(name), ms.typical, ms.low, ms.high, f"{ms.typical:.3g} ms", name))
            panels.append(Panel(f"{row.operator} {_places(row.positions)}", tuple(bars)))
        return draw_panels(panels, f"{self.model} on {self.profile}: log and predictions")


def short_name(library: str) -> str:
    return library.removeprefix("tflm-")


def _places(positions: Sequence[int]) -> str:
    return str(positions[0]) if len(positions) == 1 else f"({len(positions)} together)"


def compare_log(
    model: Model,
    profile: Profile,
    logged: Sequence[LoggedOperator],
    libraries: Sequence[str] = (),
    ticks_per_second: float | None = None,
    inferences: int | None = None,
) -> LogComparison:
    """Hold a board's profiler log against each kernel library, operator by operator.

    Args:
        libraries: default the two of TFLM: it answers whether CMSIS-NN is on.
        ticks_per_second: of the log; default guessed from its milliseconds, else the core's clock.
        inferences: how many the log covers, where it has only sums by operator.

    Raises:
        InputError: the log is of another model, or no library is priced on this core.
    """
    steps = prepare(model)
    wanted = tuple(libraries) or tuple(n for n in profile.libraries if n != "bare-c") or profile.libraries
    rate = ticks_per_second or guess_ticks_per_second(logged, profile.clock_hz)
    measured = match_log(logged, [step.name for step in steps], rate, profile.clock_hz, inferences)
    costs = {library: estimate(steps, profile, library) for library in wanted}
    rows, unpriced = [], []
    for item in measured:
        spans = {}
        for library in wanted:
            sums = total([costs[library][position] for position in item.positions])
            if not sums.missing:
                spans[library] = Span(sums.cycles, sums.cycles_low, sums.cycles_high)
        if not spans:
            unpriced.append(item.operator)
            continue
        rows.append(_verdict(item.operator, item.positions, item.cycles, spans))
    if not rows:
        raise InputError(f"nothing in the log can be held against {', '.join(wanted)} on {profile.core}")
    linked = _linked(rows, wanted)
    others = tuple(row for row in rows if linked is not None and _clearly_other(row, linked))
    nearest = linked or min(wanted, key=lambda name: abs(log(_ratio(rows, name))))
    ratio = _ratio(rows, nearest)
    strange = _strange(rows, wanted, ratio, nearest)
    return LogComparison(
        model.name,
        profile.name,
        profile.clock_hz,
        rate,
        wanted,
        tuple(rows),
        None if strange else linked,
        () if strange else others,
        ratio,
        strange,
        tuple(dict.fromkeys(unpriced)),
    )


def _verdict(operator: str, positions: tuple[int, ...], took: float, spans: dict[str, Span]) -> LogVerdict:
    inside = tuple(library for library, span in spans.items() if span.low <= took <= span.high)
    nearest = min(spans, key=lambda name: abs(log(max(took, 1.0) / max(spans[name].typical, 1.0))))
    figures = [max(span.typical, 1.0) for span in spans.values()]
    return LogVerdict(
        operator, positions, took, spans, inside, nearest, max(figures) / min(figures) >= TELLING
    )


def _linked(rows: Sequence[LogVerdict], libraries: Sequence[str]) -> str | None:
    """The library with the most weight behind it; None if no operator can tell."""
    votes = dict.fromkeys(libraries, 0.0)
    for row in rows:
        if row.telling:
            figures = [span.typical for span in row.predicted.values()]
            least = max(min(figures), 1.0)
            votes[row.nearest] += least * log(max(figures) / least)
    best = max(votes, key=lambda name: votes[name])
    return best if votes[best] > 0 else None


def _clearly_other(row: LogVerdict, linked: str) -> bool:
    if not row.telling or row.nearest == linked or linked not in row.predicted:
        return False
    other, mine = row.predicted[row.nearest], row.predicted[linked]
    apart = max(other.typical, mine.typical) / max(min(other.typical, mine.typical), 1.0)
    return apart >= CLEAR and linked not in row.inside


def _ratio(rows: Sequence[LogVerdict], library: str) -> float:
    said = sum(row.predicted[library].typical for row in rows if library in row.predicted)
    took = sum(row.cycles for row in rows if library in row.predicted)
    return max(took, 1.0) / max(said, 1.0)


def _strange(rows: Sequence[LogVerdict], libraries: Sequence[str], ratio: float, nearest: str) -> str | None:
    """Why a log fits no library, None if it does."""
    ratios = [_ratio(rows, name) for name in libraries]
    if min(ratios) > TOO_SLOW:
        return (
            f"The log fits no library: the board took {ratio:.3g} times as long as the "
            f"{short_name(nearest)} kernels would; either the build has asserts on (-DNDEBUG is missing) or "
            "no optimisation, or the ticks are no cycles of this clock (--ticks-per-second)"
        )
    if max(ratios) < TOO_FAST:
        return (
            f"The log fits no library: the board took {ratio:.3g} of what the {short_name(nearest)} kernels "
            "would; are the ticks slower than the clock (--ticks-per-second), is the part another one, or "
            "does the log cover fewer inferences?"
        )
    return None
