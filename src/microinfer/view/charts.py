"""Two pictures as SVG text that stands alone: lines over two logarithmic axes, and bars with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10
from textwrap import wrap

from ..errors import InputError
from ..words.dataclass import dataclass
from .svg import COLOURS, document, shown, text, upright

__all__ = ["Bar", "Line", "Panel", "Tick", "draw_lines", "draw_panels"]

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 84, 28, 48, 60
ROW, LINE, LETTER = 28, 14, 7.8
LABELS = 370.0
"""Pixels that the labels of bars have; what is longer goes on in a line of its own."""
LOGARITHMIC_FROM = 30.0
"""How many times the longest bar may be the shortest before an axis from nought hides the short ones."""

Tick = tuple[float, str]
"""A place on an axis, and what is written there."""


@dataclass(frozen=True, slots=True)
class Line:
    """A curve with a band: x, y, lowest and highest y, all above nought."""

    label: str
    points: tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with its interval; bars of one group have one colour."""

    label: str
    value: float
    low: float
    high: float
    text: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """Bars over one axis."""

    title: str
    bars: tuple[Bar, ...]


def draw_lines(
    lines: Sequence[Line],
    title: str,
    x_title: str,
    y_title: str,
    marks: Sequence[Tick] = (),
    *,
    x_ticks: Sequence[Tick] = (),
    y_ticks: Sequence[Tick] = (),
    here: Tick | None = None,
) -> str:
    """Curves over logarithmic axes.

    Args:
        marks: dashed horizontal lines.
        x_ticks, y_ticks: what to write at the axes instead of powers of ten.
        here: a dashed vertical line.

    Raises:
        InputError: nothing to draw.
    """
    points = [point for line in lines for point in line.points]
    if not points or min(min(point) for point in points) <= 0:
        raise InputError("nothing to draw: a logarithmic axis needs figures above nought")
    x_low, x_high = _ends([point[0] for point in points], exact=bool(x_ticks))
    y_low, y_high = _ends([y for point in points for y in point[1:]], exact=bool(y_ticks))
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT

    def across(x: float) -> float:
        return LEFT + (log10(x) - x_low) / (x_high - x_low) * (right - LEFT)

    def up(y: float) -> float:
        return bottom - (log10(y) - y_low) / (y_high - y_low) * (bottom - TOP)

    parts = []
    for value, label in x_ticks or _powers(x_low, x_high):
        if x_low - 1e-9 <= log10(value) <= x_high + 1e-9:
            x = across(value)
            parts.append(f"<path d='M{x:.1f} {TOP}V{bottom}' stroke='#ddd'/>")
            parts.append(text(x, bottom + 18, label, "middle"))
    for value, label in y_ticks or _powers(y_low, y_high):
        if y_low - 1e-9 <= log10(value) <= y_high + 1e-9:
            y = up(value)
            parts.append(f"<path d='M{LEFT} {y:.1f}H{right}' stroke='#ddd'/>")
            parts.append(text(LEFT - 6, y + 4, label, "end"))
    for number, line in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        upper = [(across(x), up(high)) for x, _, _, high in line.points]
        lower = [(across(x), up(low)) for x, _, low, _ in reversed(line.points)]
        band = " ".join(f"{x:.1f},{y:.1f}" for x, y in [*upper, *lower])
        middle = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y, _, _ in line.points)
        parts.append(f"<polygon points='{band}' fill='{colour}' fill-opacity='0.18'/>")
        parts.append(f"<polyline points='{middle}' fill='none' stroke='{colour}' stroke-width='2'/>")
    for value, label in marks:
        if y_low <= log10(value) <= y_high:
            y = up(value)
            parts.append(f"<path d='M{LEFT} {y:.1f}H{right}' stroke='#777' stroke-dasharray='4 3'/>")
            parts.append(text(right - 4, y - 4, label, "end"))
    if here is not None and x_low <= log10(here[0]) <= x_high:
        x = across(here[0])
        anchor = "end" if x > (LEFT + right) / 2 else "start"
        parts.append(f"<path d='M{x:.1f} {TOP}V{bottom}' stroke='#222' stroke-dasharray='2 3'/>")
        parts.append(text(x + (-6 if anchor == "end" else 6), bottom - 8, here[1], anchor))
    parts += [_legend(number, line.label, len(lines), bottom) for number, line in enumerate(lines)]
    parts.append(text((LEFT + right) / 2, HEIGHT - 14, x_title, "middle"))
    parts.append(upright(16, (TOP + bottom) / 2, y_title))
    return _titled(parts, title, HEIGHT)


