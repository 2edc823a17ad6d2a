"""Shares of a number of trials, with Wilson's interval."""

from __future__ import annotations

from math import sqrt

from ..words.dataclass import dataclass

__all__ = ["CONFIDENCE", "Proportion", "proportion"]

CONFIDENCE = 0.95
Z = 1.959963984540054
"""Of the normal distribution: so many deviations hold 95 % of it."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """`hits` of `trials`; `value` is None without a trial, and the interval then everything."""

    hits: int
    trials: int
    value: float | None
    low: float
    high: float


def proportion(hits: int, trials: int, *, whole: bool = False) -> Proportion:
    """E. B. Wilson, "Probable inference, the law of succession, and statistical inference" (1927).

    Args:
        whole: the trials are all that there could be, so that nothing is left to chance.
    """
    if not trials:
        return Proportion(0, 0, None, 0.0, 1.0)
    found = hits / trials
    if whole:
        return Proportion(hits, trials, found, found, found)
    spread = Z * Z / trials
    middle = (found + spread / 2) / (1 + spread)
    half = Z * sqrt(found * (1 - found) / trials + spread / (4 * trials)) / (1 + spread)
    low = 0.0 if not hits else max(0.0, middle - half)
    high = 1.0 if hits == trials else min(1.0, middle + half)
    return Proportion(hits, trials, found, low, high)
