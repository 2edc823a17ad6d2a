"""A profile of the user's own board, from its profiler log, or from times of whole inferences.

Each kind of operator gets the factor by which the board took longer than predicted; kinds that the log
does not have get the factor of the whole. How far each operator is from what the others would have said
of it becomes the profile's spread.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError
from ..parts.memories import UNKNOWN_MEMORY
from ..parts.profile import Profile
from ..words.data_folder import data_file
from ..words.dataclass import dataclass
from ..words.printing import counted
from .board_memory import at_clock, other_clock
from .prices import OperatorCost, total
from .profiler_log import LoggedOperator, guess_ticks_per_second, match_log
from .total_fit import FEWEST, Held, MeasuredTotal, fit_factors

__all__ = ["Calibration", "Point", "learn", "learn_several", "measured_log", "measured_total"]

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

    `ratio` is how many times longer the whole took than the stock profile says. `held` are the models of a
    calibration by several: each as the others alone would have it.
    """

    profile: Profile
    library: str
    factors: dict[str, float]
    spread: float
    ratio: float
    model: str
    points: tuple[Point, ...]
    unpriced: tuple[str, ...]
    held: tuple[Held, ...] = ()

    @property
    def learned_from(self) -> str:
        """What it was learned from, in words."""
        if self.held:
            return f"measurements of {counted(len(self.held), 'model')}"
        return f"{counted(len(self.points), 'figure')} of a log"

    def to_toml(self, title: str = "", beside: Path | None = None) -> str:
        """A file that extends the stock profile, or the user's own one, which `beside` finds from there."""
        source = f"Calibrated on a profiler log of {self.model}, {counted(len(self.points), 'figure')}"
        if self.held:
            names = ", ".join(one.model for one in self.held)
            source = f"Calibrated on what {names} took; spread from leaving out one model at a time"
        unknown, other = self.profile.timing == UNKNOWN_MEMORY, other_clock(self.profile)
        waits = ("fetch", "weights_sequential", "weights_random", "cold") if unknown or other else ()
        told = "of another clock" if other else "of a board that nobody knows"
        lines = [
            f'extends = "{_quoted(_parent(self.profile, beside))}"',
            f'title = "{_quoted(title or f"{self.profile.title}, calibrated")}"',
            f'library = "{self.library}"',
            f'build = "{self.profile.build}"',
            *([f'arena = "{self.profile.arena}"'] if self.profile.arena else []),
            "",
            "[timing]",
            f"spread = {self.spread:.3f}",
            *(f"{name} = {getattr(at_clock(self.profile), name)}" for name in waits),
            f'fitted_on = "{"measurements" if self.held else "a profiler log"} of this board"',
            f'fitted_for = ["{self.library} -{self.profile.build.level}"]',
            "",
            f'[factors."{self.library}"]',
            *(f'"{operator}" = {factor:.4f}' for operator, factor in self.factors.items()),
            "",
            "[sources]",
            f'"timing.spread" = "{_quoted(source)}"',
            *(f'"timing.{name}" = "Assumed {told}"' for name in waits),
            *(f'"factors.{self.library}.{operator}" = "{_quoted(source)}"' for operator in self.factors),
            "",
        ]
        return "\n".join(lines)


def _parent(profile: Profile, beside: Path | None) -> str:
    path = Path(profile.path)
    if path.parent == data_file().resolve():
        return path.stem
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


def measured_total(
    model: str, profile: Profile, operators: Sequence[str], costs: Sequence[OperatorCost], seconds: float
) -> MeasuredTotal:
    """One model's whole inference, whose operators' names and costs these are.

    Raises:
        InputError: an operator has no price, or less time was measured than an inference takes beside them.
    """
    predicted: dict[str, float] = {}
    for name, cost in zip(operators, costs, strict=True):
        if cost.cycles is None:
            raise InputError(f"{model}: its total can be held against nothing: {cost.note or name}")
        predicted[name] = predicted.get(name, 0.0) + cost.cycles
    took = seconds * profile.clock_hz
    operators_alone = took - sum(cost.invocation for cost in costs)
    if operators_alone <= 0 or not sum(predicted.values()):
        raise InputError(f"{model}: {seconds:g} s is less than an inference takes beside its operators")
    return MeasuredTotal(model, operators_alone, predicted, operators_alone)


def measured_log(
    model: str,
    profile: Profile,
    operators: Sequence[str],
    costs: Sequence[OperatorCost],
    logged: Sequence[LoggedOperator],
    ticks_per_second: float | None = None,
    inferences: int | None = None,
) -> list[MeasuredTotal]:
    """One model's operators in a profiler log; those without a price are left out.

    Raises:
        InputError: the log is of another model.
    """
    rate = ticks_per_second or guess_ticks_per_second(logged, profile.clock_hz)
    found = match_log(logged, operators, rate, profile.clock_hz, inferences)
    whole = sum(item.cycles for item in found)
    made = []
    for item in found:
        sums = total([costs[position] for position in item.positions], invocation=False)
        if not sums.missing and sums.cycles and item.cycles > 0:
            made.append(MeasuredTotal(model, item.cycles, {item.operator: sums.cycles}, whole, logged=True))
    return made


def learn_several(
    profile: Profile, library: str, measurements: Sequence[MeasuredTotal], *, logs: bool = False
) -> Calibration:
    """Learn a board from measurements of several models, with `logs` of operators among them or not.

    Raises:
        InputError: they are of too few models, or contradict one another.
    """
    models = dict.fromkeys(one.model for one in measurements)
    fewest = FEWEST - 1 if logs else FEWEST
    if len(models) < fewest:
        raise InputError(
            f"measurements of {counted(len(models), 'model')} cannot tell how well they fit: expected "
            f"at least {fewest}; log another model, or its operators by TFLM's MicroProfiler (--log)"
        )
    fit = fit_factors(measurements)
    if fit.spread > 1:
        misses = ", ".join(f"{one.model} {one.error:+.0%}" for one in fit.held)
        raise InputError(
            f"the measurements contradict one another: left out, each is missed by {misses}; are they of "
            "one library, build and clock?"
        )
    known = profile.factors.get(library, {})
    stock = known.get(OTHERS, 1.0)
    factors = {name: known.get(name, stock) * ratio for name, ratio in fit.by_operator.items()}
    factors[OTHERS] = stock * fit.ratio
    points = tuple(
        Point(kind, one.measured, cycles)
        for one in measurements
        if one.logged
        for kind, cycles in one.predicted.items()
    )
    spread = max(LEAST_SPREAD, fit.spread)
    return Calibration(profile, library, factors, spread, fit.ratio, ", ".join(models), points, (), fit.held)


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
