"""Which trials are better than no other: the more score, the less time, arena and flash."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from .trial import Trial

__all__ = ["best_of", "front_of"]


def _figures(trial: Trial) -> tuple[float, ...]:
    """The less, the better; what is not known is worse than anything that is."""
    assert trial.score is not None
    known = (trial.latency_s, trial.arena_bytes, trial.flash_bytes)
    return (-trial.score, *(inf if one is None else float(one) for one in known))


def front_of(trials: Iterable[Trial]) -> tuple[Trial, ...]:
    """Those of which no other is as good in everything and better in something, the best score first. Of
    equals, the first."""
    waiting = sorted(
        (one for one in trials if one.score is not None), key=lambda one: (_figures(one), one.number)
    )
    front: list[Trial] = []
    seen: list[tuple[float, ...]] = []
    for one in waiting:
        figures = _figures(one)
        if not any(all(a <= b for a, b in zip(other, figures, strict=True)) for other in seen):
            front.append(one)
            seen.append(figures)
    return tuple(front)


def best_of(trials: Iterable[Trial]) -> Trial | None:
    """The most score; of equals the quickest, then the smallest, then the first."""
    scored = [one for one in trials if one.score is not None]
    return min(scored, key=lambda one: (_figures(one), one.number), default=None)
