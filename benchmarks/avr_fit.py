"""What each loop of bare-c takes on an ATmega328P, fitted to measured points, and how far off that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

NEGLIGIBLE = 1e-9
"""Of the cycles: what is left of a price of nought by rounding."""
Floats = NDArray[np.float64]


class Counted(Protocol):
    """What ran: how often each event happened, and the cycles that it took."""

    @property
    def events(self) -> Mapping[str, float]: ...

    @property
    def cycles(self) -> float: ...


def solve(counts: Floats, cycles: Floats, even: float = 0.0) -> Floats:
    """Non-negative prices with the least relative errors. Columns are scaled to one, so that a rare event
    counts no less than a frequent one. Of events that always occur in the same proportion the first bears
    the whole price: any other split would fit as well, and rounding would choose it. So it would among
    events whose sums always occur in the same proportion: the weight `even` of the prices themselves beside
    the errors has those shared evenly, for 0 as rounding has it."""
    rows = counts / cycles[:, None]
    norm = np.linalg.norm(rows, axis=0)
    norm[norm == 0] = 1.0
    rows /= norm
    told_apart = np.triu(rows.T @ rows > 1 - 1e-12, 1).sum(axis=0) == 0
    prices = np.zeros(counts.shape[1])
    apart, wanted = rows[:, told_apart], np.ones(len(cycles))
    if even:
        columns = apart.shape[1]
        apart, wanted = np.vstack([apart, even * np.eye(columns)]), np.append(wanted, np.zeros(columns))
    prices[told_apart] = nnls(apart, wanted, maxiter=50000)[0]
    prices[prices < NEGLIGIBLE] = 0.0
    return prices / norm


@dataclass(frozen=True, slots=True)
class Fit:
    """Prices by event; errors are predicted / measured - 1."""

    prices: Mapping[str, float]
    inside: Floats
    held: Floats
    beyond: Floats


def fit(points: Sequence[Counted], even: float = 0.0) -> Fit:
    """`even`: as `solve` has it."""
    events = sorted({event for point in points for event, times in point.events.items() if times})
    counts = np.array([[point.events.get(event, 0.0) for event in events] for point in points])
    cycles = np.array([point.cycles for point in points], float)
    prices = solve(counts, cycles, even)
    rng = np.random.default_rng(0)
    held = []
    for _ in range(10):
        out = np.zeros(len(points), bool)
        out[rng.permutation(len(points))[: int(0.3 * len(points))]] = True
        held.append(counts[out] @ solve(counts[~out], cycles[~out], even) / cycles[out] - 1)
    order = np.argsort(cycles)
    small, large = order[: int(0.7 * len(order))], order[int(0.7 * len(order)) :]
    beyond = counts[large] @ solve(counts[small], cycles[small], even) / cycles[large] - 1
    inside = counts @ prices / cycles - 1
    return Fit(dict(zip(events, prices.tolist(), strict=True)), inside, np.concatenate(held), beyond)


def summary(errors: Floats) -> str:
    good = 100 * abs(errors)
    return f"{np.median(good):6.2f} {np.quantile(good, 0.95):6.2f} {good.max():6.2f}"
