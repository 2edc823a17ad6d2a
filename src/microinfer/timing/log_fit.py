"""How well a board's profiler log fits a kernel library at one build: by its pattern, not by its length.

A board whose memories are not known may stretch all operators alike, so the fit rests on their pattern: the
stretch is sought under which the operators lie nearest to the predictions. The likelihood falls with the
distance of every operator, in units of its own interval (Laplace), and with the stretch itself (normal: tight
where the profile rests on a measured board, loose upwards for a part with an ideal memory).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, log

from ..libraries.library import kernel_library
from ..parts.profile import Profile
from ..words.dataclass import dataclass
from .energy import Span
from .operator_cost import OperatorCost
from .prices import total
from .profiler_log import Measured

__all__ = ["Fit", "LogFit", "fit_builds", "ratio_of", "slack_of", "spans_of"]

NARROWEST, WIDEST = 0.05, 1.0
SURE = 2.0
"""How much the likelihood's logarithm of what fits best must exceed another's to exclude it."""
Spans = Mapping[int, Span]
"""Predicted cycles, by the number of the log's row; rows without a price are left out."""


@dataclass(frozen=True, slots=True)
class LogFit:
    """One library at one build beside a log: `ratio` is how many times as long as it the board took, `inside`
    how many of the operators that have a price lie in its intervals, `likely` whether the log may be its."""

    library: str
    build: str
    ratio: float
    inside: int
    operators: int
    likely: bool


@dataclass(frozen=True, slots=True)
class Fit:
    """The best stretch of one library at one build: how near the operators lie, and the likelihood by that,
    which a wide interval does not make higher."""

    library: str
    build: str
    spans: Spans
    near: float
    score: float
    stretch: float

    @property
    def family(self) -> str:
        """The library whose kernels these are, whoever counted them."""
        return kernel_library(self.library).tables

    def beside(self, rows: Sequence[Measured], likely: bool) -> LogFit:
        inside = sum(span.low <= rows[i].cycles <= span.high for i, span in self.spans.items())
        ratio = ratio_of(rows, self.spans)
        return LogFit(self.library, self.build, ratio, inside, len(self.spans), likely)


def slack_of(profile: Profile) -> tuple[float, float]:
    """How far a board may be from its profile, down and up: deviations of the stretch's logarithm."""
    if profile.timing.ideal and profile.target.core.flash_waits:
        return 0.05, 0.35
    spread = max(0.2, profile.timing.spread)
    return spread, spread


def spans_of(rows: Sequence[Measured], costs: Sequence[OperatorCost]) -> dict[int, Span]:
    """What these costs say of the rows of a log."""
    found = {}
    for i, row in enumerate(rows):
        sums = total([costs[position] for position in row.positions], invocation=False)
        if not sums.missing:
            found[i] = Span(sums.cycles, sums.cycles_low, sums.cycles_high)
    return found


def ratio_of(rows: Sequence[Measured], spans: Spans) -> float:
    """How many times as long the board took, over all operators that have a price."""
    took = sum(rows[i].cycles for i in spans)
    return max(took, 1.0) / max(sum(span.typical for span in spans.values()), 1.0)


def fit_builds(
    rows: Sequence[Measured], said: Mapping[tuple[str, str], Spans], slack: tuple[float, float]
) -> tuple[list[Fit], list[Fit]]:
    """All libraries and builds, the likeliest first, and those of them that the log may be of.

    One is excluded where another is clearer by both measures: an interval may be wide for want of counts, and
    then neither its width nor another's narrowness speaks against it.
    """
    order = sorted(
        (_fit(rows, library, build, spans, slack) for (library, build), spans in said.items() if spans),
        key=lambda one: -one.score,
    )
    best = order[0]
    nearest = max(one.near for one in order if best.score - one.score < SURE)
    likely = [one for one in order if best.score - one.score < SURE or nearest - one.near < SURE]
    return order, likely


def _fit(rows: Sequence[Measured], library: str, build: str, spans: Spans, slack: tuple[float, float]) -> Fit:
    off, scale = [], []
    for i, span in spans.items():
        typical = max(span.typical, 1.0)
        off.append(log(max(rows[i].cycles, 1.0) / typical))
        wide = max(log(max(span.high, 1.0) / typical), log(typical / max(span.low, 1.0)))
        scale.append(min(WIDEST, max(NARROWEST, wide)))

    def near(stretch: float) -> float:
        prior = stretch / (slack[0] if stretch < 0 else slack[1])
        return -sum(abs(x - stretch) / b for x, b in zip(off, scale, strict=True)) - prior**2 / 2

    candidates = [0.0, *(min(3 * slack[1], max(-3 * slack[0], x)) for x in off)]
    best = max(candidates, key=near)
    reached = near(best)
    return Fit(library, build, spans, reached, reached - sum(map(log, scale)), exp(best))
