"""Energy of an inference: current times voltage times time, with an interval.

The current is what the board draws while its core is busy, measured or from the part's documents; it
stays much the same over the supply voltage, for most parts feed their core through a linear regulator.
Errors of time and of current are independent: their ratios' logarithms add in squares.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, hypot, log

from ..parts.profile import Profile
from ..words.dataclass import dataclass
from .prices import OperatorCost, total

__all__ = [
    "Energy",
    "Span",
    "inference_energy",
    "inference_time",
    "product",
]


@dataclass(frozen=True, slots=True)
class Span:
    """A figure with its 90 % interval."""

    typical: float
    low: float
    high: float

    def scaled(self, factor: float) -> Span:
        return Span(self.typical * factor, self.low * factor, self.high * factor)


@dataclass(frozen=True, slots=True)
class Energy:
    """Of one inference, in microjoules; power while it runs, in milliwatts."""

    microjoules: Span
    milliwatts: Span
    provisional: bool


def inference_time(costs: Sequence[OperatorCost], profile: Profile) -> Span | None:
    """Seconds that a model's operators take on a board; None where one has no price."""
    sums = total(costs)
    if sums.missing:
        return None
    return Span(sums.cycles, sums.cycles_low, sums.cycles_high).scaled(1 / profile.clock_hz)


def inference_energy(seconds: Span, profile: Profile, *, provisional: bool = False) -> Energy | None:
    """Energy of something that takes so long; None where the board's current is not known."""
    if profile.supply_v is None or profile.active is None:
        return None
    current = Span(profile.active.typical, profile.active.low, profile.active.high)
    power = current.scaled(1e3 * profile.supply_v)
    assumed = any(key.split(".")[0] == "power" for key in profile.provisional)
    return Energy(product(power, seconds).scaled(1e3), power, provisional or assumed)


def product(first: Span, second: Span) -> Span:
    """Of two independent figures: relative errors add in squares."""
    typical = first.typical * second.typical
    if min(first.low, second.low) <= 0:
        return Span(typical, first.low * second.low, first.high * second.high)
    below = hypot(log(first.typical / first.low), log(second.typical / second.low))
    above = hypot(log(first.high / first.typical), log(second.high / second.typical))
    return Span(typical, typical * exp(-below), typical * exp(above))
