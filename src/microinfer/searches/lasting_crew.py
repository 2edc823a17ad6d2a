"""A crew that outlasts what it is called for: a search has many small sweeps and scores after each other."""

from __future__ import annotations

from collections.abc import Callable

from ..sweeps import Crew
from ..sweeps.assignments import Assignment, Outcome

__all__ = ["LastingCrew"]


class LastingCrew:
    """Calls a crew when there is something to do, and keeps it until `end`. It may be given to one campaign
    after another, each of which calls it and closes it."""

    def __init__(self, call: Callable[[], Crew]) -> None:
        self._call = call
        self._crew: Crew | None = None

    def __call__(self) -> LastingCrew:
        return self

    @property
    def _at_work(self) -> Crew:
        if self._crew is None:
            self._crew = self._call()
        return self._crew

    @property
    def room(self) -> int:
        return self._at_work.room

    def submit(self, batch: Assignment) -> None:
        self._at_work.submit(batch)

    def next(self) -> tuple[Assignment, Outcome]:
        return self._at_work.next()

    def close(self) -> None:
        """Not yet."""

    def end(self) -> None:
        """Now."""
        if self._crew is not None:
            self._crew.close()
