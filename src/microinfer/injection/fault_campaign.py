"""A campaign: so many flips in flash, so many in the arena, of a seed; what was kept is not tried again."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from time import perf_counter
from typing import TypeAlias

import numpy as np

from ..errors import InputError
from ..sweeps.crew import Crew
from ..words.dataclass import dataclass
from .arena_flips import ArenaFlips
from .campaign_key import campaign_key
from .flash_flips import FlashFlips
from .flip import MEMORIES, Flip
from .flip_crew import try_elsewhere
from .flip_errand import Parcel
from .flip_store import FlipStore
from .picks import Picks, picks_of
from .sites import sites
from .specimen import Specimen

__all__ = ["DEFAULT_RUNS", "FaultCampaign", "FaultProgress", "Watch"]

DEFAULT_RUNS = 2000
KEPT_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class FaultProgress:
    """Flips that are wanted and done, how many of these were kept from before, silent ones, seconds."""

    total: int
    done: int
    reused: int
    silent: int
    seconds: float

    @property
    def rate(self) -> float:
        """Flips a second."""
        return (self.done - self.reused) / self.seconds if self.seconds > 0 else 0.0


Watch: TypeAlias = Callable[[FaultProgress], None]


class FaultCampaign:
    """Flips in the memories of a specimen. `trials` are all that are done.

    Args:
        runs: flips in each memory; of flash no more than it has bits.
        memories: "flash", "arena" or both.
        seed: of the same one come the same flips, and more runs begin with the same ones.
        store: where trials are kept and looked for; None to keep them in memory alone.

    Raises:
        InputError: no such memory, or no number that can be.
    """

    def __init__(
        self,
        specimen: Specimen,
        runs: int = DEFAULT_RUNS,
        memories: Sequence[str] = MEMORIES,
        seed: int = 0,
        store: FlipStore | None = None,
    ) -> None:
        unknown = [name for name in memories if name not in MEMORIES]
        if unknown or not memories:
            raise InputError(f"memory {', '.join(unknown) or 'none'}: expected flash, arena or both")
        if runs < 1 or seed < 0:
            raise InputError(f"runs is {runs} and seed {seed}, expected at least 1 and 0")
        self.specimen, self.runs, self.seed, self.store = specimen, runs, seed, store
        self.memories = tuple(name for name in MEMORIES if name in memories)
        self.flash, self.arena = FlashFlips(specimen), ArenaFlips(specimen)
        self.trials: list[Flip] = []
        self.reused = 0
        self.seconds = 0.0

    @property
    def key(self) -> str:
        """What a trial's outcome hangs on, as a digest."""
        return campaign_key(self.specimen, self.arena, self.seed)

    def wanted(self, memory: str) -> int:
        """How many flips are tried."""
        bits = self.flash.bits if memory == "flash" else self.arena.bits
        if memory == "arena" and not (bits and self.arena.weights.size):
            return 0
        return min(self.runs, bits) if memory == "flash" else self.runs

    @property
    def total(self) -> int:
        return sum(map(self.wanted, self.memories))

    @property
    def progress(self) -> FaultProgress:
        silent = sum(one.outcome == "silent" for one in self.trials)
        return FaultProgress(self.total, len(self.trials), self.reused, silent, self.seconds)

    @property
    def complete(self) -> bool:
        return len(self.trials) == self.total

    def run(self, watch: Watch = lambda _: None, crew: Callable[[], Crew] | None = None) -> None:
        """Try what was not tried. An interruption keeps all that is done.

        Args:
            crew: who tries them, called where there is something to try; default this process. Who does it
                has no part in what is found.

        Raises:
            InputError: the store cannot be read or written.
            MicroinferError: the crew is gone; what came back is kept.
        """
        began = perf_counter()
        key = self.key
        waiting: list[Flip] = []
        kept_at = began
        missing = {memory: self._missing(memory, key) for memory in self.memories}
        watch(self.progress)
        if self.store is not None and not self.store.writable and not self.complete:
            self.store.add(key, [])
        try:
            with closing(
                self._try_here(missing) if crew is None else self._try_by(crew, missing, key)
            ) as found:
                for trial in found:
                    self.trials.append(trial)
                    waiting.append(trial)
                    now = perf_counter()
                    if now - kept_at > KEPT_SECONDS:
                        self.seconds = now - began
                        waiting = self._keep(key, waiting)
                        watch(self.progress)
                        kept_at = perf_counter()
        finally:
            self.seconds = perf_counter() - began
            self._keep(key, waiting)
            self.trials.sort(key=lambda one: (MEMORIES.index(one.memory), one.number))
            watch(self.progress)

    def _keep(self, key: str, trials: list[Flip]) -> list[Flip]:
        if self.store is not None and trials:
            self.store.add(key, trials)
        return []

    def _missing(self, memory: str, key: str) -> Picks:
        """Takes what the store has, and what another campaign puts there meanwhile."""

        def take(there: Sequence[Flip]) -> None:
            self.trials += there
            self.reused += len(there)

        most = self.wanted(memory)
        bits = np.full(most, -1)
        if memory == "flash":
            bits = np.fromiter(islice(sites(self.flash.bits, self.seed), most), np.int64, most)
        return picks_of(memory, bits, self.store, key, take)

    def _try_here(self, missing: Mapping[str, Picks]) -> Generator[Flip]:
        for memory, picks in missing.items():
            for number, site in picks.each:
                if memory == "flash":
                    yield self.flash.try_(number, site)
                else:
                    yield self.arena.try_(number, self.arena.draw(self.seed, number))

    def _try_by(self, crew: Callable[[], Crew], missing: Mapping[str, Picks], key: str) -> Generator[Flip]:
        parcel = Parcel.of(self.specimen, self.seed, key)
        data = bytes(self.specimen.interpreter.model.data)
        yield from try_elsewhere(data, parcel, missing, crew)
