"""Two pictures as SVG text that stands alone: lines over two logarithmic axes, and grouped bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from xml.sax.saxutils import escape

from .errors import InputError

__all__ = ["Bar", "Line", "draw_bars", "draw_lines"]

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 80, 24, 48, 56
COLOURS = ("#1f6f8b", "#c8553d", "#588b3a", "#8a5a9e", "#b8860b", "#444f5a")
FONT = "font-family='sans-serif' font-size='12'"


@dataclass(frozen=True, slots=True)
class Line:
    """A curve with a band: x, y, lowest and highest y, all above nought."""

    label: str
    points: tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with its interval."""

    label: str
    value: float
    low: float
    high: float
    text: str
    group: str = ""


def draw_lines(
    lines: Sequence[Line], title: str, x_title: str, y_title: str, marks: Sequence[tuple[float, str]] = ()
) -> str:
    """Curves over logarithmic axes. `marks` are horizontal lines: a height and its label.

    Raises:
        InputError: nothing to draw.
    """
    points = [point for line in lines for point in line.points]
    if not points or min(min(point) for point in points) <= 0:
        raise InputError("nothing to draw: a logarithmic axis needs figures above nought")
    x_low, x_high = _decades([point[0] for point in points])
    y_low, y_high = _decades([y for point in points for y in point[1:]])

    def place(x: float, y: float) -> tuple[float, float]:
        across = (log10(x) - x_low) / (x_high - x_low)
        up = (log10(y) - y_low) / (y_high - y_low)
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    parts = []
    for decade in range(x_low, x_high + 1):
        x, _ = place(10.0**decade, 10.0**y_low)
        parts.append(f"<path d='M{x:.1f} {TOP}V{HEIGHT - BOTTOM}' stroke='#ddd'/>")
        parts.append(_text(x, HEIGHT - BOTTOM + 18, f"{10.0**decade:g}", "middle"))
    for decade in range(y_low, y_high + 1):
        _, y = place(10.0**x_low, 10.0**decade)
        parts.append(f"<path d='M{LEFT} {y:.1f}H{WIDTH - RIGHT}' stroke='#ddd'/>")
        parts.append(_text(LEFT - 6, y + 4, f"{10.0**decade:g}", "end"))
    for height, label in marks:
        if y_low <= log10(height) <= y_high:
            _, y = place(10.0**x_low, height)
            parts.append(f"<path d='M{LEFT} {y:.1f}H{WIDTH - RIGHT}' stroke='#888' stroke-dasharray='4 3'/>")
            parts.append(_text(WIDTH - RIGHT - 4, y - 4, label, "end"))
    for number, line in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        upper = [place(x, high) for x, _, _, high in line.points]
        lower = [place(x, low) for x, _, low, _ in reversed(line.points)]
        band = " ".join(f"{x:.1f},{y:.1f}" for x, y in [*upper, *lower])
        middle = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(p[0], p[1]) for p in line.points))
        parts.append(f"<polygon points='{band}' fill='{colour}' fill-opacity='0.18'/>")
        parts.append(f"<polyline points='{middle}' fill='none' stroke='{colour}' stroke-width='2'/>")
        parts.append(_legend(number, line.label))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, x_title, "middle"))
    parts.append(
        f"<text transform='translate(18 {(TOP + HEIGHT - BOTTOM) / 2:.0f}) rotate(-90)' "
        f"text-anchor='middle' {FONT}>{escape(y_title)}</text>"
    )
    return _document(parts, title, HEIGHT)


def draw_bars(bars: Sequence[Bar], title: str) -> str:
    """Horizontal bars with intervals, coloured by group.

    Raises:
        InputError: nothing to draw.
    """
    if not bars:
        raise InputError("nothing to draw: no bar has a figure")
    longest = max(bar.high for bar in bars) or 1.0
    left, step = 230, 30
    height = TOP + 24 + step * len(bars)
    groups = list(dict.fromkeys(bar.group for bar in bars))
    room = WIDTH - left - 150
    parts = []
    for number, bar in enumerate(bars):
        y = TOP + step * number
        colour = COLOURS[groups.index(bar.group) % len(COLOURS)]
        low, value, high = (left + room * figure / longest for figure in (bar.low, bar.value, bar.high))
        parts.append(_text(left - 8, y + 15, bar.label, "end"))
        parts.append(
            f"<rect x='{left}' y='{y}' width='{value - left:.1f}' height='20' fill='{colour}' "
            "fill-opacity='0.75'/>"
        )
        parts.append(f"<path d='M{low:.1f} {y + 10}H{high:.1f}' stroke='#222' stroke-width='1.5'/>")
        parts += [f"<path d='M{x:.1f} {y + 5}v10' stroke='#222' stroke-width='1.5'/>" for x in (low, high)]
        parts.append(_text(high + 8, y + 15, bar.text, "start"))
    return _document(parts, title, height)


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low, high = floor(log10(min(values)) + 1e-9), ceil(log10(max(values)) - 1e-9)
    return low, max(high, low + 1)


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' {FONT}>{escape(text)}</text>"


def _legend(number: int, label: str) -> str:
    x, y = LEFT + 12, TOP + 16 + 18 * number
    colour = COLOURS[number % len(COLOURS)]
    return f"<rect x='{x}' y='{y - 9}' width='12' height='10' fill='{colour}'/>" + _text(
        x + 18, y, label, "start"
    )


def _document(parts: Sequence[str], title: str, height: float) -> str:
    return "\n".join(
        [
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height:.0f}' role='img'>",
            f"<title>{escape(title)}</title>",
            f"<rect width='{WIDTH}' height='{height:.0f}' fill='white'/>",
            f"<text x='{WIDTH / 2:.0f}' y='28' text-anchor='middle' font-family='sans-serif' "
            f"font-size='15'>{escape(title)}</text>",
            *parts,
            "</svg>",
            "",
        ]
    )
