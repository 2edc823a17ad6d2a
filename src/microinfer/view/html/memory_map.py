"""The arena over time as boxes: who is where, from which operator to which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ...memory.plan import MemoryPlan, PlannedBuffer
from ...operators.spec import Step
from ...words.dataclass import dataclass
from ..arena import ScopeRow, rows
from .figures import percent, short
from .figures import whole as whole_name

__all__ = ["Box", "Column", "MemoryMap", "map_memory"]

MOST = 400
"""Boxes, columns and rows of a list on a page; of more, the largest are shown and the rest is counted."""
_LABELS = 24
PLOT, NARROW_PLOT, TALL, LETTER, THIN = 920, 270, 340, 6.4, 6
"""Pixels that the map has on a screen and on a phone, its height, a letter's width, and a thin box."""


@dataclass(frozen=True, slots=True)
class Box:
    """A buffer: from column `first` to before column `beyond`, `top` and `height` as CSS has them.

    `label` is what fits into it on a screen, `roomy` that it also does on a phone. `thin`: hardly to be hit
    with a mouse.
    """

    first: int
    beyond: int
    top: str
    height: str
    colour: int | None
    label: str
    roomy: bool
    thin: bool
    tip: str


@dataclass(frozen=True, slots=True)
class Column:
    """Scopes of execution from `first` to before `beyond`, one unless there are very many; of these the one
    with most bytes. `number` is its operator's."""

    first: int
    beyond: int
    number: str
    labelled: bool
    live_bytes: int
    height: str
    peak: bool
    tip: str


@dataclass(frozen=True, slots=True)
class MemoryMap:
    """`edges_even` and `edges_time` are the scopes' borders, 0 to 1, of equal width or by cycles. `more`:
    buffers that are not drawn."""

    boxes: tuple[Box, ...]
    columns: tuple[Column, ...]
    edges_even: tuple[float, ...]
    edges_time: tuple[float, ...]
    ticks: tuple[tuple[str, str], ...]
    tail: tuple[str, str]
    tail_label: str
    summary: str
    listed: tuple[tuple[str, str, int, int, str], ...]
    more: int


