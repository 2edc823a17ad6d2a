"""Scores, one a worker at a time, each kept as it comes back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..errors import MicroinferError
from ..sweeps import Guards, Store
from ..sweeps.assignments import Assignment, Outcome, Share
from ..sweeps.measuring import content_of
from ..sweeps.score_row import ScoreRow
from .lasting_crew import LastingCrew
from .scoring import ScoreFound, Scoring
from .screening import Proposal

__all__ = ["found_of", "score_all"]


def score_all(
    waiting: Sequence[tuple[Proposal, Scoring]],
    store: Store,
    guards: Guards,
    crew: LastingCrew,
    *,
    anew: bool,
) -> Iterator[tuple[Proposal, ScoreRow]]:
    """Each with its score, in the order in which they come back.

    Args:
        anew: replace scores that are in the store.

    Raises:
        InputError: the store cannot be written.
        MicroinferError: the crew is gone.
    """
    if waiting and not store.writable:
        store.add_scores([])
    under_way: dict[int, tuple[Proposal, Scoring, Assignment]] = {}
    left = list(reversed(waiting))
    while left or under_way:
        while left and len(under_way) < crew.room:
            proposal, errand = left.pop()
            batch = Assignment((Share(proposal.candidate, (), errand),), guards)
            under_way[id(batch)] = proposal, errand, batch
            crew.submit(batch)
        batch, outcome = crew.next()
        proposal, errand, _ = under_way.pop(id(batch))
        yield proposal, _kept(errand, found_of(outcome), store, anew)


def _kept(errand: Scoring, found: ScoreFound, store: Store, anew: bool) -> ScoreRow:
    content = "" if found.model is None else content_of(found.model)
    row = ScoreRow(found.score, content, found.reasons, found.seconds)
    models = {} if found.model is None else {content: found.model}
    store.add_scores([(errand.key, row)], models, anew=anew)
    return row


def found_of(outcome: Outcome) -> Any:
    """What an errand came back with.

    Raises:
        MicroinferError: the worker is another microinfer.
    """
    if outcome.kind != "done":
        raise MicroinferError(f"{outcome.worker or 'a worker'} {outcome.why}")
    return outcome.found[0]
