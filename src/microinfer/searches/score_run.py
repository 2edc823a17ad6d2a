"""Scores, one a worker at a time, each kept as it comes back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from random import shuffle
from typing import Any

from ..errors import MicroinferError
from ..sweeps import Guards, Store
from ..sweeps.assignments import Assignment, Outcome, Share
from ..sweeps.measuring import content_of
from ..sweeps.score_row import ScoreRow
from .lasting_crew import LastingCrew
from .scoring import ScoreFound, Scoring
from .screening import Proposal, Redo

__all__ = ["found_of", "kept_scores", "score_all"]


def kept_scores(store: Store, keys: Iterable[str], redo: Redo) -> dict[str, ScoreRow]:
    """Key to score, of those that are there and are not to be done again."""
    there = {} if redo == "all" else store.scores(keys)
    return {key: row for key, row in there.items() if row.score is not None or redo != "errors"}


def score_all(
    waiting: Sequence[tuple[Proposal, Scoring]],
    store: Store,
    guards: Guards,
    crew: LastingCrew,
    redo: Redo,
) -> Iterator[tuple[Proposal, ScoreRow, bool]]:
    """Each with its score, in the order in which they come back, and whether it was done here: another search
    on the same store may have been quicker.

    Raises:
        InputError: the store cannot be written.
        MicroinferError: the crew is gone.
    """
    if waiting and not store.writable:
        store.add_scores([])
    under_way: dict[int, tuple[Proposal, Scoring, Assignment]] = {}
    left = list(waiting)
    # Two searches that begin together on one store would score the same at the same time, in one order.
    shuffle(left)
    while left or under_way:
        while left and len(under_way) < crew.room:
            proposal, errand = left.pop()
            if there := kept_scores(store, [errand.key], redo):
                yield proposal, there[errand.key], False
                continue
            batch = Assignment((Share(proposal.candidate, (), errand),), guards)
            under_way[id(batch)] = proposal, errand, batch
            crew.submit(batch)
        if not under_way:
            break
        batch, outcome = crew.next()
        proposal, errand, _ = under_way.pop(id(batch))
        yield proposal, _kept(errand, found_of(outcome), store, redo != "nothing"), True


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
