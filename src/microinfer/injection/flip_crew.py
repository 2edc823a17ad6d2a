"""Flips tried by a crew: in batches of about two seconds, of which each is the same whoever does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ..errors import MicroinferError
from ..sweeps.assignments import Assignment, Guards, Share
from ..sweeps.candidates import Candidate
from ..sweeps.crew import Crew
from .flip import Flip
from .flip_errand import FlipErrand, FlipsFound, Parcel
from .picks import Picks

__all__ = ["try_elsewhere"]

GUARDS = Guards(3600.0, None)
"""A batch ends by itself, since loops do; this is for what nobody thought of."""
MOST_TRIES = 3


def try_elsewhere(
    data: bytes, parcel: Parcel, wanted: Mapping[str, Picks], call: Callable[[], Crew]
) -> Iterator[Flip]:
    """What comes of flips, in the order in which batches come back. The crew is called when there is
    something to try, and closed with the iterator.

    Raises:
        MicroinferError: the crew is gone, or a batch was lost too often.
    """
    candidate = Candidate(parcel.name, "bytes", data)
    waiting = [picks for picks in wanted.values() if picks.left]
    if not waiting:
        return
    crew = call()
    flying: dict[int, tuple[Assignment, FlipErrand, int]] = {}

    def submit(errand: FlipErrand, tries: int) -> None:
        batch = Assignment((Share(candidate, (), errand),), GUARDS)
        flying[id(batch)] = batch, errand, tries
        crew.submit(batch)

    try:
        while waiting or flying:
            while waiting and len(flying) < crew.room:
                if some := waiting[0].take(crew.room):
                    submit(FlipErrand(parcel, waiting[0].memory, some), 1)
                if not waiting[0].left:
                    waiting.pop(0)
            if not flying:
                break
            batch, outcome = crew.next()
            _, errand, tries = flying.pop(id(batch))
            if outcome.kind != "done":
                raise MicroinferError(f"{outcome.worker or 'a worker'} {outcome.why}")
            found: FlipsFound = outcome.found[0]
            if found.flips:
                wanted[errand.memory].learn(found.seconds, len(found.flips))
                yield from found.flips
            elif tries < MOST_TRIES:
                submit(errand, tries + 1)
            else:
                numbers = f"{errand.picks[0][0]:,} to {errand.picks[-1][0]:,}"
                raise MicroinferError(
                    f"flips {numbers} in the {errand.memory} were lost {tries} times: {found.why}"
                )
    finally:
        crew.close()
