"""How figures, and text that came out of a file, are printed."""

from __future__ import annotations

__all__ = ["printable", "quantity"]

PREFIXES = ((1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"))


def quantity(value: float, unit: str, space: str = " ") -> str:
    """Three significant digits and a prefix: 0.0362 s is '36.2 ms'."""
    factor, prefix = next((step for step in PREFIXES if abs(value) >= step[0]), PREFIXES[-1])
    scaled = value / factor
    digits = 0 if abs(scaled) >= 99.95 else 1 if abs(scaled) >= 9.995 else 2
    return f"{scaled:,.{digits}f}{space}{prefix}{unit}"


def printable(text: str, allowed: str = "") -> str:
    """Without the control characters that a file could use to play with a terminal or a page."""
    return "".join(
        c if c.isprintable() or c in allowed else c.encode("unicode_escape").decode() for c in text
    )
