"""A case in which the firmware's kernel does something else than what microinfer computes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Fault", "fails", "other_bits"]


@dataclass(frozen=True, slots=True)
class Fault:
    """`severity`: an error where the kernel stops, writes outside its memory or leaves its output unwritten,
    a warning where it gives other bits. `certain`: whatever the data are, and in the first run, too."""

    severity: Literal["error", "warning"]
    text: str
    certain: bool = True


def fails(text: str) -> Fault:
    return Fault("error", text)


def other_bits(text: str, certain: bool = True) -> Fault:
    return Fault("warning", f"{text}; microinfer gives the reference's bits", certain)
