"""What a search found, as dots: the score over time, arena and flash, with the front as a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import floor, log10

from ..errors import InputError
from ..searches import SearchReport, Trial
from ..searches.search_report import say_latency
from ..words.dataclass import dataclass
from .svg import COLOURS, document, shown, text, upright

__all__ = ["draw_front", "told"]

WIDTH, HEIGHT = 1080, 420
LEFT, BETWEEN, TOP, BOTTOM = 72, 26, 56, 56
TICKS = 5
GREY = "#9aa5ad"


@dataclass(frozen=True, slots=True)
class _Axis:
    """A figure of a trial: its title, the number that is drawn, and the budget, None where there is none."""

    title: str
    figure: Callable[[Trial], float | None]
    most: float | None


def draw_front(report: SearchReport) -> str:
    """Three pictures side by side; a dot says in its title what it is.

    Raises:
        InputError: nothing has a score.
    """
    scored = [one for one in report.trials if one.score is not None]
    if not scored:
        raise InputError("nothing to draw: no configuration has a score")
    budgets = report.budgets
    ms = None if budgets.latency_s is None else budgets.latency_s * 1e3
    axes = [
        _Axis("one inference, ms", lambda one: None if one.latency_s is None else one.latency_s * 1e3, ms),
        _Axis("arena, bytes", lambda one: one.arena_bytes, budgets.arena_bytes),
        _Axis("flash, bytes", lambda one: one.flash_bytes, budgets.flash_bytes),
    ]
    low, high, ticks = _scale([one.score or 0.0 for one in scored])
    bottom = HEIGHT - BOTTOM
    room = (WIDTH - LEFT - 20 - 2 * BETWEEN) / 3

    def up(score: float) -> float:
        return bottom - (score - low) / (high - low) * (bottom - TOP)

    parts = []
    for position, axis in enumerate(axes):
        left = LEFT + position * (room + BETWEEN)
        for tick, label in ticks:
            parts.append(f"<path d='M{left:.1f} {up(tick):.1f}h{room:.1f}' stroke='#ddd'/>")
            if position == 0:
                parts.append(text(left - 6, up(tick) + 4, label, "end"))
        parts += _panel(axis, report, scored, left, room, up)
    parts.append(
        upright(16, (TOP + bottom) / 2, "score" if report.score == "score" else f"score: {report.score}")
    )
    title = f"{report.score} of {len(scored):,} configurations, {'; '.join(report.parts)}"
    return document([text(WIDTH / 2, 28, title, "middle", 15), *parts], title, WIDTH, HEIGHT)


def _panel(
    axis: _Axis,
    report: SearchReport,
    scored: Sequence[Trial],
    left: float,
    room: float,
    up: Callable[[float], float],
) -> list[str]:
    bottom = HEIGHT - BOTTOM
    parts = [text(left + room / 2, HEIGHT - 14, axis.title, "middle")]
    known = [(one, x) for one in scored if (x := axis.figure(one)) is not None]
    if not known:
        return [*parts, text(left + room / 2, (TOP + bottom) / 2, "not known", "middle", colour=GREY)]
    wide = [x for _, x in known] + ([axis.most] if axis.most is not None else [])
    low, high, ticks = _scale(wide)

    def across(x: float) -> float:
        return left + (x - low) / (high - low) * room

    for tick, label in ticks:
        parts.append(f"<path d='M{across(tick):.1f} {TOP}V{bottom}' stroke='#eee'/>")
        parts.append(text(across(tick), bottom + 18, label, "middle", 11))
    if axis.most is not None:
        x = across(axis.most)
        parts.append(f"<path d='M{x:.1f} {TOP}V{bottom}' stroke='{COLOURS[1]}' stroke-dasharray='4 3'/>")
        parts.append(text(x - 4, TOP + 12, "budget", "end", 11, COLOURS[1]))
    chosen = {one.number for one in report.front}
    parts += _stairs([(x, one.score or 0.0) for one, x in known if one.number in chosen], across, up)
    best = None if report.best is None else report.best.number
    for one, x in sorted(known, key=lambda each: each[0].number in chosen):
        inside = one.number in chosen
        radius = 6.5 if one.number == best else 4.5 if inside else 3
        colour = COLOURS[0] if inside else GREY
        place = f"cx='{across(x):.1f}' cy='{up(one.score or 0.0):.1f}'"
        drawn = f"{place} r='{radius}' fill='{colour}' fill-opacity='0.8'"
        inner = f"<title>{shown(told(one))}</title>"
        parts.append(f"<circle class='dot' data-trial='{one.number}' {drawn}>{inner}</circle>")
    return parts


def told(one: Trial) -> str:
    """A trial in a line: its score, its configuration, what it takes."""
    sizes = ["unknown" if size is None else f"{size:,} bytes" for size in (one.arena_bytes, one.flash_bytes)]
    given = "" if one.budget is None else f" (of {one.budget:g})"
    score = "no score" if one.score is None else f"{one.score:.5g}"
    return f"{score}{given}: {one.title}; {say_latency(one)}, arena {sizes[0]}, flash {sizes[1]}"


def _stairs(
    points: Sequence[tuple[float, float]], across: Callable[[float], float], up: Callable[[float], float]
) -> list[str]:
    """From the cheapest on, each that has more score than all cheaper ones."""
    path, top = "", float("-inf")
    for x, score in sorted(points, key=lambda point: (point[0], -point[1])):
        if score > top:
            path += f"H{across(x):.1f}V{up(score):.1f}" if path else f"M{across(x):.1f} {up(score):.1f}"
            top = score
    return [f"<path d='{path}' fill='none' stroke='{COLOURS[0]}' stroke-width='1.5'/>"] if path else []


def _scale(values: Sequence[float]) -> tuple[float, float, list[tuple[float, str]]]:
    """Both ends of an axis, a little beyond the values, and round numbers between."""
    low, high = min(values), max(values)
    spread = (high - low) or abs(high) or 1.0
    low, high = low - 0.05 * spread, high + 0.05 * spread
    raw = (high - low) / TICKS
    unit = 10.0 ** floor(log10(raw))
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= raw)
    first = floor(low / step) + 1
    ticks = [step * number for number in range(first, first + 2 * TICKS) if step * number <= high]
    digits = max(0, -floor(log10(step) + 1e-9))
    return low, high, [(tick, f"{tick:,.{digits}f}") for tick in ticks]
