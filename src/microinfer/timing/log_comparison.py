"""A board's profiler log against what each kernel library takes at each build: which one is linked, at which?

The question is whether CMSIS-NN is on, and how the firmware was compiled. What fits is found in `log_fit` by
the pattern of the operators. What takes longer than any stretch explains points to a build without
optimisation or to the clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, log
from typing import Any, ClassVar

from ..errors import InputError
from ..libraries.build import find_build
from ..libraries.library import kernel_library
from ..parts.profile import Profile
from ..words.dataclass import dataclass
from ..words.printing import agreed, counted, quantity, times_over
from ..words.result import Result, Summary, plain
from .energy import Span
from .log_fit import Fit, LogFit, fit_builds, ratio_of, slack_of, spans_of
from .operator_cost import OperatorCost
from .profiler_log import LoggedOperator, Measured, guess_ticks_per_second, match_log

__all__ = ["LogComparison", "LogVerdict", "judge_log", "short_name"]

TELLING = 1.15
"""How many times longer one library must take than another before an operator can tell them apart."""
ALIKE, CLEAR = 1.1, 1.5
"""How far from the linked library an operator must be, and how near to another, to speak for that one."""
FAR = 3.0
"""Half-widths of its interval from which on an operator does not lie with a library that was stretched."""


@dataclass(frozen=True, slots=True)
class LogVerdict:
    """One operator of a log, or all of one kind: its cycles, and what each library would take.

    `inside` are the libraries whose interval the cycles lie in, `nearest` the one that is closest by
    ratio, before any stretch. `telling`: the libraries differ enough here to be told apart.
    """

    operator: str
    positions: tuple[int, ...]
    cycles: float
    predicted: Mapping[str, Span]
    inside: tuple[str, ...]
    nearest: str
    telling: bool


@dataclass(frozen=True, slots=True, repr=False)
class LogComparison(Result):
    """All of a log. `linked` is the library that it speaks for, None where it cannot tell, `build` the build
    of it, None where more than one may be.

    `libraries` are those whose predictions stand beside the operators, of each kind of kernels one, the
    nearest or that at the build of the nearest, at `builds`. `fits` has all libraries and builds, the
    likeliest first. `others` are operators that clearly speak for another library. `ratio` is how many times
    longer the board took than `linked` would. `strange` says why the log fits no library, None if it fits.
    """

    schema: ClassVar[str] = "microinfer.compare-log/1"

    model: str
    profile: str
    clock_hz: int
    ticks_per_second: float
    libraries: tuple[str, ...]
    builds: tuple[str, ...]
    rows: tuple[LogVerdict, ...]
    linked: str | None
    build: str | None
    fits: tuple[LogFit, ...]
    others: tuple[LogVerdict, ...]
    ratio: float
    strange: str | None
    unpriced: tuple[str, ...]

    @property
    def likely(self) -> dict[str, tuple[str, ...]]:
        """The builds that the log may be of, by library."""
        found: dict[str, tuple[str, ...]] = {}
        for one in self.fits:
            if one.likely:
                found[one.library] = (*found.get(one.library, ()), one.build)
        return found

    @property
    def asserts(self) -> bool:
        """Whether asserts are surely on: the log fits no build without them."""
        builds = [one.build for one in self.fits if one.likely and one.library == self.linked]
        return bool(builds) and all(find_build(build).asserts for build in builds)

    @property
    def sentence(self) -> str:
        """The answer, for a reader."""
        if self.strange is not None:
            return self.strange
        inside = sum(bool(row.inside) for row in self.rows)
        lie = f"{inside} of {len(self.rows)} {agreed('lie', inside)} in the interval of a library"
        told = [f"{name} at {_either(builds)}" for name, builds in self.likely.items()]
        if len({one.library for one in self.fits}) == 1:
            beside = _beside(self.libraries[0], self.ratio, lie)
            return f"The log fits the only library there is here, {told[0]}: {beside}"
        if self.linked is None:
            return f"The log cannot tell which library is linked: it fits {', and '.join(told)}; {lie}"
        count = sum(row.telling for row in self.rows)
        telling = f"{counted(count, 'operator')} that {agreed('tell', count)} the libraries apart"
        state, rest = kernel_library(self.linked).linked, f"it fits {'; also '.join(told)}; {lie}"
        if self.others:
            names = ", ".join(dict.fromkeys(row.operator for row in self.others))
            other = " or ".join(short_name(name) for name in self.libraries if name != self.linked)
            return f"{state}, but not for {names}, which ran as with the {other} kernels; {rest}"
        if not count:
            return f"{state}: {rest}"
        long = "as long as" if abs(log(self.ratio)) < log(ALIKE) else f"{times_over(self.ratio)} as long as"
        return f"{state}: the {telling} took {long} the {short_name(self.linked)} kernels do; {rest}"

    def to_dict(self) -> dict[str, Any]:
        """The verdict, and what it rests on, operator by operator."""
        return {
            "schema": self.schema,
            "model": {"name": self.model},
            "profile": {"name": self.profile, "clock_hz": self.clock_hz},
            "ticks_per_second": self.ticks_per_second,
            "libraries": list(self.libraries),
            "builds": list(self.builds),
            "linked": self.linked,
            "build": self.build,
            "fits": plain(self.fits),
            "others": [list(row.positions) for row in self.others],
            "ratio": self.ratio,
            "strange": self.strange,
            "sentence": self.sentence,
            "unpriced": list(self.unpriced),
            "operators": plain(self.rows),
        }

    def summary(self) -> Summary:
        """The answer, and an operator a row: how long it took, and as with which library."""
        took = [
            (row.operator, quantity(row.cycles / self.clock_hz, "s"), short_name(row.nearest))
            for row in self.rows
        ]
        fits = [("fits", library, _either(builds)) for library, builds in self.likely.items()]
        title = f"{self.model} on {self.profile}: {self.sentence.partition(';')[0]}"
        return Summary(title, (*fits, *took), ("", "log", "nearest"))


def _beside(library: str, ratio: float, lie: str) -> str:
    long = "as long as" if abs(log(ratio)) < log(ALIKE) else f"{ratio:.3g} times as long as"
    return f"the board took {long} the {short_name(library)} kernels would; {lie}"


def _either(builds: Sequence[str]) -> str:
    return " or ".join(f"-{build}" for build in builds)


def short_name(library: str) -> str:
    return kernel_library(library).short


def judge_log(
    model: str,
    profile: Profile,
    operators: Sequence[str],
    costs: Mapping[tuple[str, str], Sequence[OperatorCost]],
    logged: Sequence[LoggedOperator],
    ticks_per_second: float | None = None,
    inferences: int | None = None,
) -> LogComparison:
    """Hold a board's profiler log against each kernel library at each build, operator by operator.

    Args:
        operators, costs: names of the model's operators, and what each takes, by library and build.
        ticks_per_second: of the log; default guessed from its milliseconds, else the core's clock.
        inferences: how many the log covers, where it has only sums by operator.

    Raises:
        InputError: the log is of another model, or no library is priced on this core.
    """
    rate = ticks_per_second or guess_ticks_per_second(logged, profile.clock_hz)
    measured = match_log(logged, operators, rate, profile.clock_hz, inferences)
    said = {which: spans_of(measured, each) for which, each in costs.items()}
    if not any(said.values()):
        wanted = ", ".join(dict.fromkeys(library for library, _ in costs))
        raise InputError(f"nothing in the log can be held against {wanted} on {profile.core}")
    slack = slack_of(profile)
    order, likely = fit_builds(measured, said, slack)
    best, kinds = order[0], dict[str, Fit]()
    for one in sorted(
        order, key=lambda one: (one is not best, one.library != one.family, one.build != best.build)
    ):
        kinds.setdefault(one.family, one)
    shown = sorted(kinds.values(), key=lambda one: list(costs).index((one.library, one.build)))
    rows, unpriced = [], []
    for i, item in enumerate(measured):
        spans = {one.library: one.spans[i] for one in shown if i in one.spans}
        if spans:
            rows.append(_verdict(item, spans))
        else:
            unpriced.append(item.operator)
    sure = len(kinds) > 1 and len({one.family for one in likely}) == 1
    others = tuple(row for row in rows if sure and _clearly_other(row, best.library, best.stretch))
    strange = _strange(measured, order, slack)
    builds = [one.build for one in likely if one.library == best.library]
    known = not strange and (sure or len(kinds) == 1)
    return LogComparison(
        model=model,
        profile=profile.name,
        clock_hz=profile.clock_hz,
        ticks_per_second=rate,
        libraries=tuple(one.library for one in shown),
        builds=tuple(one.build for one in shown),
        rows=tuple(rows),
        linked=best.library if sure and not strange else None,
        build=builds[0] if known and len(builds) == 1 else None,
        fits=tuple(one.beside(measured, not strange and one in likely) for one in order),
        others=() if strange else others,
        ratio=ratio_of(measured, best.spans),
        strange=strange,
        unpriced=tuple(dict.fromkeys(unpriced)),
    )


def _verdict(item: Measured, spans: dict[str, Span]) -> LogVerdict:
    took = item.cycles
    inside = tuple(library for library, span in spans.items() if span.low <= took <= span.high)
    nearest = min(spans, key=lambda name: abs(log(max(took, 1.0) / max(spans[name].typical, 1.0))))
    figures = [max(span.typical, 1.0) for span in spans.values()]
    telling = max(figures) / min(figures) >= TELLING
    return LogVerdict(item.operator, item.positions, took, spans, inside, nearest, telling)


def _clearly_other(row: LogVerdict, linked: str, stretch: float) -> bool:
    if not row.telling or linked in row.inside or linked not in row.predicted:
        return False
    distance = {
        name: abs(log(max(row.cycles, 1.0) / max(stretch * span.typical, 1.0)))
        for name, span in row.predicted.items()
    }
    return distance[linked] >= log(CLEAR) and min(distance.values()) < distance[linked] - log(CLEAR) / 2


def _strange(rows: Sequence[Measured], order: Sequence[Fit], slack: tuple[float, float]) -> str | None:
    """Why a log fits no library, None if it does: half the operators at the least are to lie with one."""
    ordered = sorted(order, key=lambda one: ratio_of(rows, one.spans))
    least, most = ordered[0], ordered[-1]
    lowest, highest = ratio_of(rows, least.spans), ratio_of(rows, most.spans)
    if lowest > exp(3 * slack[1]):
        return (
            f"The log fits no library at any build: the board took {lowest:.3g} times as long as the "
            f"{_named(least)} would, which take longest; either the build has no optimisation, with asserts "
            "on (-DNDEBUG is missing), or the ticks are no cycles of this clock (--ticks-per-second)"
        )
    if highest < exp(-3 * slack[0]):
        return (
            f"The log fits no library: the board took {highest:.3g} of what the {_named(most)} would, "
            "which are the fastest; are the ticks slower than the clock (--ticks-per-second), is the part "
            "another one, or does the log cover fewer inferences?"
        )
    best = order[0]
    with_it = sum(
        _reach(span.low, span.typical) <= rows[i].cycles / best.stretch <= _reach(span.high, span.typical)
        for i, span in best.spans.items()
    )
    if 2 * with_it < len(best.spans):
        beside = _beside(
            best.library, ratio_of(rows, best.spans), f"{with_it} of {len(best.spans)} lie with it"
        )
        return (
            f"The log fits no library at any build; nearest, {beside}; is it of another part or library, or "
            "of a build without optimisation, with asserts on (-DNDEBUG is missing)?"
        )
    return None


def _reach(end: float, typical: float) -> float:
    """How far an operator may be beyond the end of its interval: not at all where that is wide."""
    half = abs(end - typical)
    return typical + (1 if end > typical else -1) * max(half, min(FAR * half, typical / 2))


def _named(one: Fit) -> str:
    return f"{short_name(one.library)} kernels at -{one.build}"
