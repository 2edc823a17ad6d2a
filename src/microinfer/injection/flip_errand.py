"""Flips as an errand of a worker: what they are tried on is made once in a process, and kept there."""

from __future__ import annotations

from time import perf_counter
from typing import ClassVar

from ..errors import InputError
from ..model.read import load
from ..operators.spec import Array
from ..run.interpreter import Interpreter
from ..sweeps.assignments import Setting
from ..validation.tasks import Task
from ..words.dataclass import dataclass, replace
from .arena_flips import ArenaFlips
from .campaign_key import campaign_key
from .flash_flips import FlashFlips
from .flip import Flip
from .golden_answers import GoldenAnswers
from .specimen import Specimen, run_all

__all__ = ["FlipErrand", "FlipsFound", "Parcel"]


@dataclass(frozen=True, slots=True, eq=False)
class Parcel:
    """A specimen but for its interpreter, which is made of the model's file; `key` is the campaign's."""

    name: str
    setting: Setting
    arena_size: int
    contracts: bool
    max_turns: int
    x: tuple[Array, ...]
    answers: GoldenAnswers
    task: Task
    sequences: int | None
    source: str
    total: int | None
    fingerprint: str
    seed: int
    key: str

    @classmethod
    def of(cls, specimen: Specimen, seed: int, key: str) -> Parcel:
        """Of a campaign that is begun here."""
        own = specimen.interpreter
        setting = Setting.of(own.profile, own.library, own.release, None)
        return cls(
            own.model.name, setting, own.arena_size, own.contracts, own.max_turns, specimen.x,
            specimen.answers, specimen.task, specimen.sequences, specimen.source, specimen.total,
            specimen.fingerprint, seed, key,
        )  # fmt: skip

    def unpack(self, made: bytes) -> Specimen:
        """The specimen, whose answers are computed once more.

        Raises:
            InputError: they are others on this machine.
            MicroinferError: the model does not run here.
        """
        interpreter = Interpreter(
            replace(load(made), name=self.name),
            self.setting.profile,
            library=self.setting.library,
            release=self.setting.release,
            arena_size=self.arena_size,
            contracts=self.contracts,
            max_turns=self.max_turns,
        )
        outputs = run_all(interpreter, self.x, self.sequences)
        if self.answers.judge(outputs).changed:
            raise InputError("the worker computes other bits without a flip than the machine that asks")
        return Specimen(
            interpreter, self.x, self.answers, self.task, self.sequences, self.source, self.total,
            self.fingerprint,
        )  # fmt: skip


_MADE: dict[str, tuple[FlashFlips, ArenaFlips]] = {}
"""Of the campaign that this process works for."""


def _made(parcel: Parcel, made: bytes) -> tuple[FlashFlips, ArenaFlips]:
    if parcel.key not in _MADE:
        _MADE.clear()
        specimen = parcel.unpack(made)
        arena = ArenaFlips(specimen)
        if campaign_key(specimen, arena, parcel.seed) != parcel.key:
            raise InputError("the worker has another arena or other prices than the machine that asks")
        _MADE[parcel.key] = FlashFlips(specimen), arena
    return _MADE[parcel.key]


@dataclass(frozen=True, slots=True)
class FlipsFound:
    """What came of flips, and the seconds that they took alone; or `why` nothing did."""

    flips: tuple[Flip, ...] = ()
    seconds: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class FlipErrand:
    """`picks` are (number, bit of the flash); in the arena a number is drawn for itself."""

    what: ClassVar[str] = "a batch of flips"

    parcel: Parcel
    memory: str
    picks: tuple[tuple[int, int], ...]

    def run(self, made: bytes) -> FlipsFound:
        """Try them.

        Raises:
            MicroinferError: the model is not here what it is where the campaign was begun.
        """
        flash, arena = _made(self.parcel, made)
        began = perf_counter()
        if self.memory == "flash":
            flips = tuple(flash.try_(number, site) for number, site in self.picks)
        else:
            seed = self.parcel.seed
            flips = tuple(arena.try_(number, arena.draw(seed, number)) for number, _ in self.picks)
        return FlipsFound(flips, perf_counter() - began)

    def lost(self, why: str) -> FlipsFound:
        """Nothing, and why."""
        return FlipsFound(why=why)
