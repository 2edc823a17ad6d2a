"""What `microinfer validate --advise` prints of what was tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..validation.results import Attempt, LayerAdvice
from .console import printable, table

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["advice_parts"]

UNKNOWN = "unknown"


def advice_parts(advice: LayerAdvice) -> list[RenderableType]:
    """A row an attempt, and under them what was changed and where it is."""
    from rich.table import Table
    from rich.text import Text

    before = advice.attempts[0]
    measure = "accuracy" if before.accuracy is not None else "RMSE" if before.rmse is not None else ""
    numbers = tuple(filter(None, (measure, "layer", "output", "cycles", "arena", "file")))
    made = table("tried", *numbers, "", right=numbers)
    notes = Table.grid(padding=(0, 2, 0, 0))
    notes.add_column(no_wrap=True)
    notes.add_column(overflow="fold")
    for row in advice.attempts:
        if row.reason:
            notes.add_row(row.name, printable(f"not tried: {row.reason}"))
            continue
        cells = [_measure(row)] if measure else []
        cells += [_decibels(row.layer_sqnr_db), _decibels(row.output_sqnr_db)]
        cells += [_count(row.cycles), _count(row.arena_bytes), _count(row.file_bytes)]
        made.add_row(row.name, *cells, _remark(row, advice))
        if row.change:
            notes.add_row(row.name, printable(row.change + (f": {row.file}" if row.file else "")))
    head = Text.assemble(
        ("What could help  ", "bold"),
        printable(f"layer {advice.index}, {advice.operator}, whose own noise is the largest"),
    )
    best = (
        f"Best: {advice.best}."
        if advice.best
        else "Nothing that was tried gives better answers on these data."
    )
    return [head, made, notes, best]


def _measure(row: Attempt) -> str:
    if row.accuracy is not None:
        return f"{row.accuracy:.2%}"
    return "" if row.rmse is None else f"{row.rmse:.5g}"


def _decibels(value: float | None) -> str:
    return "" if value is None else f"{value:.1f} dB"


def _count(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"


def _remark(row: Attempt, advice: LayerAdvice) -> str:
    if row.name == advice.best:
        return "<- best"
    return {"no": "does not fit", "perhaps": "perhaps fits", "cannot-tell": "cannot tell"}.get(
        row.verdict or "", ""
    )
