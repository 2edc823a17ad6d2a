"""What a search gives: how many were tried, the best, and the front."""

from __future__ import annotations

from typing import ClassVar

from ..libraries.build import build_words
from ..sweeps import Budgets
from ..sweeps.row_budgets import ORDER, Answer
from ..words.dataclass import dataclass
from ..words.printing import brief_interval, counted
from ..words.result import Result, Summary
from .exploration import Exploration
from .front import best_of, front_of
from .search_spec import Method
from .trial import Trial

__all__ = ["SearchReport", "conclude", "say_latency"]

MOST_ERRORS = 10


@dataclass(frozen=True, slots=True, repr=False)
class SearchReport(Result):
    """`proposed` configurations were measured, `answers` counts whether they keep to the budgets; `scored` of
    `wanted` scores are there, `reused` from before and `done` by this run, `failed` among them. `best` has
    the most score, of the `front` no other is better in everything of score, time, arena and flash, `trials`
    are all that were scored. `exhausted`: no other configuration was found. `errors` counts the commonest
    reasons."""

    schema: ClassVar[str] = "microinfer.search/1"

    store: str
    parts: tuple[str, ...]
    method: Method
    seed: int
    score: str
    budgets: Budgets
    accept: Answer
    wanted: int
    proposed: int
    scored: int
    reused: int
    done: int
    failed: int
    answers: dict[str, int]
    exhausted: bool
    seconds: float
    best: Trial | None
    front: tuple[Trial, ...]
    trials: tuple[Trial, ...]
    errors: dict[str, int]

    def summary(self) -> Summary:
        """A row for each of the front."""
        title = f"{counted(self.proposed, 'proposal')}, {self.scored:,} scored by {self.score}"
        rows = tuple(
            (f"{one.score:.4g}", one.title, say_latency(one), _size(one.arena_bytes), _size(one.flash_bytes))
            for one in self.front
        )
        return Summary(title, rows, ("score", "configuration", "one inference", "arena", "flash"))


def say_latency(trial: Trial) -> str:
    """One inference, with its interval."""
    if trial.latency_s is None or trial.latency_low_s is None or trial.latency_high_s is None:
        return "unknown"
    return brief_interval(trial.latency_s, trial.latency_low_s, trial.latency_high_s, "s")


def _size(size: int | None) -> str:
    return "unknown" if size is None else f"{size:,} bytes"


def conclude(ran: Exploration) -> SearchReport:
    """What came of it."""
    spec, progress, finalists = ran.spec, ran.progress, ran.finalists
    trials = tuple(ran.trials[number] for number in sorted(ran.trials))
    settings = [f"{one.title} with {one.library} at {build_words(one.build)}" for one in spec.settings]
    return SearchReport(
        store=str(ran.store.path),
        parts=tuple(settings),
        method=spec.method,
        seed=spec.seed,
        score=spec.score if isinstance(spec.score, str) else spec.score.function,
        budgets=spec.budgets,
        accept=spec.accept,
        wanted=spec.scores,
        proposed=ran.proposed,
        scored=progress.reused + progress.done - progress.failed,
        reused=progress.reused,
        done=progress.done,
        failed=progress.failed,
        answers={answer: ran.answers[answer] for answer in ORDER if ran.answers[answer]},
        exhausted=ran.exhausted,
        seconds=progress.seconds,
        best=best_of(finalists),
        front=front_of(finalists),
        trials=trials,
        errors=dict(sorted(ran.errors.items(), key=lambda one: (-one[1], one[0]))[:MOST_ERRORS]),
    )
