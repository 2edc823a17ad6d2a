"""Prices of bare-c's kernels of other types, and how far the data may take them off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from avr_fit import Fit, Floats, fit
from bare_c_data import DRAWN
from bare_c_points import Measured, counted

__all__ = ["FamilyFit", "Sample", "fitted", "on_avr"]


FEW = 8
FURTHER = 1.2


@dataclass(frozen=True, slots=True)
class Sample:
    """One operator: its events, and its cycles on the patterns that are drawn alike, which is their mean."""

    events: Mapping[str, float]
    cycles: float

    @property
    def tells(self) -> bool:
        """Whether it tells of the mean: what a function of one number takes may hang on its sign, and few
        numbers may all have one."""
        return self.events.keys() != {"call", "elements"} or self.events["elements"] >= FEW


@dataclass(frozen=True, slots=True)
class FamilyFit:
    """`ratios`: measured by predicted cycles, of every operator on every pattern."""

    points: int
    fit: Fit
    ratios: Floats

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest ratio, those of shapes that were held out among them, and a bit further:
        other data may be further off."""
        held = 1 / (1 + self.fit.held)
        low, high = min(held.min(), self.ratios.min()), max(held.max(), self.ratios.max())
        return min(low, 1.0) ** FURTHER, max(high, 1.0) ** FURTHER


def fitted(
    events: Sequence[Sequence[Mapping[str, float]]], cycles: Sequence[Sequence[int]], even: float = 0.0
) -> FamilyFit:
    """Of one kind of operators. events, cycles: of each operator, by pattern; `even`: as `solve` has it.

    A loop around others that no shape had takes what an inner one takes: it is the same code.
    """
    samples = [
        Sample(_mean(each[:DRAWN]), float(np.mean(took[:DRAWN])))
        for each, took in zip(events, cycles, strict=True)
    ]
    found = fit([sample for sample in samples if sample.tells] or samples, even)
    prices = dict(found.prices)
    for event in events[0][0]:
        inner = event.replace("outer_", "")
        if event not in prices and inner in prices:
            prices[event] = prices[inner]
    found = replace(found, prices=prices)
    ratios = [
        times / sum(found.prices.get(event, 0.0) * count for event, count in counts.items())
        for each, took in zip(events, cycles, strict=True)
        for counts, times in zip(each, took, strict=True)
    ]
    return FamilyFit(len(samples), found, np.array(ratios))


def _mean(events: Sequence[Mapping[str, float]]) -> Mapping[str, float]:
    return {event: float(np.mean([each[event] for each in events])) for event in events[0]}


def on_avr(points: Sequence[Measured]) -> FamilyFit:
    """Of one family at one level."""
    events, cycles = [], []
    for point in points:
        for place, counts in enumerate(counted(point)):
            cycles.append([run[place] for run in point.cycles])
            events.append([counts] * len(point.cycles))
    return fitted(events, cycles)
