"""The arena over time as plain text, or text with ANSI colours: rows are scopes of execution (operators),
columns are bytes. `arena_picture` draws the same as a picture.
"""

from __future__ import annotations

import string
import textwrap
from collections.abc import Sequence

from ..memory.plan import MemoryPlan, PlannedBuffer
from ..words.dataclass import dataclass
from ..words.printing import brief, printable

__all__ = ["ScopeRow", "draw_terminal", "fullest_of", "gaps_of", "rows", "summary_of"]

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


def summary_of(plan: MemoryPlan) -> str:
    """What the arena adds up to."""
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


def fullest_of(drawn: Sequence[ScopeRow]) -> ScopeRow:
    """The first of those with most bytes alive, which need not be where the head is highest."""
    return max(drawn, key=lambda row: row.live_bytes)


def gaps_of(plan: MemoryPlan, drawn: Sequence[ScopeRow]) -> str:
    """How far the head is from what its fullest operator needs at least."""
    fullest = fullest_of(drawn)
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
    fullest = fullest_of(drawn)
    peak_bytes = max((row.live_bytes for row in drawn if row.scope == plan.peak_scope), default=0)
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
        if not peak and row is fullest and row.live_bytes > peak_bytes:
            peak = "  <- most"
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
    for text in (summary_of(plan), *whole, gaps_of(plan, drawn)):
        lines += textwrap.wrap(text, width)
    return "\n".join(lines)
