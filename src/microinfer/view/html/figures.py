"""Numbers for people, and the colours that kinds of operators have on the whole page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...words import printing

__all__ = [
    "COLOURS",
    "THIN",
    "colours_by_kind",
    "interval",
    "percent",
    "printable",
    "quantity",
    "share",
    "short",
    "whole",
]

COLOURS = 7
"""Colours that the style sheet has for kinds; the last is everybody else's."""

THIN = "\N{NARROW NO-BREAK SPACE}"


def printable(text: str) -> str:
    """Without control characters, which no page may hold."""
    return printing.printable(text, THIN)


def short(label: str) -> str:
    """The converter joins the names of all layers that it fused, with their scopes: the first's end.

    What is left out shows as an ellipsis; `whole` is for tooltips.
    """
    scopes, last, end = label.partition(";")[0].rpartition("/")
    outer, slash, inner = scopes.rpartition("/")
    shown = printing.brief(f"{inner}{last}{end}" + (";" if ";" in label else ""))
    return f"…/{shown}" if slash and (outer or scopes) else shown


def whole(label: str) -> str:
    """A name with all that it has."""
    return printable(label) or "unnamed"


def quantity(value: float, unit: str) -> str:
    """Three significant digits and a prefix: 0.0362 s is '36.2 ms'."""
    return printing.quantity(value, unit, THIN)


def interval(low: float, high: float, unit: str) -> str:
    """'34.0 to 38.4 ms', with one unit where both have the same."""
    first, last = quantity(low, unit), quantity(high, unit)
    if first == last:
        return first
    number, _, named = first.rpartition(THIN)
    return f"{number} to {last}" if last.endswith(f"{THIN}{named}") else f"{first} to {last}"


def percent(part: float, whole: float = 1.0) -> str:
    """A place or a width in a picture, for SVG and CSS."""
    return f"{100 * part / whole if whole else 0:.3f}%"


def share(part: float, whole: float = 1.0) -> str:
    """A share in words: '12.3 %', and never 0 for what is more than nothing."""
    value = 100 * part / whole if whole else 0.0
    if 0 < value < 0.1:
        return f"< 0.1{THIN}%"
    return f"{value:.1f}{THIN}%"


def colours_by_kind(weights: Iterable[tuple[str, int]]) -> Mapping[str, int]:
    """A colour's number for each kind of operator, the weightiest first; the rest share the last."""
    totals: dict[str, int] = {}
    for kind, weight in weights:
        totals[kind] = totals.get(kind, 0) + weight
    order: Sequence[str] = sorted(totals, key=lambda kind: (-totals[kind], kind))
    return {kind: min(position, COLOURS - 1) for position, kind in enumerate(order)}
