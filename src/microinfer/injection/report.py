"""What a campaign of flips gives: how they end, what they cost, what protects, what a device may expect."""

from __future__ import annotations

from typing import ClassVar

from ..words.dataclass import dataclass
from ..words.printing import counted
from ..words.result import Result, Summary
from .fault_campaign import FaultCampaign
from .fault_tables import BitRow, KindRow, LayerRow, MemoryRow, by_bit, by_kind, by_layer, by_memory
from .lifetime import Lifetime, live
from .proportions import CONFIDENCE, Proportion
from .protection import Protection, protections
from .rates import Rate

__all__ = ["SCHEMA", "FaultReport", "say_share", "summarise"]

SCHEMA = "microinfer.faults/1"


@dataclass(frozen=True, slots=True, repr=False)
class FaultReport(Result):
    """`samples` of the data went through each flip in flash, and one through each in the arena. `task` is
    what an answer is: of classes a class, of all else the output's own numbers, within `tolerance`.
    `accuracy` is that without a flip, None without labels. Intervals hold `confidence` of the chance.

    `by_time`: operators were struck in the arena as long as they run, else all alike. `reused` trials were
    kept from before, in `store`. `lifetime` is None without a rate.
    """

    schema: ClassVar[str] = SCHEMA

    model: str
    sha256: str
    profile: str
    library: str
    release: str
    data: str
    samples: int
    task: str
    tolerance: float
    accuracy: float | None
    seed: int
    confidence: float
    memories: tuple[MemoryRow, ...]
    kinds: tuple[KindRow, ...]
    layers: tuple[LayerRow, ...]
    bits: tuple[BitRow, ...]
    protections: tuple[Protection, ...]
    by_time: bool
    lifetime: Lifetime | None
    trials: int
    wanted: int
    reused: int
    seconds: float
    store: str | None
    complete: bool
    warnings: tuple[str, ...]

    def summary(self) -> Summary:
        """A row a memory."""
        rows = tuple(
            (row.memory, f"{row.trials:,}", say_share(row.silent), say_share(row.noticed))
            for row in self.memories
        )
        title = f"{self.model} on {self.profile}: {counted(self.trials, 'flip')}"
        return Summary(title, rows, ("memory", "flips", "silently corrupt", "noticed"))


def say_share(found: Proportion, digits: int = 3) -> str:
    """In per cent with its interval: "1.2 % (0.8-1.7)"."""
    if found.value is None:
        return "unknown"
    middle = f"{_per_cent(found.value, digits)} %"
    if found.low == found.high:
        return middle
    return f"{middle} ({_per_cent(found.low, digits)}-{_per_cent(found.high, digits)})"


def _per_cent(value: float, digits: int) -> str:
    return f"{100 * value:.{digits}g}"


def summarise(
    campaign: FaultCampaign,
    rate: Rate | None = None,
    hours: float = 8766.0,
    times_a_second: float | None = None,
) -> FaultReport:
    """What is known by now.

    Args:
        rate, hours: of flips, and of the device's life.
        times_a_second: inferences; None for one behind the other.
    """
    specimen, interpreter = campaign.specimen, campaign.specimen.interpreter
    memories = by_memory(campaign)
    return FaultReport(
        model=interpreter.model.name,
        sha256=interpreter.model.sha256,
        profile=interpreter.profile.name,
        library=interpreter.library,
        release=interpreter.release.title,
        data=specimen.source,
        samples=specimen.samples,
        task=specimen.task.name,
        tolerance=specimen.answers.tolerance,
        accuracy=specimen.answers.accuracy,
        seed=campaign.seed,
        confidence=CONFIDENCE,
        memories=memories,
        kinds=by_kind(campaign) if "flash" in campaign.memories else (),
        layers=by_layer(campaign),
        bits=by_bit(campaign),
        protections=protections(campaign),
        by_time=campaign.arena.by_time,
        lifetime=None if rate is None else _lifetime(campaign, memories, rate, hours, times_a_second),
        trials=len(campaign.trials),
        wanted=campaign.total,
        reused=campaign.reused,
        seconds=campaign.seconds,
        store=None if campaign.store is None else str(campaign.store.path),
        complete=campaign.complete,
        warnings=_warnings(campaign),
    )


def _lifetime(
    campaign: FaultCampaign,
    memories: tuple[MemoryRow, ...],
    rate: Rate,
    hours: float,
    times_a_second: float | None,
) -> Lifetime:
    deployment = campaign.specimen.interpreter.deployment
    duty = 1.0
    if times_a_second is not None and deployment.seconds is not None:
        duty = min(1.0, times_a_second * deployment.seconds.high)
    untried = {"flash": _other_flash(campaign), "arena": _other_arena(campaign)}
    rows = [(row.memory, row.bits, row.silent, row.perhaps_silent, untried[row.memory]) for row in memories]
    return live(rate, hours, duty, rows)


def _other_flash(campaign: FaultCampaign) -> int:
    """Bits of the program beside the model, where its size is known."""
    memory = campaign.specimen.interpreter.deployment.memory
    if memory is None or memory.flash_bytes is None:
        return 0
    return max(0, 8 * memory.flash_bytes - campaign.flash.bits)


def _other_arena(campaign: FaultCampaign) -> int:
    """Bits that TFLM keeps for itself."""
    return max(0, 8 * campaign.specimen.interpreter.arena_size - campaign.arena.bits)


def _warnings(campaign: FaultCampaign) -> tuple[str, ...]:
    interpreter = campaign.specimen.interpreter
    made = list(interpreter.overlaps)
    if interpreter.bits_plan is not interpreter.plan:
        made.append(
            "the arena that was struck is the reference kernels': the library's own leaves bits to chance"
        )
    if interpreter.deployment.memory is not None and interpreter.deployment.memory.flash_bytes is None:
        made.append("the program's size is not known, and its bits are in no figure")
    if interpreter.keeps_state and campaign.specimen.sequences is None:
        made.append("the model keeps state, and was reset before every sample: sequences show what lasts")
    return tuple(made)
