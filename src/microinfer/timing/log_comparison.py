"""A board's profiler log against what each kernel library would take: which one is linked?

The question is whether CMSIS-NN is on. A board whose memories are not known may stretch all operators
alike, so the verdict rests on their pattern: for each library the stretch is sought under which the
operators lie nearest to its predictions. Its likelihood falls with the distance of every operator, in
units of its own interval (Laplace), and with the stretch itself (normal: tight where the profile rests on
a measured board, loose upwards for a part with an ideal memory). What takes longer than any stretch
explains points to the build (asserts on, no optimisation) or to the clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, log
from typing import Any, ClassVar

from ..errors import InputError
from ..libraries.library import kernel_library
from ..parts.profile import Profile
from ..words.dataclass import dataclass
from ..words.printing import agreed, counted, quantity
from ..words.result import Result, Summary, plain
from .energy import Span
from .prices import OperatorCost, total
from .profiler_log import LoggedOperator, guess_ticks_per_second, match_log

__all__ = ["LogComparison", "LogVerdict", "judge_log", "short_name"]

TELLING = 1.15
"""How many times longer one library must take than another before an operator can tell them apart."""
ALIKE, CLEAR = 1.1, 1.5
"""How far from the linked library an operator must be, and how near to another, to speak for that one."""
SURE = 2.0
"""How much the likelihood's logarithm of the best library must exceed the next one's."""
NARROWEST, WIDEST = 0.05, 1.0


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
    """All of a log. `linked` is the library that it speaks for, None where it cannot tell.

    `others` are operators that clearly speak for another library. `ratio` is how many times longer the
    board took than `linked` would. `strange` says why the log fits no library, None if it fits.
    """

    schema: ClassVar[str] = "microinfer.compare-log/1"

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
        lie = f"{inside} of {len(self.rows)} {agreed('lie', inside)} in the interval of a library"
        if len(self.libraries) == 1:
            beside = _beside(self.libraries[0], self.ratio, lie)
            return f"The log fits the only library there is here: {beside}"
        if self.linked is None:
            return f"The log cannot tell which library is linked: more than one could take this; {lie}"
        count = sum(row.telling for row in self.rows)
        telling = f"{counted(count, 'operator')} that {agreed('tell', count)} the libraries apart"
        state = kernel_library(self.linked).linked
        if self.others:
            names = ", ".join(dict.fromkeys(row.operator for row in self.others))
            other = " or ".join(short_name(name) for name in self.libraries if name != self.linked)
            return f"{state}, but not for {names}, which ran as with the {other} kernels; {lie}"
        long = "as long as" if abs(log(self.ratio)) < log(ALIKE) else f"{self.ratio:.2f} times as long as"
        return f"{state}: the {telling} took {long} the {short_name(self.linked)} kernels do; {lie}"

    def to_dict(self) -> dict[str, Any]:
        """The verdict, and what it rests on, operator by operator."""
        return {
            "schema": self.schema,
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
            "operators": plain(self.rows),
        }

    def summary(self) -> Summary:
        """The answer, and an operator a row: how long it took, and as with which library."""
        took = [
            (row.operator, quantity(row.cycles / self.clock_hz, "s"), short_name(row.nearest))
            for row in self.rows
        ]
        title = f"{self.model} on {self.profile}: {self.sentence}"
        return Summary(title, tuple(took), ("", "log", "nearest"))


def _beside(library: str, ratio: float, lie: str) -> str:
    long = "as long as" if abs(log(ratio)) < log(ALIKE) else f"{ratio:.3g} times as long as"
    return f"the board took {long} the {short_name(library)} kernels would; {lie}"


def short_name(library: str) -> str:
    return kernel_library(library).short


def judge_log(
    model: str,
    profile: Profile,
    operators: Sequence[str],
    costs: Mapping[str, Sequence[OperatorCost]],
    logged: Sequence[LoggedOperator],
    ticks_per_second: float | None = None,
    inferences: int | None = None,
) -> LogComparison:
    """Hold a board's profiler log against each kernel library, operator by operator.

    Args:
        operators, costs: names of the model's operators, and what each takes, by library.
        ticks_per_second: of the log; default guessed from its milliseconds, else the core's clock.
        inferences: how many the log covers, where it has only sums by operator.

    Raises:
        InputError: the log is of another model, or no library is priced on this core.
    """
    wanted = tuple(costs)
    rate = ticks_per_second or guess_ticks_per_second(logged, profile.clock_hz)
    measured = match_log(logged, operators, rate, profile.clock_hz, inferences)
    rows, unpriced = [], []
    for item in measured:
        spans = {}
        for library in wanted:
            sums = total([costs[library][position] for position in item.positions], invocation=False)
            if not sums.missing:
                spans[library] = Span(sums.cycles, sums.cycles_low, sums.cycles_high)
        if not spans:
            unpriced.append(item.operator)
            continue
        rows.append(_verdict(item.operator, item.positions, item.cycles, spans))
    if not rows:
        raise InputError(f"nothing in the log can be held against {', '.join(wanted)} on {profile.core}")
    slack = _slack(profile)
    found = {library: _stretch(rows, library, slack) for library in wanted}
    order = sorted(wanted, key=lambda name: -found[name][0])
    nearest, stretch = order[0], found[order[0]][1]
    sure = len(order) > 1 and found[order[0]][0] - found[order[1]][0] >= SURE
    others = tuple(row for row in rows if sure and _clearly_other(row, nearest, stretch))
    ratio = _ratio(rows, nearest)
    strange = _strange(rows, wanted, slack)
    return LogComparison(
        model,
        profile.name,
        profile.clock_hz,
        rate,
        wanted,
        tuple(rows),
        nearest if sure and not strange else None,
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


def _slack(profile: Profile) -> tuple[float, float]:
    """How far a board may be from its profile, down and up: deviations of the stretch's logarithm."""
    if profile.timing.ideal and profile.target.core.flash_waits:
        return 0.05, 0.35
    spread = max(0.2, profile.timing.spread)
    return spread, spread


