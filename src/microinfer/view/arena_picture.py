"""The arena over time as a picture that stands alone: rows are operators, columns are bytes."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from ..memory.plan import MemoryPlan, PlannedBuffer
from ..words.dataclass import dataclass
from ..words.printing import brief
from . import svg
from .arena import ScopeRow, fullest_of, gaps_of, rows, summary_of

__all__ = ["draw_svg"]

ROWS = 500
"""Rows of a picture; a longer network has several operators in a row."""
BAR_WIDTH = 760
NAME_WIDTH = 210
FIGURE_WIDTH = 120
TOP, LINE = 94, 16
WIDE = 0.66
"""Of a letter's height: how wide it is at the most, on average."""


def _fill(buffer: PlannedBuffer, index: int) -> str:
    if buffer.tensor is None:
        return "#c9c9c9"
    return f"hsl({(index * 47 + 205) % 360}, 52%, {80 if index % 2 else 73}%)"


def _fit(words: str, width: float, size: float) -> str:
    """The words, cut to a width in pixels; nothing where not even a few letters fit."""
    room = int(width / (0.56 * size))
    if len(words) <= room:
        return words
    return f"{words[: room - 1]}…" if room >= 6 else ""


def _round_step(total: int) -> int:
    step = 16
    while total / step > 8:
        step *= 2
    return step


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where the boxes begin, in pixels, how tall a row is and its letters are, and pixels a byte."""

    left: float
    top: float
    row: float
    letters: float
    scale: float


def _axis(head: int, bottom: float, frame: _Frame) -> list[str]:
    made = []
    for value in range(0, head + 1, _round_step(head)):
        x = frame.left + value * frame.scale
        made.append(f"<line x1='{x:.1f}' y1='{frame.top}' x2='{x:.1f}' y2='{bottom:.1f}' stroke='#e4e4e4'/>")
        made.append(svg.text(x, frame.top - 6, f"{value:,}", "middle", 10, "#777"))
    return made


def draw_svg(plan: MemoryPlan, operators: Sequence[str], title: str = "") -> str:
    """The plan as an SVG document: a box a buffer, as wide as its bytes and as tall as its life.

    The row that is marked has the peak, the highest byte in use; where most is alive in another, that one is
    named. Grey boxes are scratch; the figures at the right are the live bytes of each scope. Of a long
    network, `ROWS` rows stand for several operators each, with the most that is live in any of them, and
    boxes that would look the same are drawn once.
    """
    drawn = rows(plan, operators)
    each = -(-len(drawn) // ROWS) if drawn else 1
    bands = [drawn[start : start + each] for start in range(0, len(drawn), each)]
    row_height = max(7.0, min(26.0, 1600 / max(1, len(bands))))
    letters = min(12.0, row_height - 3)
    left = max([NAME_WIDTH, *(24 + WIDE * letters * len(_name(band)) for band in bands)])
    width = left + BAR_WIDTH + FIGURE_WIDTH
    told = [summary_of(plan), *([gaps_of(plan, drawn)] if drawn else [])]
    lines = [line for words in told for line in wrap(words, int((width - 32) / (WIDE * 12)))]
    top = TOP + LINE * max(0, len(lines) - 2)
    frame = _Frame(left, top, row_height, letters, BAR_WIDTH / max(1, plan.head_bytes))
    bottom = top + len(bands) * row_height
    made = [svg.text(16, 26, title or "tensor arena", size=16, bold=True)]
    made += [svg.text(16, 46 + LINE * place, line, colour="#555") for place, line in enumerate(lines)]
    first = drawn[0].scope if drawn else 0
    peak = (plan.peak_scope - first) // each
    if 0 <= peak < len(bands):
        made.append(
            f"<rect x='0' y='{top + peak * row_height:.1f}' width='{width:.0f}' height='{row_height:.1f}' "
            "fill='#fff1c9'/>"
        )
    made += _axis(plan.head_bytes, bottom, frame)
    made += _boxes(plan, _Bands(first, each, len(bands)), frame)
    lives = [max(row.live_bytes for row in band) for band in bands]
    fullest = fullest_of(drawn) if drawn else None
    for number, band in enumerate(bands):
        y = top + (number + 0.5) * row_height + letters * 0.36
        mark = "  peak" if number == peak else ""
        if not mark and fullest in band and lives[number] > max(lives[peak : peak + 1], default=0):
            mark = "  most"
        made.append(svg.text(16, y, _name(band), size=letters, bold=bool(mark)))
        x = left + BAR_WIDTH + 8
        made.append(svg.text(x, y, f"{lives[number]:,}{mark}", size=letters, bold=bool(mark)))
    made.append(svg.text(left, bottom + 20, "bytes from the start of the arena", size=11, colour="#777"))
    return svg.document(made, title or "tensor arena", width, bottom + 34, fixed=True)


def _name(band: Sequence[ScopeRow]) -> str:
    """What a row of the picture stands for."""
    first, last = band[0], band[-1]
    if first is last:
        return f"{first.index}  {first.name}" if first.index >= 0 else first.name
    return f"{max(first.index, 0)} to {last.index}"


@dataclass(frozen=True, slots=True)
class _Bands:
    """Which row of the picture a scope is in: `each` scopes a row, from scope `first` on."""

    first: int
    each: int
    count: int

    def of(self, buffer: PlannedBuffer) -> tuple[int, int] | None:
        """The first and the last row in which a buffer lives; None where it never does."""
        start, end = max(buffer.first, self.first), buffer.last
        if end < start:
            return None
        last = self.count - 1
        return min((start - self.first) // self.each, last), min((end - self.first) // self.each, last)


def _boxes(plan: MemoryPlan, bands: _Bands, frame: _Frame) -> list[str]:
    row_height, letters, scale = frame.row, frame.letters, frame.scale
    found: dict[tuple[int, int, int, int], tuple[int, PlannedBuffer, int]] = {}
    for index, buffer in enumerate(sorted(plan.buffers, key=lambda b: (b.first, b.offset))):
        if (rows_of := bands.of(buffer)) is not None:
            place = *rows_of, round(buffer.offset * scale), round(buffer.size * scale)
            key = place if bands.each > 1 else (index, 0, 0, 0)
            shown = found.get(key, (index, buffer, 0))
            found[key] = *shown[:2], shown[2] + 1
    made = []
    for index, buffer, count in found.values():
        top, bottom = bands.of(buffer) or (0, 0)
        x, y = frame.left + buffer.offset * scale, frame.top + top * row_height
        wide, tall = buffer.size * scale, (bottom - top + 1) * row_height
        told = f"{buffer.label}: {buffer.size:,} bytes at {buffer.offset:,}, {plan.life(buffer)}"
        told += f" and {count - 1} more in the same place" if count > 1 else ""
        made.append(
            f"<rect x='{x:.1f}' y='{y + 0.5:.1f}' width='{max(wide, 1):.1f}' height='{tall - 1:.1f}' rx='2' "
            f"fill='{_fill(buffer, index)}' stroke='#5b5b5b' stroke-width='0.6'>"
            f"<title>{svg.shown(told)}</title></rect>"
        )
        words = _fit(f"{buffer.size:,}  {brief(buffer.label)}", wide - 8, letters) or _fit(
            f"{buffer.size:,}", wide - 4, letters
        )
        if words and count == 1:
            made.append(svg.text(x + 4, y + row_height / 2 + letters * 0.36, words, size=letters))
    return made