def map_memory(
    plan: MemoryPlan,
    steps: Sequence[Step],
    cycles: Sequence[int | None],
    colours: Mapping[str, int],
    arena_bytes: int,
) -> MemoryMap:
    """Lay the plan out for an arena of so many bytes.

    Args:
        cycles: of each operator, None where not known; then there is no layout by time.
    """
    names = [step.name for step in steps]
    drawn = rows(plan, names)
    first = drawn[0].scope if drawn else 1
    last = max((row.scope for row in drawn), default=first)
    whole = max(arena_bytes, plan.head_bytes + plan.tail_bytes, 1)
    most = max((row.live_bytes for row in drawn), default=0)
    step = max(1, -(-len(drawn) // MOST))
    fullest = [
        (start, max(drawn[start : start + step], key=lambda row: row.live_bytes))
        for start in range(0, len(drawn), step)
    ]
    every = max(1, -(-len(fullest) // _LABELS))
    makers = {tensor.index: step.name for step in steps for tensor in step.node.outputs}
    columns = tuple(
        Column(
            first=start,
            beyond=min(start + step, len(drawn)),
            number=str(row.index) if row.index >= 0 else "in",
            labelled=position % every == 0,
            live_bytes=row.live_bytes,
            height=percent(row.live_bytes, most),
            peak=row.live_bytes == most,
            tip=f"{_where(row.index, row.name)}: {row.live_bytes:,} bytes live. "
            + ", ".join(f"{short(b.label)} {b.size:,}" for b in row.alive[:5])
            + (f" and {row.count - 5} more" if row.count > 5 else ""),
        )
        for position, (start, row) in enumerate(fullest)
    )
    largest = sorted(plan.buffers, key=lambda b: -b.size * (b.last - b.first + 1))[:MOST]
    ordered = sorted(largest, key=lambda b: (b.first, b.offset))
    return MemoryMap(
        boxes=tuple(
            _box(buffer, plan.life(buffer), first, last, whole, makers, colours) for buffer in ordered
        ),
        columns=columns,
        edges_even=tuple(position / max(1, len(drawn)) for position in range(len(drawn) + 1)),
        edges_time=_by_time([row.index for row in drawn], cycles),
        ticks=tuple((percent(1 - value / whole), f"{value:,}") for value in _ticks(whole)),
        tail=(percent(whole - arena_bytes, whole), percent(plan.tail_bytes, whole)),
        tail_label=f"tail {plan.tail_bytes:,}" if plan.tail_bytes / whole * TALL >= 20 else "",
        summary=_summary(plan, drawn),
        listed=tuple((short(b.label), whole_name(b.label), b.size, b.offset, plan.life(b)) for b in ordered),
        more=len(plan.buffers) - len(ordered),
    )


def _summary(plan: MemoryPlan, drawn: Sequence[ScopeRow]) -> str:
    """Where most is live, and where the head is highest, which may be elsewhere."""
    if not drawn:
        return "The head of the arena is empty."
    fullest = max(drawn, key=lambda row: row.live_bytes)
    said = f"Most is live at once in {_where(fullest.index, fullest.name)}: {fullest.live_bytes:,} bytes"
    highest = next((row for row in drawn if row.scope == plan.peak_scope), fullest)
    if plan.head_bytes == fullest.live_bytes or highest.index == fullest.index:
        return f"{said}."
    where = _where(highest.index, highest.name)
    return f"{said}; the head reaches {plan.head_bytes:,} in {where}, as buffers cannot move."


def _where(index: int, name: str) -> str:
    return f"operator {index} ({name})" if index >= 0 else "the setting of the inputs"


def _box(
    buffer: PlannedBuffer,
    life: str,
    first: int,
    last: int,
    whole: int,
    makers: Mapping[int, str],
    colours: Mapping[str, int],
) -> Box:
    start, end = max(buffer.first, first), min(max(buffer.last, first), last)
    tall, wide = buffer.size / whole, (end - start + 1) / max(1, last - first + 1)
    if buffer.tensor is None:
        colour, what = None, "scratch"
    else:
        colour, what = colours.get(makers.get(buffer.tensor, ""), 6), short(buffer.label)
    candidates = (f"{buffer.size:,} {what}", f"{buffer.size:,}") if tall * TALL >= 18 else ()
    label = next((words for words in candidates if _width(words) <= wide * PLOT), "")
    return Box(
        first=start - first,
        beyond=end - first + 1,
        top=percent(whole - buffer.offset - buffer.size, whole),
        height=percent(buffer.size, whole),
        colour=colour,
        label=label,
        thin=tall * TALL < THIN,
        roomy=_width(label) <= wide * NARROW_PLOT,
        tip=f"{whole_name(buffer.label)}: {buffer.size:,} bytes at {buffer.offset:,}, {life}",
    )


def _width(words: str) -> float:
    return 10 + LETTER * len(words)


def _by_time(drawn: Sequence[int], cycles: Sequence[int | None]) -> tuple[float, ...]:
    """Borders by cycles; a setting of inputs takes none and gets a sliver.

    Args:
        drawn: the step of each scope, -1 where inputs are set.
    """
    taken = [count for count in cycles if count is not None]
    if not drawn or len(taken) != len(cycles) or not (all_taken := sum(taken)):
        return ()
    visits = Counter(drawn)
    widths = [all_taken / 100 if step < 0 else taken[step] / visits[step] for step in drawn]
    edges, whole = [0.0], sum(widths)
    for width in widths:
        edges.append(edges[-1] + width / whole)
    return tuple(edges)


def _ticks(whole: int) -> range:
    step = 16
    while whole / step > 6:
        step *= 2
    return range(0, whole + 1, step)
