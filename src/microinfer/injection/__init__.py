"""Bits that flip by themselves: in flash, where a model lies, and in the arena, where it works.

`choose_samples` makes a `Specimen`, a `FaultCampaign` tries flips on it and keeps them in a `FlipStore`, and
`summarise` says what they cost.
"""

from __future__ import annotations

from .fault_campaign import DEFAULT_RUNS, FaultCampaign, FaultProgress
from .flash_map import flash_map
from .flip import MEMORIES, OUTCOMES, Flip
from .flip_store import FlipStore
from .lifetime import DEFAULT_HOURS, Lifetime
from .proportions import Proportion, proportion
from .protection import Protection
from .rates import Rate, parse_flip_rate
from .report import FaultReport, summarise
from .specimen import Specimen, choose_samples

__all__ = [
    "DEFAULT_HOURS",
    "DEFAULT_RUNS",
    "MEMORIES",
    "OUTCOMES",
    "FaultCampaign",
    "FaultProgress",
    "FaultReport",
    "Flip",
    "FlipStore",
    "Lifetime",
    "Proportion",
    "Protection",
    "Rate",
    "Specimen",
    "choose_samples",
    "flash_map",
    "parse_flip_rate",
    "proportion",
    "summarise",
]
