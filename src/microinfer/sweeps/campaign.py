"""The sweep itself: what is not in the store is done, and goes into it as it comes back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from random import shuffle
from time import perf_counter
from typing import Literal, TypeAlias

from ..errors import InputError, MicroinferError
from ..words.dataclass import dataclass
from .assignments import Assignment, Guards, Outcome, Setting, Share, key_of
from .candidates import Candidate
from .crew import Crew
from .specification import Specification
from .store import Store
from .sweep_row import SweepRow

__all__ = ["Campaign", "Progress", "Watch"]

ROWS, ROWS_WITH_DATA = 128, 8
"""In a batch: about a quarter of a second of work without data."""
BYTES = 4 << 20
"""Of models in a batch."""
LOOKED_UP = 200
"""Candidates whose recipes are asked for at once."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Rows in all, those there from before, those done by this run, errors among the latter, and seconds."""

    total: int
    reused: int
    done: int
    failed: int
    seconds: float

    @property
    def rate(self) -> float:
        """Rows a second that were done."""
        return self.done / self.seconds if self.seconds > 0 else 0.0


Watch: TypeAlias = Callable[[Progress], None]


class Campaign:
    """One run of a sweep.

    Args:
        redo: which rows of the store are done anew: "nothing", "errors" or "all".
    """

    def __init__(
        self,
        what: Specification,
        store: Store,
        guards: Guards | None = None,
        *,
        redo: Literal["nothing", "errors", "all"] = "nothing",
    ) -> None:
        self.what, self.store = what, store
        self.guards = guards or Guards()
        self.redo = redo
        self.reused = self.done = self.failed = 0
        self.contents: dict[int, str] = {}
        """Position of a candidate to what tells its bytes, as far as that is known."""
        self._begun: set[str] = set()
        self._shared = False
        self._positions: dict[int, list[int]] = {}
        self._began = perf_counter()

    @property
    def progress(self) -> Progress:
        """How far it is."""
        return Progress(self.what.rows, self.reused, self.done, self.failed, perf_counter() - self._began)

    def run(self, crew: Callable[[], Crew], watch: Watch = lambda _: None) -> None:
        """Do what is missing. A crew is called for when there is something to do.

        Raises:
            InputError: the store cannot be written.
            MicroinferError: the crew is gone.
        """
        self.store.changed()
        batches = self._batches()
        first = next(batches, None)
        watch(self.progress)
        if first is None:
            return
        if not self.store.writable:
            self.store.add([])
        at_work = crew()
        try:
            self._feed(at_work, first, batches, watch)
        finally:
            at_work.close()

    def _feed(self, crew: Crew, first: Assignment, batches: Iterator[Assignment], watch: Watch) -> None:
        under_way = 0
        batch: Assignment | None = first
        while batch is not None or under_way:
            while batch is not None and under_way < crew.room:
                if (left := self._left_of(batch)) is not None:
                    crew.submit(left)
                    under_way += 1
                batch = next(batches, None)
            if not under_way:
                break
            done, outcome = crew.next()
            under_way -= 1
            self._keep(done, outcome)
            watch(self.progress)

    def _batches(self) -> Iterator[Assignment]:
        """What is missing, in batches of whole models as far as they go."""
        groups: list[Share] = []
        positions: list[int] = []
        rows = size = 0
        most = ROWS if all(one.samples is None for one in self.what.settings) else ROWS_WITH_DATA
        for position, group in self._missing():
            for part in _pieces(group, most):
                if groups and (rows + len(part.settings) > most or size > BYTES):
                    yield self._batch(groups, positions)
                    groups, positions, rows, size = [], [], 0, 0
                groups.append(part)
                positions.append(position)
                rows += len(part.settings)
                size += len(part.candidate.source) if isinstance(part.candidate.source, bytes) else 0
        if groups:
            yield self._batch(groups, positions)

    def _batch(self, groups: Sequence[Share], positions: Sequence[int]) -> Assignment:
        batch = Assignment(tuple(groups), self.guards)
        self._positions[id(batch)] = list(positions)
        return batch

    def _left_of(self, batch: Assignment) -> Assignment | None:
        """What another sweep on the same store has not done meanwhile, None where that is nothing."""
        self._shared = self.store.changed() or self._shared
        if self.redo == "all" or not self._shared:
            return batch
        positions = self._positions.pop(id(batch))
        made = self.store.made(recipe for one in batch.groups if (recipe := one.candidate.recipe))
        groups: list[Share] = []
        kept: list[int] = []
        for position, group in zip(positions, batch.groups, strict=True):
            content = self.contents.get(position) or made.get(group.candidate.recipe, "")
            settings = group.settings
            if content:
                self.contents[position] = content
                keys = [key_of(content, one) for one in settings]
                there = self.store.has(keys, errors=self.redo == "nothing")
                settings = tuple(one for one, key in zip(settings, keys, strict=True) if key not in there)
                self.reused += len(group.settings) - len(settings)
            if settings:
                groups.append(Share(group.candidate, settings))
                kept.append(position)
        return self._batch(groups, kept) if groups else None

    def _missing(self) -> Iterator[tuple[int, Share]]:
        """A candidate, and the settings of which the store has no row."""
        # Two sweeps that begin together on one store would do the same at the same time, in one order.
        order = list(range(len(self.what.candidates)))
        shuffle(order)
        waiting = ((position, self.what.candidates[position]) for position in order)
        while some := list(islice(waiting, LOOKED_UP)):
            known = self.store.made(recipe for _, one in some if (recipe := one.recipe))
            for position, candidate in some:
                try:
                    found = candidate.read()
                except InputError as error:
                    self._unreadable(position, candidate, str(error))
                    continue
                content = known.get(found.recipe, "") if found.recipe else _digest(found)
                settings = self.what.settings
                if content:
                    self.contents[position] = content
                    settings = self._missing_of(content)
                    self.reused += len(self.what.settings) - len(settings)
                if settings:
                    yield position, Share(found, settings)

    def _missing_of(self, content: str) -> tuple[Setting, ...]:
        """Settings of which there is no row, and none under way for another candidate of the same bytes."""
        if content in self._begun:
            return ()
        self._begun.add(content)
        keys = [key_of(content, setting) for setting in self.what.settings]
        if self.redo == "all":
            return self.what.settings
        there = self.store.has(keys, errors=self.redo == "nothing")
        return tuple(one for one, key in zip(self.what.settings, keys, strict=True) if key not in there)

    def _unreadable(self, position: int, candidate: Candidate, why: str) -> None:
        """A file that cannot be read is a row a setting, done anew every time: it may be there tomorrow."""
        content = "unread-" + hashlib.sha256(str(candidate.source).encode(errors="replace")).hexdigest()
        self.contents[position] = content
        rows = [(key_of(content, one), one.error(content, why)) for one in self.what.settings]
        self.store.add(rows, anew=True)
        self.done += len(rows)
        self.failed += len(rows)

    def _keep(self, batch: Assignment, outcome: Outcome) -> None:
        if outcome.kind != "done":
            raise MicroinferError(f"{outcome.worker or 'a worker'} {outcome.why}")
        made: dict[str, str] = {}
        rows: list[tuple[str, SweepRow]] = []
        positions = self._positions.pop(id(batch))
        parts = zip(positions, batch.groups, outcome.contents, outcome.rows, strict=True)
        for position, group, content, found in parts:
            recipe = group.candidate.recipe
            known = content or recipe
            self.contents[position] = known
            if recipe:
                made[recipe] = known
            rows += [(key_of(known, one), row) for one, row in zip(group.settings, found, strict=True)]
        self.store.add(rows, made, anew=self.redo != "nothing")
        self.done += len(rows)
        self.failed += sum(row.verdict == "error" for _, row in rows)

    def rows(self) -> Iterator[tuple[str, SweepRow]]:
        """Every row that is there, models in order, each with the model's name."""
        for position, candidate in enumerate(self.what.candidates):
            content = self.contents.get(position)
            if content is None:
                continue
            keys = [key_of(content, setting) for setting in self.what.settings]
            found = self.store.rows(keys)
            for key in keys:
                if key in found:
                    yield candidate.name, found[key]


def _digest(candidate: Candidate) -> str:
    assert isinstance(candidate.source, bytes)
    return hashlib.sha256(candidate.source).hexdigest()


def _pieces(group: Share, most: int) -> Iterator[Share]:
    """A file's rows in pieces; what has to be built is built once."""
    settings: tuple[Setting, ...] = group.settings
    if group.candidate.recipe:
        yield group
        return
    for start in range(0, len(settings), most):
        yield Share(group.candidate, settings[start : start + most])
