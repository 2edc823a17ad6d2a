"""What proposals cost, before any is scored: a small sweep of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from ..sweeps import Campaign, Guards, Specification, Store, SweepRow
from ..sweeps.assignments import key_of
from ..sweeps.candidates import Candidate
from ..words.dataclass import dataclass
from .lasting_crew import LastingCrew
from .search_spec import SearchSpec

__all__ = ["Measured", "Proposal", "Redo", "measure"]

Redo: TypeAlias = Literal["nothing", "errors", "all"]
Measured: TypeAlias = tuple[str, tuple[SweepRow, ...]]
"""What tells a model's bytes, and its rows, one a setting."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What keeps to the budgets: its number, what builds it, the bytes' content, and its rows."""

    number: int
    candidate: Candidate
    content: str
    rows: tuple[SweepRow, ...]


def measure(
    spec: SearchSpec,
    candidates: Sequence[Candidate],
    store: Store,
    guards: Guards,
    redo: Redo,
    crew: LastingCrew,
) -> list[Measured]:
    """Hold each against the settings, but for what the store has.

    Raises:
        InputError: the store cannot be written.
        MicroinferError: the crew is gone.
    """
    what = Specification(tuple(candidates), spec.settings, spec.budgets, None)
    campaign = Campaign(what, store, guards, redo=redo)
    campaign.run(crew)
    made = []
    for position in range(len(candidates)):
        content = campaign.contents[position]
        keys = [key_of(content, setting) for setting in spec.settings]
        rows = store.rows(keys)
        made.append((content, tuple(rows[key] for key in keys)))
    return made
