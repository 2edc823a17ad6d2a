"""The arena over time, drawn: rows are scopes of execution (operators), columns are bytes.

`draw_terminal` is plain text, or text with ANSI colours. `draw_svg` is a picture that stands alone.
"""

from __future__ import annotations

import string
import textwrap
from collections.abc import Sequence

from ..memory.plan import MemoryPlan, PlannedBuffer
from ..words.dataclass import dataclass
from ..words.printing import brief, printable
from . import svg

__all__ = ["ScopeRow", "draw_svg", "draw_terminal", "rows"]

LETTERS = string.ascii_lowercase + string.ascii_uppercase
SCRATCH = "*"
FREE = "·"
ANSI = (44, 42, 45, 46, 43, 41, 104, 102, 105, 106, 103, 101)


@dataclass(frozen=True, slots=True)
class ScopeRow:
    """One scope: its operator's index and name, the largest that are alive, how many there are, the sum of
    their bytes and the highest byte in use. `index` is -1 for a scope in which inputs are set."""

    scope: int
    index: int
    name: str
    alive: tuple[PlannedBuffer, ...]
    count: int
    live_bytes: int
    top_bytes: int


def rows(plan: MemoryPlan, operators: Sequence[str]) -> tuple[ScopeRow, ...]:
    """Scope by scope, the graph's inputs first. `operators` are the steps' names.

    An operator of a subgraph that is called more than once has a row for each call.
    """
    found = []
    for scope, step in enumerate(plan.scope_steps):
        said, alive = plan.occupancy[scope], plan.tenants(scope)
        if scope == 0 and not alive:
            continue
        name = "inputs" if step < 0 else printable(operators[step])
        found.append(ScopeRow(scope, step, name, alive, said.count, said.live_bytes, said.top_bytes))
    return tuple(found)


def _marks(plan: MemoryPlan) -> dict[PlannedBuffer, str]:
    """A letter for every tensor, in the order of birth; an asterisk for scratch."""
    tensors = sorted((b for b in plan.buffers if b.tensor is not None), key=lambda b: (b.first, b.offset))
    marks = {buffer: LETTERS[index % len(LETTERS)] for index, buffer in enumerate(tensors)}
    marks.update((buffer, SCRATCH) for buffer in plan.buffers if buffer.tensor is None)
    return marks


