"""A profile of the user's own board, from its profiler log.

Each kind of operator gets the factor by which the board took longer than predicted; kinds that the log
does not have get the factor of the whole. What is left unexplained becomes the profile's spread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .cost import estimate
from .errors import InputError
from .graph import prepare
from .model import Model
from .profile import Profile
from .profiler_log import LoggedOperator, guess_ticks_per_second, match_log

__all__ = ["Calibration", "calibrate"]

OTHERS = "*"
LEAST_SPREAD = 0.03


@dataclass(frozen=True, slots=True)
class Calibration:
    """Factors by operator, `"*"` for all others, and the spread that remains. `to_toml` is the profile."""

    profile: str
    library: str
    factors: dict[str, float]
    spread: float
    model: str
    operators: int

    def to_toml(self, name: str = "") -> str:
        """A file that extends the stock profile."""
        source = f"Calibrated on a profiler log of {self.model}, {self.operators} operators"
        lines = [
            f'extends = "{self.profile}"',
            f'title = "{_quoted(name or f"{self.profile}, calibrated")}"',
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


def _quoted(text: str) -> str:
    return "".join(c for c in text if c.isprintable()).replace("\\", "\\\\").replace('"', '\\"')


def calibrate(
    model: Model,
    profile: Profile,
    logged: Sequence[LoggedOperator],
    library: str | None = None,
    ticks_per_second: float | None = None,
) -> Calibration:
    """Learn a board from the log of one model.

    Raises:
        InputError: the log is of another model, or nothing in it has a price.
    """
    library = profile.choose_library(library)
    steps = prepare(model)
    rate = ticks_per_second or guess_ticks_per_second(logged, profile.clock_hz)
    cycles = match_log(logged, [step.name for step in steps], rate, profile.clock_hz)
    took: dict[str, float] = {}
    said: dict[str, float] = {}
    pairs = []
    for step, cost, measured in zip(steps, estimate(steps, profile, library), cycles, strict=True):
        if measured is None or not cost.cycles:
            continue
        took[step.name] = took.get(step.name, 0.0) + measured
        said[step.name] = said.get(step.name, 0.0) + cost.cycles
        pairs.append((step.name, measured, cost.cycles))
    if not pairs or not sum(took.values()):
        raise InputError(f"nothing in the log has a price with {library} on {profile.core}")
    known = profile.factors.get(library, {})
    ratios = {name: took[name] / said[name] for name in said if took[name] > 0}
    whole = sum(took.values()) / sum(said.values())
    weighed = sum(abs(measured - ratios.get(name, whole) * cycles) for name, measured, cycles in pairs)
    spread = max(LEAST_SPREAD, 1.65 * weighed / sum(took.values()))
    stock = known.get(OTHERS, 1.0)
    factors = {name: known.get(name, stock) * ratio for name, ratio in sorted(ratios.items())}
    factors[OTHERS] = stock * whole
    return Calibration(profile.name, library, factors, min(spread, 0.5), model.name, len(pairs))
