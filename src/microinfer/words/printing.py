"""How figures, and text that came out of a file, are printed."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = [
    "PROVISIONAL",
    "agreed",
    "brief",
    "brief_interval",
    "counted",
    "duration",
    "named",
    "printable",
    "quantity",
    "shortened",
    "times_over",
]

PROVISIONAL = "* provisional: rests on an assumption where nobody has measured yet"
"""What the star beside a figure in a table means."""

LONGEST = 80
"""Characters of a name that are shown in a table or a drawing."""

PREFIXES = ((1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"))


def quantity(value: float, unit: str, space: str = " ") -> str:
    """Three significant digits and a prefix: 0.0362 s is '36.2 ms'."""
    factor, prefix = next((step for step in PREFIXES if abs(value) >= step[0]), PREFIXES[-1])
    scaled = _without_noise(value / factor)
    digits = 0 if abs(scaled) >= 99.95 else 1 if abs(scaled) >= 9.995 else 2
    return f"{scaled:,.{digits}f}{space}{prefix}{unit}"


def times_over(ratio: float) -> str:
    """How many times as much: '1.04 times', and '1.4e-05 times' where two places would say nothing."""
    return f"{ratio:.2f} times" if 0.01 <= ratio < 1e4 else f"{ratio:.2g} times"


def counted(number: int, one: str, verb: str = "") -> str:
    """A number and its noun, and what they do: '2 axes', '1 tensor holds', '1,000 tensors hold'."""
    stem = f"{one[:-2]}es" if one.endswith("is") else f"{one}es" if one.endswith("s") else f"{one}s"
    return f"{number:,} {one if number == 1 else stem}" + (f" {agreed(verb, number)}" if verb else "")


def duration(hours: float) -> str:
    """Three digits in the largest unit that is there at least twice: "11.3 h", "40.1 days", "19.0 years"."""
    for unit, name in ((8766.0, "years"), (24.0, "days"), (1.0, "h")):
        if hours >= 2 * unit or name == "h":
            value = hours / unit
            break
    return f"{value:,.0f} {name}" if value >= 99.95 else f"{value:.3g} {name}"


def named(names: Sequence[str], verb: str) -> str:
    """Names, and what they do: 'x differs', 'x, y differ'."""
    return f"{', '.join(names)} {agreed(verb, len(names))}"


def agreed(verb: str, number: int) -> str:
    """A verb of as many: 'hold', or of one 'holds'."""
    if number != 1:
        return verb
    return {"are": "is", "have": "has"}.get(verb, f"{verb}s")


def brief_interval(value: float, low: float, high: float, unit: str) -> str:
    """A figure with its interval, in one unit: 1.33e-3 s is '1.33 ms (1.19-1.48)'."""
    middle = quantity(value, unit)
    if low == high:
        return middle
    prefix = middle.rsplit(" ", 1)[1].removesuffix(unit)
    factor = next(factor for factor, name in PREFIXES if name == prefix)
    return f"{middle} ({_digits(low / factor)}-{_digits(high / factor)})"


def _without_noise(value: float) -> float:
    """Of the same figure reached by other steps, the last bits differ, and must not decide how it rounds."""
    return float(f"{value:.12g}")


def _digits(value: float) -> str:
    value = _without_noise(value)
    return f"{value:,.0f}" if value >= 99.95 else f"{value:#.3g}" if value >= 0.01 else f"{value:.2g}"


def printable(text: str, allowed: str = "") -> str:
    """Without the control characters that a file could use to play with a terminal or a page."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c in allowed else c.encode("unicode_escape").decode() for c in text
    )


def shortened(text: str, most: int = LONGEST) -> str:
    """Text with its middle left out, and an ellipsis in its place, where it is longer than `most`."""
    if len(text) <= most:
        return text
    end = (most - 1) // 2
    return f"{text[: most - 1 - end]}…{text[len(text) - end :]}"


def brief(label: str, most: int = LONGEST) -> str:
    """A tensor's name, to be read: of the names that a converter joined when it fused layers the first.

    What is left out shows as an ellipsis.
    """
    first, joined, _ = label.partition(";")
    return shortened(printable(first) or "unnamed", most) + ("…" if joined else "")
