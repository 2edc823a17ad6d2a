"""One time for a whole inference: which library and which build does it speak for?

A log with several times is averaged. One figure cannot tell an operator's kernel from another's: it says
which libraries and builds have it in their interval, and which is nearest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from math import log
from statistics import mean
from typing import Any

from ..errors import InputError
from ..words.dataclass import dataclass
from ..words.printing import times_over
from .energy import Span

__all__ = ["TotalComparison", "TotalVerdict", "judge_total"]


@dataclass(frozen=True, slots=True)
class TotalVerdict:
    """What one library takes at one build, in seconds, and whether the time lies in its interval."""

    library: str
    build: str
    seconds: Span
    inside: bool
    ratio: float


@dataclass(frozen=True, slots=True)
class TotalComparison:
    """A whole inference's time beside what each library takes at each build; the nearest comes first."""

    model: str
    profile: str
    seconds: float
    times: int
    rows: tuple[TotalVerdict, ...]

    @property
    def sentence(self) -> str:
        """The answer, for a reader."""
        inside = [row for row in self.rows if row.inside]
        builds: dict[str, list[str]] = {}
        for row in inside:
            builds.setdefault(row.library, []).append(f"-{row.build}")
        names = ", ".join(f"{library} at {' or '.join(at)}" for library, at in builds.items())
        nearest = self.rows[0]
        near = f"{nearest.library} at -{nearest.build}, of which it is {times_over(nearest.ratio)}"
        if not inside:
            return f"It lies in the interval of no library; the nearest is {near}"
        if len(inside) == 1:
            return f"It speaks for {names}"
        return f"It fits {names}; the nearest is {near}"

    def to_dict(self) -> dict[str, Any]:
        """The JSON of `microinfer.compare-total/1`."""
        return {
            "schema": "microinfer.compare-total/1",
            "model": {"name": self.model},
            "profile": {"name": self.profile},
            "seconds": self.seconds,
            "times": self.times,
            "sentence": self.sentence,
            "rows": [asdict(row) for row in self.rows],
        }


def judge_total(
    model: str, profile: str, seconds: Sequence[float], said: Sequence[tuple[str, str, Span]]
) -> TotalComparison:
    """Hold a time against what libraries take at builds, `said` as (library, build, seconds).

    Raises:
        InputError: nothing is known of the model's time on this part, or the time is nought.
    """
    took = mean(seconds)
    if not said or took <= 0:
        raise InputError(f"the log's time, {took:g} s, can be held against nothing known of {profile}")
    rows = [
        TotalVerdict(library, build, span, span.low <= took <= span.high, took / span.typical)
        for library, build, span in said
    ]
    rows.sort(key=lambda row: (not row.inside, abs(log(row.ratio))))
    return TotalComparison(model, profile, took, len(seconds), tuple(rows))
