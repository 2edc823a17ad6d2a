"""What would fit (stub)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .subject import Subject


@dataclass(frozen=True, slots=True)
class Suggestion:
    kind: Literal["input", "width", "layer", "library"]
    change: str
    before: str
    after: str
    arena_bytes: int
    flash_bytes: int
    latency_s: float | None
    fits: bool


def suggest(subject: Subject) -> tuple[Suggestion, ...]:
    return ()
