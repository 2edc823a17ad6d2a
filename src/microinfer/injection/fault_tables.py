"""Trials counted: by memory, by what the bits are, by operator, and by which bit of its number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from ..words.dataclass import dataclass
from .fault_campaign import FaultCampaign
from .flash_map import KINDS
from .flip import OUTCOMES, Flip
from .proportions import Proportion, proportion

K = TypeVar("K")

__all__ = ["BitRow", "KindRow", "LayerRow", "MemoryRow", "by_bit", "by_kind", "by_layer", "by_memory"]


@dataclass(frozen=True, slots=True)
class MemoryRow:
    """One memory: bits that may flip, trials, how they ended, and of all the share that corrupted silently.

    `noticed` ended with a refusal or an error; `perhaps_silent` are the silent ones and those of which nobody
    can tell. `whole`: every bit was tried.
    """

    memory: str
    bits: int
    trials: int
    outcomes: Mapping[str, int]
    silent: Proportion
    noticed: Proportion
    perhaps_silent: Proportion
    whole: bool


@dataclass(frozen=True, slots=True)
class Loss:
    """What flips cost, the mean of those that ran, and the worst: `answers_changed` is the share of samples
    with another answer, `accuracy_lost` the share of right ones that is missing, None without labels."""

    trials: int
    silent: Proportion
    answers_changed: float | None
    worst_answers_changed: float | None
    accuracy_lost: float | None
    worst_accuracy_lost: float | None


@dataclass(frozen=True, slots=True)
class KindRow:
    """Flips in flash, by what the bits are."""

    kind: str
    bits: int
    loss: Loss


@dataclass(frozen=True, slots=True)
class LayerRow:
    """Flips in the numbers of one operator in flash, and in the arena while it ran."""

    index: int
    operator: str
    bits: int
    flash: Loss
    arena: Loss


@dataclass(frozen=True, slots=True)
class BitRow:
    """Flips in flash of bit `bit` (0 the least) of numbers of `item_bits` bits."""

    kind: str
    item_bits: int
    bit: int
    loss: Loss


def by_memory(campaign: FaultCampaign) -> tuple[MemoryRow, ...]:
    """A row a memory."""
    return tuple(_memory(campaign, memory) for memory in campaign.memories)


def _memory(campaign: FaultCampaign, memory: str) -> MemoryRow:
    trials = [one for one in campaign.trials if one.memory == memory]
    count = Counter(one.outcome for one in trials)
    bits = campaign.flash.bits if memory == "flash" else campaign.arena.bits
    whole = memory == "flash" and len(trials) == bits
    noticed = count["refused"] + count["stopped"] + count["endless"]
    return MemoryRow(
        memory,
        bits,
        len(trials),
        {outcome: count[outcome] for outcome in OUTCOMES},
        proportion(count["silent"], len(trials), whole=whole),
        proportion(noticed, len(trials), whole=whole),
        proportion(count["silent"] + count["cannot-tell"], len(trials), whole=whole),
        whole,
    )


def loss(campaign: FaultCampaign, trials: Sequence[Flip]) -> Loss:
    """Of some trials of one memory."""
    ran = [one for one in trials if one.outcome in ("masked", "benign", "silent")]
    answers = campaign.specimen.answers
    changed = [one.wrong / (answers.count if one.memory == "flash" else 1) for one in ran]
    lost: list[float] = []
    if answers.right is not None and answers.answers:
        lost = [(answers.right - one.right) / answers.answers for one in ran if one.right >= 0]
    silent = sum(one.outcome == "silent" for one in trials)
    return Loss(
        len(trials),
        proportion(silent, len(trials)),
        _mean(changed),
        max(changed, default=None),
        _mean(lost),
        max(lost, default=None),
    )


def _mean(numbers: Sequence[float]) -> float | None:
    return sum(numbers) / len(numbers) if numbers else None


def _flash(campaign: FaultCampaign) -> list[Flip]:
    return [one for one in campaign.trials if one.memory == "flash"]


def by_kind(campaign: FaultCampaign) -> tuple[KindRow, ...]:
    """A row a kind of bits in flash that there is."""
    bits: Counter[str] = Counter()
    for region in campaign.flash.map.regions:
        bits[region.kind] += 8 * region.size
    groups = _grouped(_flash(campaign), lambda one: one.kind)
    return tuple(
        KindRow(kind, bits[kind], loss(campaign, groups.get(kind, []))) for kind in KINDS if bits[kind]
    )


def by_layer(campaign: FaultCampaign) -> tuple[LayerRow, ...]:
    """A row an operator."""
    bits: Counter[int] = Counter()
    for region in campaign.flash.map.regions:
        bits[region.step] += 8 * region.size
    flash = _grouped(_flash(campaign), lambda one: one.step)
    arena = _grouped([one for one in campaign.trials if one.memory == "arena"], lambda one: one.step)
    return tuple(
        LayerRow(
            position,
            step.name,
            bits[position],
            loss(campaign, flash.get(position, [])),
            loss(campaign, arena.get(position, [])),
        )
        for position, step in enumerate(campaign.specimen.interpreter.steps)
    )


def by_bit(campaign: FaultCampaign) -> tuple[BitRow, ...]:
    """A row a bit of each kind of number; structure has none."""
    item = {(one.kind, one.tensor): 8 * one.item_bytes for one in campaign.flash.map.regions}
    numbers = [one for one in _flash(campaign) if one.kind != "structure"]
    groups = _grouped(numbers, lambda one: (one.kind, item[one.kind, one.tensor], one.bit_in_item))
    order = sorted(groups, key=lambda key: (KINDS.index(key[0]), *key[1:]))
    return tuple(BitRow(*key, loss(campaign, groups[key])) for key in order)


def _grouped(trials: Iterable[Flip], key: Callable[[Flip], K]) -> dict[K, list[Flip]]:
    found: dict[K, list[Flip]] = {}
    for one in trials:
        found.setdefault(key(one), []).append(one)
    return found
