"""Kernels that compute in floating point: what they take on a core without an FPU.

The compiler's library then takes some hundred cycles for an operation that an FPU does in one to fourteen.
Loads, loops and rounding are beside it in both, so that a whole kernel takes between twice and 25 times as
long; ELU calls expm1, which is nothing but such operations.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

__all__ = ["SoftwareFloat", "software_float"]


@dataclass(frozen=True, slots=True)
class SoftwareFloat:
    """Cycles in software by cycles of an FPU: typical, and the ends of its interval by the typical. `events`:
    those that it holds for; None: all that are repeated."""

    times: float
    low: float
    high: float
    events: Set[str] | None = None

    def slows(self, event: str) -> bool:
        return event != "call" if self.events is None else event in self.events


_ARITHMETIC = SoftwareFloat(10.0, 0.2, 2.5)
_POSITIONS = SoftwareFloat(
    10.0,
    0.2,
    2.5,
    frozenset({"output_rows", "pixels"}) | {f"{k}_positions" for k in ("centred", "floored", "rounded")},
)
_COMPARISONS = ("EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL", "NOT_EQUAL")
_COMPUTING = {
    **dict.fromkeys(("CAST", "DEQUANTIZE", "QUANTIZE", *_COMPARISONS), _ARITHMETIC),
    "ELU": SoftwareFloat(30.0, 0.1, 3.5),
}
"""Operators whose kernels compute where a type is float; the others' only copy."""


def software_float(operator: str, variant: str) -> SoftwareFloat | None:
    """How much longer this kernel takes without an FPU; None where it computes in integers, or copies."""
    if operator == "RESIZE_NEAREST_NEIGHBOR" and variant.startswith("reference"):
        return _POSITIONS
    return _COMPUTING.get(operator) if "float32" in variant else None
