"""The same run on other parts and boards, and with this part's other kernel libraries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log10

from ...deploy.deployment import Deployment
from ...deploy.verdict import Holds
from ...parts.profile import Profile
from ...words.dataclass import dataclass, replace
from .figures import interval, percent, quantity

__all__ = ["PartRow", "PartsSection", "parts_section"]

MOST_REASONS = 8


@dataclass(frozen=True, slots=True)
class PartRow:
    """One row. `start`, `width` and `dot` lay the time's interval on the axis, "" where it is not known. An
    asterisk at a time or an energy stands for provisional."""

    profile: str
    title: str
    library: str
    here: bool
    verdict: Holds
    why: str
    arena: str
    time: str
    times: str
    energy: str
    start: str
    width: str
    dot: str


@dataclass(frozen=True, slots=True)
class PartsSection:
    """Rows by time, those that are not known last; `ticks` are (place, label) of the axis."""

    rows: tuple[PartRow, ...]
    ticks: tuple[tuple[str, str], ...]

    @property
    def provisional(self) -> bool:
        """Whether any figure is."""
        return any("*" in row.time + row.energy for row in self.rows)


def parts_section(here: Deployment, others: Iterable[Profile]) -> PartsSection:
    """The model on this part with all its libraries, and on others with their own.

    Args:
        here: the report's own.
    """
    part, library = here.profile, here.library
    pairs = [(part, name) for name in part.libraries if name != library]
    made = [_row(here, here=True), *(_row(here.on(*pair), here=False) for pair in pairs)]
    made += [_row(here.on(other, other.library), here=False) for other in others if other.name != part.name]
    known = [span for _, span in made if span is not None]
    low, high = _decades([value for span in known for value in span])
    rows = [_placed(row, span, low, high) for row, span in sorted(made, key=_order)]
    ticks = tuple(
        (percent(decade - low, high - low), quantity(10.0**decade, "s"))
        for decade in range(low, high + 1)
        if known
    )
    return PartsSection(tuple(rows), ticks)


def _order(item: tuple[PartRow, tuple[float, float, float] | None]) -> tuple[bool, float, str]:
    row, span = item
    return span is None, span[1] if span is not None else 0.0, row.profile


def _row(found: Deployment, *, here: bool) -> tuple[PartRow, tuple[float, float, float] | None]:
    memory, seconds, energy = found.memory, found.seconds, found.energy
    if found.trouble or memory is None:
        return _unknown(found, here, found.trouble), None
    least = memory.min_arena_bytes
    row = PartRow(
        profile=found.profile.name,
        title=found.profile.title,
        library=found.library,
        here=here,
        verdict=memory.verdict,
        why=_said(memory.shortfalls or memory.doubts),
        arena=f"{'≥ ' * bool(found.plan.unknown)}{least:,}",
        time="not known" if seconds is None else quantity(seconds.typical, "s") + "*" * found.provisional,
        times="" if seconds is None else interval(seconds.low, seconds.high, "s"),
        energy=""
        if energy is None
        else quantity(energy.microjoules.typical * 1e-6, "J") + "*" * energy.provisional,
        start="",
        width="",
        dot="",
    )
    return row, None if seconds is None else (seconds.low, seconds.typical, seconds.high)


def _said(reasons: Sequence[str]) -> str:
    """The first reasons, which a small window holds, and how many more there are."""
    more = len(reasons) - MOST_REASONS
    return "; ".join(reasons[:MOST_REASONS]) + (f"; and {more:,} more" if more > 0 else "")


def _unknown(found: Deployment, here: bool, why: str) -> PartRow:
    """A part that cannot be planned or priced."""
    nothing = {"times": "", "energy": "", "start": "", "width": "", "dot": ""}
    return PartRow(
        found.profile.name,
        found.profile.title,
        found.library,
        here,
        "cannot-tell",
        why,
        "not known",
        "not known",
        **nothing,
    )


def _decades(values: Sequence[float]) -> tuple[int, int]:
    positive = [value for value in values if value > 0]
    if not positive:
        return 0, 1
    low, high = int(log10(min(positive)) // 1), int(-(-log10(max(positive)) // 1))
    return low, max(high, low + 1)


def _placed(row: PartRow, span: tuple[float, float, float] | None, low: int, high: int) -> PartRow:
    if span is None or min(span) <= 0:
        return row
    start, dot, end = ((log10(value) - low) / (high - low) for value in span)
    return replace(row, start=percent(start), width=percent(max(end - start, 0.004)), dot=percent(dot))