def draw_panels(panels: Sequence[Panel], title: str) -> str:
    """Panels of horizontal bars with intervals, one below the other; those without a bar are left out.

    An axis starts at nought, or is logarithmic where the longest bar would hide the shortest.

    Raises:
        InputError: nothing to draw.
    """
    drawn = [panel for panel in panels if panel.bars]
    if not drawn:
        raise InputError("nothing to draw: no bar has a figure")
    bars = [bar for panel in drawn for bar in panel.bars]
    groups = list(dict.fromkeys(bar.group for bar in bars))
    left = min(LABELS, max(60.0, 20 + LETTER * max(len(bar.label) for bar in bars)))
    room = WIDTH - left - 24 - LETTER * max(len(bar.text) for bar in bars)
    parts = []
    top = float(TOP)
    for panel in drawn:
        low = min(min(bar.low, bar.value) for bar in panel.bars)
        high = max(bar.high for bar in panel.bars) or 1.0
        logarithmic = low > 0 and high / low > LOGARITHMIC_FROM
        start = floor(log10(low) - 1e-9) if logarithmic else 0
        heading = panel.title + (", logarithmic" if logarithmic else "")
        if heading:
            parts.append(text(left, top + 12, heading.removeprefix(", "), "start"))
            top += 22
        decades = log10(high) - start if logarithmic else 1.0
        labels = [_lines(bar.label, left) for bar in panel.bars]
        if logarithmic:
            tall = sum(ROW + LINE * (len(lines) - 1) for lines in labels)
            for decade in range(start, floor(log10(high)) + 1):
                x = left + room * (decade - start) / decades
                parts.append(f"<path d='M{x:.1f} {top}v{tall}' stroke='#ddd'/>")
                parts.append(text(x, top + tall + 12, _power(decade), "middle"))
        for bar, lines in zip(panel.bars, labels, strict=True):
            ends = [
                left + room * ((log10(figure) - start) / decades if logarithmic else figure / high)
                for figure in (bar.low, bar.value, bar.high)
            ]
            parts += _bar(bar, lines, COLOURS[groups.index(bar.group) % len(COLOURS)], left, top, ends)
            top += ROW + LINE * (len(lines) - 1)
        top += 28 if logarithmic else 10
    return _titled(parts, title, top + 6)


def _lines(label: str, left: float) -> list[str]:
    """A label, whole, in as many lines as it takes."""
    return wrap(label, int((left - 12) / LETTER)) or [""]


def _bar(
    bar: Bar, lines: Sequence[str], colour: str, left: float, top: float, ends: Sequence[float]
) -> list[str]:
    low, value, high = ends
    whisker = f"M{low:.1f} {top + 14:.1f}H{high:.1f}M{low:.1f} {top + 9:.1f}v10M{high:.1f} {top + 9:.1f}v10"
    return [
        *(text(left - 8, top + 18 + LINE * place, line, "end") for place, line in enumerate(lines)),
        f"<rect x='{left:.1f}' y='{top + 4:.1f}' width='{max(0.5, value - left):.1f}' height='20' "
        f"fill='{colour}' fill-opacity='0.75'><title>{shown(f'{bar.label}: {bar.text}')}</title></rect>",
        *([f"<path d='{whisker}' stroke='#222' stroke-width='1.5'/>"] if bar.low < bar.high else []),
        text(max(value, high) + 8, top + 18, bar.text, "start"),
    ]


def _ends(values: Sequence[float], *, exact: bool) -> tuple[float, float]:
    """Logarithms of an axis's ends: of the values themselves, or of the powers of ten around them."""
    low, high = log10(min(values)), log10(max(values))
    if exact and high - low >= 1:
        return low, high
    below, above = floor(low + 1e-9), ceil(high - 1e-9)
    return below, max(above, below + 1)


def _powers(low: float, high: float) -> list[Tick]:
    return [(10.0**decade, _power(decade)) for decade in range(ceil(low), floor(high) + 1)]


def _power(decade: int) -> str:
    return f"{10**decade:,}" if 0 <= decade < 7 else f"{10.0**decade:g}"


def _legend(number: int, label: str, lines: int, bottom: float) -> str:
    x, y = LEFT + 12, bottom - 12 - 18 * (lines - 1 - number)
    colour = COLOURS[number % len(COLOURS)]
    return f"<rect x='{x}' y='{y - 9:.1f}' width='12' height='10' fill='{colour}'/>" + text(
        x + 18, y, label, "start"
    )


def _titled(parts: Sequence[str], title: str, height: float) -> str:
    return document([text(WIDTH / 2, 28, title, "middle", 15), *parts], title, WIDTH, height)
