"""Who does batches: this process with one beside it, or whoever a cluster has (`cluster`)."""

from __future__ import annotations

from collections import deque
from typing import Protocol

from .assignments import Assignment, Outcome
from .keeper import Keeper

__all__ = ["Alone", "Crew"]


class Crew(Protocol):
    """Takes batches and gives back what came of them, in any order."""

    @property
    def room(self) -> int:
        """How many batches may be under way at once."""

    def submit(self, batch: Assignment) -> None:
        """Begin with a batch."""

    def next(self) -> tuple[Assignment, Outcome]:
        """The next one that is done; only while one is under way."""

    def close(self) -> None:
        """End everything that was begun."""


class Alone:
    """One batch after the other."""

    room = 1

    def __init__(self) -> None:
        self._keeper = Keeper()
        self._waiting: deque[Assignment] = deque()

    def submit(self, batch: Assignment) -> None:
        self._waiting.append(batch)

    def next(self) -> tuple[Assignment, Outcome]:
        batch = self._waiting.popleft()
        return batch, self._keeper.work(batch)

    def close(self) -> None:
        self._keeper.close()
