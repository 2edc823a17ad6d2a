"""A profile of the user's own board, from its profiler log.

Each kind of operator gets the factor by which the board took longer than predicted; kinds that the log
does not have get the factor of the whole. How far each operator is from what the others would have said
of it becomes the profile's spread.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError
from ..parts.profile import Profile
from ..words.data_folder import data_file
from ..words.dataclass import dataclass
from ..words.printing import counted
from .prices import OperatorCost, total
from .profiler_log import LoggedOperator, guess_ticks_per_second, match_log

__all__ = ["Calibration", "Point", "learn"]

OTHERS = "*"
LEAST_SPREAD, MOST_SPREAD = 0.03, 0.5
WITHIN_90 = 1.65
"""How many mean absolute deviations hold nine of ten."""


@dataclass(frozen=True, slots=True)
class Point:
    """What the log says of an operator, or of all of one kind: cycles measured and predicted."""

    operator: str
    measured: float
    predicted: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Factors by operator, `"*"` for all others, and the spread that remains. `to_toml` is the profile.

    `ratio` is how many times longer the whole took than the stock profile says.
    """

    profile: Profile
    library: str
    factors: dict[str, float]
    spread: float
    ratio: float
    model: str
    points: tuple[Point, ...]
    unpriced: tuple[str, ...]

    def to_toml(self, title: str = "", beside: Path | None = None) -> str:
        """A file that extends the stock profile, or the user's own one, which `beside` finds from there."""
        source = f"Calibrated on a profiler log of {self.model}, {counted(len(self.points), 'figure')}"
        lines = [
            f'extends = "{_quoted(_parent(self.profile, beside))}"',
            f'title = "{_quoted(title or f"{self.profile.title}, calibrated")}"',
            f'library = "{self.library}"',
            "",
            "[timing]",
            f"spread = {self.spread:.3f}",
            'fitted_on = "a profiler log of this board"',
            "",
            f'[factors."{self.library}"]',
            *(f'"{operator}" = {factor:.4f}' for operator, factor in self.factors.items()),
            "",
            "[sources]",
            f'"timing.spread" = "{_quoted(source)}"',
            *(f'"factors.{self.library}.{operator}" = "{_quoted(source)}"' for operator in self.factors),
            "",
        ]
        return "\n".join(lines)


def _parent(profile: Profile, beside: Path | None) -> str:
    path = Path(profile.path)
    if path.parent == data_file().resolve():
        return profile.name
    if beside is None:
        return path.as_posix()
    try:
        return f"./{Path(os.path.relpath(path, beside.resolve())).as_posix()}"
    except ValueError:  # another drive
        return path.as_posix()


def _quoted(text: str) -> str:
    return "".join(c for c in text if c.isprintable()).replace("\\", "\\\\").replace('"', '\\"')


def learn(
    model: str,
    profile: Profile,
    library: str,
    operators: Sequence[str],
    costs: Sequence[OperatorCost],
    logged: Sequence[LoggedOperator],
    ticks_per_second: float | None = None,
    inferences: int | None = None,
) -> Calibration:
    """Learn a board from the log of one model, whose operators' names and costs these are.

    Raises:
        InputError: the log is of another model, or nothing in it has a price.
    """
    rate = ticks_per_second or guess_ticks_per_second(logged, profile.clock_hz)
    measured = match_log(logged, operators, rate, profile.clock_hz, inferences)
    points, unpriced = [], []
    for item in measured:
        sums = total([costs[position] for position in item.positions], invocation=False)
        if sums.missing or not sums.cycles:
            unpriced.append(item.operator)
        elif item.cycles > 0:
            points.append(Point(item.operator, item.cycles, sums.cycles))
    if not points:
        raise InputError(f"nothing in the log has a price with {library} on {profile.core}")
    whole = _ratio(points)
    ratios = {
        name: _ratio([point for point in points if point.operator == name])
        for name in sorted({point.operator for point in points})
    }
    known = profile.factors.get(library, {})
    stock = known.get(OTHERS, 1.0)
    factors = {name: known.get(name, stock) * ratio for name, ratio in ratios.items()}
    factors[OTHERS] = stock * whole
    return Calibration(
        profile,
        library,
        factors,
        _spread(points, profile.timing.spread),
        whole,
        model,
        tuple(points),
        tuple(dict.fromkeys(unpriced)),
    )


def _ratio(points: Sequence[Point]) -> float:
    return sum(point.measured for point in points) / sum(point.predicted for point in points)


def _spread(points: Sequence[Point], stock: float) -> float:
    """Each point against the factor of the others of its kind, or of all others where there is none."""
    if len(points) < 2:
        return max(LEAST_SPREAD, stock)
    missed = 0.0
    for i, point in enumerate(points):
        others = [other for j, other in enumerate(points) if j != i]
        alike = [other for other in others if other.operator == point.operator]
        missed += abs(point.measured - _ratio(alike or others) * point.predicted)
    took = sum(point.measured for point in points)
    return min(MOST_SPREAD, max(LEAST_SPREAD, WITHIN_90 * missed / took))
