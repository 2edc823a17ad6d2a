"""Which flips are still to be tried: in blocks, so that two equal campaigns on one store share them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from math import ceil
from random import shuffle

import numpy as np

from ..operators.spec import Array
from ..words.dataclass import dataclass, field
from .flip import Flip
from .flip_store import FlipStore

__all__ = ["Picks", "picks_of"]

BLOCK = 32
"""Flips between two looks at what others have written."""
FIRST, MOST = 16, 1024
"""Flips in a batch: as long as nothing is known of how long they take, and at the most."""
BATCH_SECONDS = 2.0


@dataclass(slots=True)
class Picks:
    """(number, bit) of the flips in a memory that are to be tried, `left` of them."""

    memory: str
    left: int
    each: Iterator[tuple[int, int]] = field(default_factory=lambda: iter(()))
    at_once: int = FIRST

    def take(self, room: int) -> tuple[tuple[int, int], ...]:
        """The next batch: in the end smaller ones, so that nobody waits long for the last."""
        wanted = max(1, min(self.at_once, ceil(self.left / (2 * room))))
        found = tuple(islice(self.each, wanted))
        self.left = self.left - len(found) if len(found) == wanted else 0
        return found

    def learn(self, seconds: float, flips: int) -> None:
        """From how long they took."""
        each = max(seconds, 1e-6) / flips
        self.at_once = max(1, min(MOST, round(BATCH_SECONDS / each)))


def picks_of(
    memory: str,
    bits: Sequence[int] | Array,
    store: FlipStore | None,
    campaign: str,
    take: Callable[[Sequence[Flip]], None],
) -> Picks:
    """All but what the store has.

    Args:
        bits: the bit of each number, -1 where a number is drawn for itself.
        take: gets what the store has, now and when another campaign has tried it meanwhile.
    """
    there = [] if store is None else store.trials(campaign, memory, 0, len(bits))
    known = np.zeros(len(bits), bool)
    known[[one.number for one in there]] = True
    take(there)
    made = Picks(memory, len(bits) - len(there))
    made.each = _missing(made, bits, known, store, campaign, take)
    return made


def _missing(
    picks: Picks,
    bits: Sequence[int] | Array,
    known: Array,
    store: FlipStore | None,
    campaign: str,
    take: Callable[[Sequence[Flip]], None],
) -> Iterator[tuple[int, int]]:
    starts = list(range(0, len(bits), BLOCK))
    if store is not None:
        # Two campaigns that begin together would try the same at the same time, in one order.
        shuffle(starts)
    for start in starts:
        stop = min(start + BLOCK, len(bits))
        if known[start:stop].all():
            continue
        if store is not None:
            meanwhile = store.trials(campaign, picks.memory, start, stop)
            others = [one for one in meanwhile if not known[one.number]]
            known[[one.number for one in others]] = True
            picks.left -= len(others)
            take(others)
        for number in (start + np.flatnonzero(~known[start:stop])).tolist():
            yield number, int(bits[number])