def _stretch(rows: Sequence[LogVerdict], library: str, slack: tuple[float, float]) -> tuple[float, float]:
    """The best stretch under which the log is this library's, behind the logarithm of its likelihood."""
    off, scale = [], []
    for row in rows:
        if (span := row.predicted.get(library)) is not None:
            typical = max(span.typical, 1.0)
            off.append(log(max(row.cycles, 1.0) / typical))
            wide = max(log(max(span.high, 1.0) / typical), log(typical / max(span.low, 1.0)))
            scale.append(min(WIDEST, max(NARROWEST, wide)))
    if not off:
        return float("-inf"), 1.0

    def likelihood(stretch: float) -> float:
        prior = stretch / (slack[0] if stretch < 0 else slack[1])
        return -sum(abs(x - stretch) / b for x, b in zip(off, scale, strict=True)) - prior**2 / 2

    candidates = [0.0, *(min(3 * slack[1], max(-3 * slack[0], x)) for x in off)]
    best = max(candidates, key=likelihood)
    return likelihood(best), exp(best)


def _clearly_other(row: LogVerdict, linked: str, stretch: float) -> bool:
    if not row.telling or linked in row.inside or linked not in row.predicted:
        return False
    distance = {
        name: abs(log(max(row.cycles, 1.0) / max(stretch * span.typical, 1.0)))
        for name, span in row.predicted.items()
    }
    return distance[linked] >= log(CLEAR) and min(distance.values()) < distance[linked] - log(CLEAR) / 2


def _ratio(rows: Sequence[LogVerdict], library: str) -> float:
    said = sum(row.predicted[library].typical for row in rows if library in row.predicted)
    took = sum(row.cycles for row in rows if library in row.predicted)
    return max(took, 1.0) / max(said, 1.0)


def _strange(rows: Sequence[LogVerdict], libraries: Sequence[str], slack: tuple[float, float]) -> str | None:
    """Why a log fits no library, None if it does; of one library alone it is to lie with most operators."""
    ratios = {name: _ratio(rows, name) for name in libraries}
    least, most = min(ratios, key=lambda name: ratios[name]), max(ratios, key=lambda name: ratios[name])
    if ratios[least] > exp(3 * slack[1]):
        return (
            f"The log fits no library: the board took {ratios[least]:.3g} times as long as the "
            f"{short_name(least)} kernels would; either the build has asserts on (-DNDEBUG is missing) or "
            "no optimisation, or the ticks are no cycles of this clock (--ticks-per-second)"
        )
    if ratios[most] < exp(-3 * slack[0]):
        return (
            f"The log fits no library: the board took {ratios[most]:.3g} of what the {short_name(most)} "
            "kernels would; are the ticks slower than the clock (--ticks-per-second), is the part another "
            "one, or does the log cover fewer inferences?"
        )
    inside = sum(bool(row.inside) for row in rows)
    if len(libraries) == 1 and 2 * inside < len(rows):
        lie = f"{inside} of {len(rows)} {agreed('lie', inside)} in its interval"
        return f"The log does not fit the only library there is here: {_beside(least, ratios[least], lie)}"
    return None
