"""What a sweep finds out: one model on one part, as one row of the store."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Literal, get_type_hints

from ..words.dataclass import dataclass

__all__ = ["COLUMNS", "SweepRow"]


@dataclass(frozen=True, slots=True)
class SweepRow:
    """One model on one part under one kernel library.

    `sha256` is that of the model's file, or names what should have built one. `data` tells the samples, ""
    for none. Seconds and joules of one inference with their 90 % intervals, None where not known; watts
    while the part computes and in between; bytes of the smallest arena, of what is stored and of all RAM and
    flash, None where code and stack are not known. `verdict` is whether the part holds the model, "error"
    where nothing could be told, and `reasons` why it is not "yes". `metric` names what `score` is of
    `samples` samples. `took_s`: what the row itself took.
    """

    sha256: str
    part: str
    library: str
    release: str
    build: str
    data: str
    verdict: Literal["yes", "perhaps", "no", "cannot-tell", "error"]
    reasons: str = ""
    latency_s: float | None = None
    latency_low_s: float | None = None
    latency_high_s: float | None = None
    energy_j: float | None = None
    energy_low_j: float | None = None
    energy_high_j: float | None = None
    active_w: float | None = None
    active_low_w: float | None = None
    active_high_w: float | None = None
    sleep_w: float | None = None
    sleep_low_w: float | None = None
    sleep_high_w: float | None = None
    arena_bytes: int | None = None
    stored_bytes: int | None = None
    ram_bytes: int | None = None
    flash_bytes: int | None = None
    flash_high_bytes: int | None = None
    provisional: bool = False
    metric: str = ""
    score: float | None = None
    samples: int | None = None
    took_s: float = 0.0


def _columns() -> dict[str, str]:
    kinds: dict[Any, str] = {str: "TEXT", float: "REAL", int: "INTEGER", bool: "INTEGER"}
    kinds |= {float | None: "REAL", int | None: "INTEGER"}
    hints = get_type_hints(SweepRow)
    return {one.name: kinds.get(hints[one.name], "TEXT") for one in fields(SweepRow)}


COLUMNS = _columns()
"""Field to its type in SQLite."""
