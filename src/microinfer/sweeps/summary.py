"""What a sweep gives: how many rows there are of each kind, and the best under the budgets."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from ..errors import InputError
from ..words.dataclass import dataclass
from ..words.printing import brief_interval, counted, quantity
from ..words.result import Result, Summary, plain
from ..words.spelling import did_you_mean
from .campaign import Campaign
from .row_budgets import ORDER, Answer, Budgets
from .specification import Specification
from .sweep_row import SweepRow

__all__ = ["MEASURES", "NamedRow", "SweepReport", "summarise"]

MEASURES: dict[str, str] = {
    "latency": "latency_s",
    "energy": "energy_j",
    "arena": "arena_bytes",
    "ram": "ram_bytes",
    "flash": "flash_bytes",
    "score": "score",
}
"""By what the best are chosen: name to field. The least is best, but of a score of right answers the most."""


@dataclass(frozen=True, slots=True)
class NamedRow:
    """A row, the name of its model in this sweep, and whether it keeps to the budgets."""

    model: str
    answer: Answer
    row: SweepRow

    def to_dict(self) -> dict[str, Any]:
        """All on one level."""
        return {"model": self.model, "answer": self.answer, **plain(self.row)}


@dataclass(frozen=True, slots=True, repr=False)
class SweepReport(Result):
    """`rows` there are in all of `wanted`, `reused` from before, `done` by this run, `failed` of them all.
    `answers` counts how many keep to the budgets; `best` are the best by `by`, the best one first; `errors`
    counts the commonest reasons. All rows are in the store."""

    schema: ClassVar[str] = "microinfer.sweep/1"

    store: str
    models: int
    settings: int
    wanted: int
    rows: int
    reused: int
    done: int
    failed: int
    seconds: float
    budgets: Budgets
    by: str
    answers: dict[str, int]
    best: tuple[NamedRow, ...]
    errors: dict[str, int]
    complete: bool

    def summary(self) -> Summary:
        """A row for each of the best."""
        title = f"{counted(self.rows, 'row')}: " + ", ".join(f"{n} {a}" for a, n in self.answers.items())
        rows = tuple(
            (one.model, one.row.part, one.row.library, one.row.build, *_figures(one), one.answer)
            for one in self.best
        )
        return Summary(title, rows, ("model", "on", "kernels", "build", "one inference", "arena", "good"))


def _figures(one: NamedRow) -> tuple[str, str]:
    arena = one.row.arena_bytes
    return say_time(one.row), "unknown" if arena is None else f"{arena:,} bytes"


def say_time(row: SweepRow) -> str:
    """One inference, with its interval."""
    if row.latency_s is None or row.latency_low_s is None or row.latency_high_s is None:
        return "unknown"
    return brief_interval(row.latency_s, row.latency_low_s, row.latency_high_s, "s")


def say_energy(row: SweepRow) -> str:
    """Of one inference, the typical figure."""
    return "" if row.energy_j is None else quantity(row.energy_j, "J")


def order_of(by: str) -> Callable[[NamedRow], tuple[Any, ...]]:
    """What rows are sorted by: who keeps to the budgets first, then the figure, then names.

    Raises:
        InputError: no such figure.
    """
    if by not in MEASURES:
        raise InputError(f"by {by!r}: {did_you_mean(by, MEASURES, 'expected one of ' + ', '.join(MEASURES))}")

    def order(one: NamedRow) -> tuple[Any, ...]:
        value = getattr(one.row, MEASURES[by])
        if value is not None and by == "score" and one.row.metric == "accuracy":
            value = -value
        figure = (value is None, value or 0)
        return ORDER.index(one.answer), *figure, one.row.latency_s or 0.0, one.model, one.row.part

    return order


def expect_scores(what: Specification, by: str) -> None:
    """Hold that there are scores where the best are to be the best by them.

    Raises:
        InputError: no setting has data.
    """
    if by == "score" and all(setting.samples is None for setting in what.settings):
        raise InputError("by 'score': the sweep has no data to score on; give it [data], or another figure")


def summarise(campaign: Campaign, *, by: str = "latency", top: int = 10) -> SweepReport:
    """Look at every row once.

    Raises:
        InputError: `by` is no figure, or the store cannot be read.
    """
    order = order_of(by)
    expect_scores(campaign.what, by)
    budgets, progress = campaign.what.budgets, campaign.progress
    answers: Counter[str] = Counter()
    errors: Counter[str] = Counter()

    def judged() -> Iterator[NamedRow]:
        for name, row in campaign.rows():
            answer = budgets.judge(row)
            answers[answer] += 1
            if answer == "error":
                errors[row.reasons] += 1
                if len(errors) > 1000:
                    errors.pop(min(errors, key=lambda why: errors[why]))
            else:
                yield NamedRow(name, answer, row)

    # Of none at all, nsmallest would not look at a row, and none would be counted.
    best = heapq.nsmallest(max(top, 1), judged(), key=order)[:top]
    count = sum(answers.values())
    return SweepReport(
        store=str(campaign.store.path),
        models=len(campaign.what.candidates),
        settings=len(campaign.what.settings),
        wanted=progress.total,
        rows=count,
        reused=progress.reused,
        done=progress.done,
        failed=answers["error"],
        seconds=progress.seconds,
        budgets=budgets,
        by=by,
        answers={answer: answers[answer] for answer in ORDER if answers[answer]},
        best=tuple(best),
        errors=dict(errors.most_common(10)),
        complete=count == progress.total,
    )
