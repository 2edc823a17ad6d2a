"""The search itself: what is proposed is measured, what keeps to the budgets is scored, and all is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import TypeAlias

from ..errors import InputError
from ..sweeps import Crew, Guards, Store
from ..sweeps.assignments import Assignment, Share
from ..sweeps.candidates import Candidate
from ..sweeps.models_table import titled
from ..sweeps.score_row import ScoreRow
from ..words.dataclass import dataclass
from .lasting_crew import LastingCrew
from .proposals import Scored, mark_of, propose
from .score_run import found_of, kept_scores, score_all
from .scoring import Fetching, Scoring
from .screening import Measured, Proposal, Redo, measure
from .search_spec import SearchSpec
from .trial import Trial, judge_rows, trial_of

__all__ = ["Exploration", "SearchProgress", "SearchWatch"]

MOST_AT_ONCE = 256
"""Proposals that are measured at once, where none hangs on another."""
TRIES = 100
"""Proposals for each trial that is asked for, before it is given up."""


@dataclass(frozen=True, slots=True)
class SearchProgress:
    """Scores in all, those there from before, those done by this run, those without a number among both;
    proposals that do not keep to the budgets; the best score so far, and seconds."""

    total: int
    reused: int
    done: int
    failed: int
    refused: int
    best: float | None
    seconds: float


SearchWatch: TypeAlias = Callable[[SearchProgress], None]


class Exploration:
    """One run of a search.

    Args:
        guards: what building and measuring a model may take.
        score_guards: what a score may take.
        redo: what of the store is done anew: "nothing", "errors" or "all".
    """

    def __init__(
        self,
        spec: SearchSpec,
        store: Store,
        guards: Guards,
        score_guards: Guards,
        *,
        redo: Redo = "nothing",
    ) -> None:
        self.spec, self.store, self.redo = spec, store, redo
        self.guards, self.score_guards = guards, score_guards
        self.trials: dict[int, Trial] = {}
        """By the numbers of their proposals; of halving each with its latest score."""
        self.answers: Counter[str] = Counter()
        """Of all proposals."""
        self.errors: Counter[str] = Counter()
        """Why models could not be built or scored."""
        self.exhausted = False
        """No configuration is left that was not tried."""
        self.reused = self.done = self.failed = self.proposed = 0
        self._tried: set[str] = set()
        self.candidates: dict[int, Candidate] = {}
        self._top: float | None = None
        self._began = perf_counter()

    @property
    def finalists(self) -> list[Trial]:
        """Those whose scores can be compared: with all that a score gets, and within the budgets."""
        last = self.spec.rungs[-1]
        found = (self.trials[number] for number in sorted(self.trials))
        return [
            one
            for one in found
            if one.score is not None and one.budget == last and one.answer in self.spec.accepted
        ]

    @property
    def progress(self) -> SearchProgress:
        """How far it is."""
        refused = sum(count for answer, count in self.answers.items() if answer not in self.spec.accepted)
        return SearchProgress(
            self.spec.scores,
            self.reused,
            self.done,
            self.failed,
            refused,
            self._top,
            perf_counter() - self._began,
        )

    def run(self, crew: Callable[[], Crew], watch: SearchWatch = lambda _: None) -> None:
        """Do it. A crew is called for when there is something to do.

        Raises:
            InputError: the store cannot be written.
            MicroinferError: the crew is gone.
        """
        lasting = LastingCrew(crew)
        try:
            watch(self.progress)
            if self.spec.method == "halving":
                self._halve(lasting, watch)
            else:
                self._advance(lasting, watch)
        finally:
            lasting.end()

    def _advance(self, crew: LastingCrew, watch: SearchWatch) -> None:
        """In waves, so that a proposal hangs on whole waves before it and not on who was quicker."""
        wave = self.spec.at_once if self.spec.method == "evolution" else MOST_AT_ONCE
        while len(self.trials) < self.spec.trials:
            found = self._admit(min(wave, self.spec.trials - len(self.trials)), crew, watch)
            if not found:
                return
            self._score(found, None, crew, watch)

    def _halve(self, crew: LastingCrew, watch: SearchWatch) -> None:
        """Source: K. Jamieson and A. Talwalkar, Non-stochastic Best Arm Identification and Hyperparameter
        Optimization, AISTATS 2016."""
        found = self._admit(self.spec.trials, crew, watch)
        for budget in self.spec.rungs:
            self._score(found, budget, crew, watch)
            accepted = self.spec.accepted
            tried = ((one, self.trials[one.number]) for one in found)
            scored = [one for one, it in tried if it.score is not None and it.answer in accepted]
            scored.sort(key=lambda one: (-(self.trials[one.number].score or 0.0), one.number))
            found = sorted(scored[: -(-len(found) // self.spec.factor)], key=lambda one: one.number)

    def _admit(self, wanted: int, crew: LastingCrew, watch: SearchWatch) -> list[Proposal]:
        """So many proposals that keep to the budgets, as far as they are found."""
        scored: list[Scored] = [
            (one.config, one.score)
            for _, one in sorted(self.trials.items())
            if one.score is not None and one.answer in self.spec.accepted
        ]
        admitted: list[Proposal] = []
        while len(admitted) < wanted and self.proposed < TRIES * self.spec.trials:
            some: list[tuple[int, Candidate]] = []
            while len(some) < min(wanted - len(admitted), MOST_AT_ONCE):
                config = propose(self.spec, self.proposed, scored, self._tried)
                if config is None:
                    self.exhausted = True
                    break
                self._tried.add(mark_of(config))
                name = titled(self.spec.build.function, config)
                some.append((self.proposed, Candidate(name, "code", self.spec.build, config)))
                self.proposed += 1
            if not some:
                break
            for (number, candidate), (content, rows) in zip(
                some, self._measure([one for _, one in some], crew), strict=True
            ):
                answer = judge_rows(self.spec.budgets, rows)
                self.answers[answer] += 1
                if answer in self.spec.accepted:
                    admitted.append(Proposal(number, candidate, content, rows))
                elif answer == "error":
                    self.errors[rows[0].reasons] += 1
            watch(self.progress)
        return admitted

    def _measure(self, candidates: Sequence[Candidate], crew: LastingCrew) -> list[Measured]:
        return measure(self.spec, candidates, self.store, self.guards, self.redo, crew)

    def _score(
        self, found: Sequence[Proposal], budget: float | None, crew: LastingCrew, watch: SearchWatch
    ) -> None:
        """Score each, and make a trial of it."""
        spec = self.spec
        errands = {
            one.number: Scoring(spec.score, one.candidate.options, budget, one.content, spec.marks)
            for one in found
        }
        there = kept_scores(self.store, (one.key for one in errands.values()), self.redo)
        scores = {number: there[one.key] for number, one in errands.items() if one.key in there}
        self.reused += len(scores)
        for row in scores.values():
            self._count(row)
        watch(self.progress)
        waiting = [(one, errands[one.number]) for one in found if one.number not in scores]
        for one, row, own in score_all(waiting, self.store, self.score_guards, crew, self.redo):
            scores[one.number] = row
            self.done += own
            self.reused += not own
            self._count(row)
            watch(self.progress)
        self._conclude(found, scores, budget, crew)

    def _count(self, row: ScoreRow) -> None:
        if row.score is None:
            self.failed += 1
            self.errors[row.reasons] += 1
        else:
            self._top = row.score if self._top is None else max(self._top, row.score)

    def _conclude(
        self,
        found: Sequence[Proposal],
        scores: Mapping[int, ScoreRow],
        budget: float | None,
        crew: LastingCrew,
    ) -> None:
        """Make trials; of a model that came back with its score, the figures are its own."""
        back = [one.number for one in found if scores[one.number].content]
        models = [Candidate("trained", "bytes", self._file(scores[number].content)) for number in back]
        measured = dict(zip(back, self._measure(models, crew), strict=True)) if back else {}
        for one in found:
            content, rows = measured.get(one.number, (one.content, one.rows))
            row = scores[one.number]
            self.candidates[one.number] = one.candidate
            self.trials[one.number] = trial_of(
                one.number,
                dict(one.candidate.options),
                self.spec.budgets,
                rows,
                score=row.score,
                budget=budget,
                sha256=content,
                trained=bool(row.content),
                reasons=row.reasons,
                took_s=row.took_s,
            )

    def _file(self, content: str) -> bytes:
        found = self.store.model(content)
        if found is None:
            raise InputError(f"{self.store.path}: has a score, but not its model; do all again, anew")
        return found

    def model_of(self, trial: Trial, crew: Callable[[], Crew]) -> bytes:
        """The file whose figures a trial has.

        Raises:
            InputError: it cannot be built again.
        """
        if trial.trained:
            return self._file(trial.sha256)
        lasting = LastingCrew(crew)
        try:
            lasting.submit(Assignment((Share(self.candidates[trial.number], (), Fetching()),), self.guards))
            _, outcome = lasting.next()
        finally:
            lasting.end()
        made = found_of(outcome)
        if not isinstance(made, bytes):
            raise InputError(str(made))
        return made
