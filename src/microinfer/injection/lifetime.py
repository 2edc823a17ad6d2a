"""From a rate of flips to what a device may expect in its life."""

from __future__ import annotations

from math import expm1

from ..words.dataclass import dataclass
from .proportions import Proportion
from .rates import Rate

__all__ = ["DEFAULT_HOURS", "Lifetime", "MemoryLife", "live"]

DEFAULT_HOURS = 8766.0
"""A year."""


@dataclass(frozen=True, slots=True)
class MemoryLife:
    """One memory: `bits` that were tried, over `hours` in which a flip can matter; `flips` are expected, and
    so many of them corrupt silently: `silent` as far as that can be told, `silent_low` at the least, and
    `silent_high` at the most, where those do of which nobody can tell. `untried_bits` lie beside them and
    were not tried, and `untried_flips` are expected there."""

    memory: str
    bits: int
    hours: float
    flips: float
    silent: float | None
    silent_low: float
    silent_high: float
    untried_bits: int
    untried_flips: float


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Over `hours` at a rate: `at_least_one_*` is the chance that some flip silently corrupts answers, where
    the flips come independently; `hours_to_first` the mean time to the first such flip, None where none is
    expected. `duty` is the share of time in which an inference runs."""

    rate: str
    per_bit_hour: float
    hours: float
    duty: float
    memories: tuple[MemoryLife, ...]
    at_least_one: float | None
    at_least_one_low: float
    at_least_one_high: float
    hours_to_first: float | None
    hours_to_first_low: float | None
    hours_to_first_high: float | None


def live(
    rate: Rate, hours: float, duty: float, memories: list[tuple[str, int, Proportion, Proportion, int]]
) -> Lifetime:
    """Expectations of a device.

    Args:
        memories: name, bits that were tried, share of flips that corrupt silently, that of those that do or
            may, bits that were not tried.
    """
    found = []
    for name, bits, share, most, untried in memories:
        exposed = hours * (duty if name == "arena" else 1.0)
        flips = rate.per_bit_hour * bits * exposed
        found.append(
            MemoryLife(
                name,
                bits,
                exposed,
                flips,
                None if share.value is None else flips * share.value,
                flips * share.low,
                flips * most.high,
                untried,
                rate.per_bit_hour * untried * hours,
            )
        )
    known = [one.silent for one in found if one.silent is not None]
    silent = sum(known) if len(known) == len(found) else None
    low, high = sum(one.silent_low for one in found), sum(one.silent_high for one in found)
    return Lifetime(
        rate.said,
        rate.per_bit_hour,
        hours,
        duty,
        tuple(found),
        None if silent is None else _chance(silent),
        _chance(low),
        _chance(high),
        hours / silent if silent else None,
        hours / high if high else None,
        hours / low if low else None,
    )


def _chance(expected: float) -> float:
    """Of one or more, where so many are expected."""
    return -expm1(-expected)
