"""Kernels that compute in floating point: what they take on a core without an FPU.

The compiler's library then takes some fifty cycles for an operation that an FPU does in one to fourteen.
Loads, loops and rounding are beside it in both. Counted on a Cortex-M3 and a Cortex-M0+ by what a Cortex-M4
takes for the same shapes: a kernel takes one to ten times as long on the former, ELU and TANH up to fourteen.
"""

from __future__ import annotations

from collections.abc import Set

from ..words.dataclass import dataclass

__all__ = ["ARITHMETIC", "EXPONENTIALS", "POSITIONS", "SoftwareFloat"]


@dataclass(frozen=True, slots=True)
class SoftwareFloat:
    """Cycles in software by cycles of an FPU: typical, and the ends of its interval by the typical. `thumb`:
    how many times as long it takes once more with the instructions of ARMv6-M alone. `events`: those that it
    holds for; None: all that are repeated. `kernels` is in the names of the internal kernels that compute so;
    the others compute in integers, or copy."""

    times: float
    low: float
    high: float
    thumb: float
    events: Set[str] | None = None
    kernels: str = "float32"

    def slows(self, event: str) -> bool:
        return event != "call" if self.events is None else event in self.events


ARITHMETIC = SoftwareFloat(3.4, 0.31, 3.5, 1.45)
EXPONENTIALS = SoftwareFloat(7.6, 0.34, 1.8, 2.4)
POSITIONS = SoftwareFloat(
    3.3,
    0.7,
    1.45,
    2.55,
    frozenset({"output_rows", "pixels"}) | {f"{k}_positions" for k in ("centred", "floored", "rounded")},
    kernels="reference",
)
"""Floats that tell where to read, whatever the data are."""
