"""Kernels that compute in floating point: what they take on a core without an FPU.

The compiler's library then takes some hundred cycles for an operation that an FPU does in one to fourteen.
Loads, loops and rounding are beside it in both, so that a whole kernel takes between twice and 25 times as
long; ELU calls expm1, which is nothing but such operations.
"""

from __future__ import annotations

from collections.abc import Set

from ..words.dataclass import dataclass

__all__ = ["ARITHMETIC", "EXPONENTIALS", "POSITIONS", "SoftwareFloat"]


@dataclass(frozen=True, slots=True)
class SoftwareFloat:
    """Cycles in software by cycles of an FPU: typical, and the ends of its interval by the typical. `events`:
    those that it holds for; None: all that are repeated. `kernels` is in the names of the internal kernels
    that compute so; the others compute in integers, or copy."""

    times: float
    low: float
    high: float
    events: Set[str] | None = None
    kernels: str = "float32"

    def slows(self, event: str) -> bool:
        return event != "call" if self.events is None else event in self.events


ARITHMETIC = SoftwareFloat(10.0, 0.2, 2.5)
EXPONENTIALS = SoftwareFloat(30.0, 0.1, 3.5)
POSITIONS = SoftwareFloat(
    10.0,
    0.2,
    2.5,
    frozenset({"output_rows", "pixels"}) | {f"{k}_positions" for k in ("centred", "floored", "rounded")},
    kernels="reference",
)
"""Floats that tell where to read, whatever the data are."""
