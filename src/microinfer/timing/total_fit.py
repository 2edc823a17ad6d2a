"""A board learned from times of whole inferences, of several models.

One time has no operators in it, several of unlike models do: factors by kind of operator are sought that
meet all of them, drawn together by how little they are told apart. How strongly is decided by leaving out
one model at a time, and so is the interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from ..words.dataclass import dataclass

__all__ = ["FEWEST", "Factors", "Held", "MeasuredTotal", "fit_factors"]

FEWEST = 3
"""Models that a board can be learned from by their totals: one less, and leaving one out says nothing."""
DRAWN = (1e4, 3.0, 1.0, 0.3, 0.1, 0.03)
"""How strongly factors are drawn to that of the whole, from one factor for all to nearly free ones."""
QUANTILES = (6.31, 2.92, 2.35, 2.13, 2.02, 1.94, 1.89, 1.86, 1.83, 1.81)
"""Student's, 95 % of one side, by degrees of freedom from 1 on; 1.7 beyond."""


@dataclass(frozen=True, slots=True)
class MeasuredTotal:
    """Cycles of one model that were measured: of the whole, or of all operators of one kind in a log.

    `predicted` are the cycles of the unlearned profile by kind of operator; `whole` what all of the model
    took, by which errors are weighed; `logged` says that it is an operator's, from a log.
    """

    model: str
    measured: float
    predicted: Mapping[str, float]
    whole: float
    logged: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A model that was left out: cycles measured, and what the others say of it."""

    model: str
    measured: float
    predicted: float

    @property
    def error(self) -> float:
        return self.predicted / self.measured - 1


@dataclass(frozen=True, slots=True)
class Factors:
    """Factors by kind of operator, that of the whole, and what leaving out each model showed."""

    by_operator: dict[str, float]
    ratio: float
    held: tuple[Held, ...]

    @property
    def spread(self) -> float:
        """Relative half-width of a 90 % interval, from the errors of models that were left out."""
        errors = [held.error for held in self.held]
        freedom = len(errors) - 1
        width = QUANTILES[freedom - 1] if 0 < freedom <= len(QUANTILES) else 1.7
        return width * sqrt(sum(error**2 for error in errors) / len(errors))


def fit_factors(measurements: Sequence[MeasuredTotal]) -> Factors:
    """Factors that meet the measurements; of at least two models."""
    kinds = sorted({kind for one in measurements for kind in one.predicted})
    tried = [(_left_out(measurements, kinds, drawn), drawn) for drawn in DRAWN]
    held, drawn = min(tried, key=lambda pair: sum(one.error**2 for one in pair[0]))
    factors, ratio = _solved(measurements, kinds, drawn)
    return Factors(dict(zip(kinds, factors.tolist(), strict=True)), ratio, held)


def _left_out(measurements: Sequence[MeasuredTotal], kinds: Sequence[str], drawn: float) -> tuple[Held, ...]:
    found = []
    for model in dict.fromkeys(one.model for one in measurements):
        mine = [one for one in measurements if one.model == model]
        factors, _ = _solved([one for one in measurements if one.model != model], kinds, drawn)
        said = sum(
            factors[kinds.index(kind)] * cycles for one in mine for kind, cycles in one.predicted.items()
        )
        found.append(Held(model, sum(one.measured for one in mine), float(said)))
    return tuple(found)


def _solved(
    measurements: Sequence[MeasuredTotal], kinds: Sequence[str], drawn: float
) -> tuple[NDArray[np.float64], float]:
    """Least squares of relative errors, with each factor drawn to the whole's by `drawn`."""
    rows = np.zeros((len(measurements), len(kinds)))
    for row, one in zip(rows, measurements, strict=True):
        for kind, cycles in one.predicted.items():
            row[kinds.index(kind)] = cycles / one.whole
    wanted = np.array([one.measured / one.whole for one in measurements])
    said = rows.sum(axis=1)
    ratio = float(said @ wanted / (said @ said))
    pull = sqrt(drawn) * np.eye(len(kinds))
    left = np.concatenate([wanted - said * ratio, np.zeros(len(kinds))])
    factors, *_ = np.linalg.lstsq(np.vstack([rows * ratio, pull]), left, rcond=None)
    return ratio * np.clip(1 + factors, 0.1, 10.0), ratio