def _columns(buffer: PlannedBuffer, head: int, width: int) -> range:
    first = buffer.offset * width // head
    return range(first, max(first + 1, (buffer.offset + buffer.size) * width // head))


def _paint(mark: str, index: int, colour: bool) -> str:
    if not colour:
        return mark
    return f"\033[30;{ANSI[index % len(ANSI)]}m{mark}\033[0m"


def _summary(plan: MemoryPlan) -> str:
    if plan.unknown:
        return (
            f"{plan.library}: arena at least {plan.least_arena_bytes:,} bytes; drawn without the "
            f"demands of {', '.join(plan.unknown)}"
        )
    start = plan.min_arena_bytes - plan.arena_used_bytes
    extra = f" + {start:,} to start up and align" if start > 0 else f" - {-start:,} of padding"
    extra = extra if start else ""
    return (
        f"{plan.library}: smallest arena {plan.min_arena_bytes:,} bytes{plan.say_recommended()} "
        f"= head {plan.head_bytes:,} + tail {plan.tail_bytes:,}{extra}"
    )


def _gaps(plan: MemoryPlan, drawn: Sequence[ScopeRow]) -> str:
    """How far the head is from what its fullest operator needs at least."""
    fullest = max(drawn, key=lambda row: row.live_bytes)
    where = f"{fullest.live_bytes:,} bytes are alive at once in {fullest.name} {max(fullest.index, 0)}"
    gaps = plan.head_bytes - plan.lower_bound_bytes
    if fullest.index < 0:
        where = f"{fullest.live_bytes:,} bytes are alive at once, the inputs"
    return f"{where}; " + (f"gaps make the head {gaps:,} larger" if gaps > 0 else "no plan needs less")


def draw_terminal(
    plan: MemoryPlan, operators: Sequence[str], *, width: int = 100, colour: bool = False
) -> str:
    """The plan as text, at most `width` columns wide, or 60 where that is less.

    A row an operator, a letter a tensor, an asterisk for scratch, a dot for a free byte; below it, whom
    the letters stand for where the arena is fullest.
    """
    drawn = rows(plan, operators)
    if not drawn or plan.head_bytes == 0:
        return "no activations: the arena holds nothing but the interpreter's own structures"
    marks = _marks(plan)
    order = {buffer: index for index, buffer in enumerate(marks)}
    names = min(24, max(len(row.name) for row in drawn))
    figures = max(len(f"{row.live_bytes:,}") for row in drawn)
    width = max(60, width)
    bar = width - names - figures - 17
    end = f"{plan.head_bytes:,} bytes"
    lines = [f"{'':{names + 5}} 0{end:>{bar - 1}}"]
    for row in drawn:
        cells = [FREE] * bar
        for buffer in sorted(row.alive, key=lambda b: -b.size):
            painted = _paint(marks[buffer], order[buffer], colour)
            for column in _columns(buffer, plan.head_bytes, bar):
                if column < bar:
                    cells[column] = painted
        peak = "  <- peak" if row.scope == plan.peak_scope else ""
        name = row.name if len(row.name) <= names else row.name[: names - 1] + "…"
        index = f"{row.index:4}" if row.index >= 0 else "    "
        lines.append(f"{index} {name:{names}} {''.join(cells)} {row.live_bytes:{figures},}{peak}")
    lines.append("")
    lines.append("at the peak:")
    for buffer in plan.tenants(plan.peak_scope):
        painted = _paint(marks[buffer], order[buffer], colour)
        text = (
            f"{buffer.size:>{figures},} bytes at {buffer.offset:>{figures},}, "
            f"{plan.life(buffer)}: {brief(buffer.label)}"
        )
        lines.append(f"  {painted}  " + f"\n{'':5}".join(textwrap.wrap(text, width - 5)))
    lines.append("")
    whole = () if plan.unknown else (plan.explain_smallest(),)
    for text in (_summary(plan), *whole, _gaps(plan, drawn)):
        lines += textwrap.wrap(text, width)
    return "\n".join(lines)


ROWS = 500
"""Rows of a picture; a longer network has several operators in a row."""
BAR_WIDTH = 760
NAME_WIDTH = 210
FIGURE_WIDTH = 120
TOP = 94


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


def _axis(head: int, bottom: float, scale: float) -> list[str]:
    made = []
    for value in range(0, head + 1, _round_step(head)):
        x = NAME_WIDTH + value * scale
        made.append(f"<line x1='{x:.1f}' y1='{TOP}' x2='{x:.1f}' y2='{bottom:.1f}' stroke='#e4e4e4'/>")
        made.append(svg.text(x, TOP - 6, f"{value:,}", "middle", 10, "#777"))
    return made


def draw_svg(plan: MemoryPlan, operators: Sequence[str], title: str = "") -> str:
    """The plan as an SVG document: a box a buffer, as wide as its bytes and as tall as its life.

    The row that is marked has the peak; grey boxes are scratch; the figures at the right are the live bytes
    of each scope. Of a long network, `ROWS` rows stand for several operators each, with the most that is
    live in any of them, and boxes that would look the same are drawn once.
    """
    drawn = rows(plan, operators)
    each = -(-len(drawn) // ROWS) if drawn else 1
    bands = [drawn[start : start + each] for start in range(0, len(drawn), each)]
    row_height = max(7.0, min(26.0, 1600 / max(1, len(bands))))
    letters = min(12.0, row_height - 3)
    bottom = TOP + len(bands) * row_height
    width, height = NAME_WIDTH + BAR_WIDTH + FIGURE_WIDTH, bottom + 34
    scale = BAR_WIDTH / max(1, plan.head_bytes)
    made = [
        svg.text(16, 26, title or "tensor arena", size=16, bold=True),
        svg.text(16, 46, _summary(plan), colour="#555"),
        svg.text(16, 62, _gaps(plan, drawn) if drawn else "", colour="#555"),
    ]
    first = drawn[0].scope if drawn else 0
    peak = (plan.peak_scope - first) // each
    if 0 <= peak < len(bands):
        made.append(
            f"<rect x='0' y='{TOP + peak * row_height:.1f}' width='{width}' height='{row_height:.1f}' "
            "fill='#fff1c9'/>"
        )
    made += _axis(plan.head_bytes, bottom, scale)
    made += _boxes(plan, _Bands(first, each, len(bands)), row_height, letters, scale)
    for number, band in enumerate(bands):
        y = TOP + (number + 0.5) * row_height + letters * 0.36
        mark = "  peak" if number == peak else ""
        words = _fit(_name(band), NAME_WIDTH - 24, letters)
        made.append(svg.text(16, y, words, size=letters, bold=number == peak))
        x, live = NAME_WIDTH + BAR_WIDTH + 8, max(row.live_bytes for row in band)
        made.append(svg.text(x, y, f"{live:,}{mark}", size=letters, bold=number == peak))
    made.append(
        svg.text(NAME_WIDTH, bottom + 20, "bytes from the start of the arena", size=11, colour="#777")
    )
    return svg.document(made, title or "tensor arena", width, height, fixed=True)


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


def _boxes(plan: MemoryPlan, bands: _Bands, row_height: float, letters: float, scale: float) -> list[str]:
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
        x, y = NAME_WIDTH + buffer.offset * scale, TOP + top * row_height
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
