"""How `microinfer sweep` shows what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..libraries.build import build_words
from ..sweeps.summary import say_energy, say_time
from ..words.printing import counted, shortened
from .console import printable, show, table

if TYPE_CHECKING:
    from ..sweeps import SweepReport

__all__ = ["show_sweep"]

WORDS = {
    "yes": "keep to the budgets",
    "perhaps": "perhaps",
    "cannot-tell": "cannot be told",
    "no": "do not",
    "error": "failed",
}
SINGLE = {**WORDS, "yes": "keeps to the budgets", "no": "does not"}
REASON = 160


def show_sweep(report: SweepReport) -> None:
    """Counts, the best rows, and why others failed."""
    models, settings = counted(report.models, "model"), counted(report.settings, "setting")
    click.echo(f"{counted(report.rows, 'row')}: {models}, {settings} each")
    said = ", ".join(
        f"{count:,} {SINGLE[answer] if count == 1 else WORDS[answer]}"
        for answer, count in report.answers.items()
    )
    click.echo(f"  {said}")
    click.echo(f"  {report.done:,} done now, {report.reused:,} from before, in {printable(report.store)}")
    if report.best:
        click.echo(f"\nThe best by {report.by}")
        scored = any(one.row.metric for one in report.best)
        extra = ("score",) if scored else ()
        wide = len({one.row.build for one in report.best}) > 1
        columns = ("model", "on", "kernels", *(("build",) if wide else ()), *extra)
        figures = ("one inference", "energy", "arena", "flash")
        drawn = table(*columns, *figures, "good", right=(*figures, "score"), wrap=("model",))
        for one in report.best:
            row = one.row
            score = "" if row.score is None else f"{row.score:.4g}"
            cells = [printable(one.model), printable(row.part), row.library]
            cells += [row.build] if wide else []
            cells += [score] if scored else []
            arena, flash = (_bytes(size) for size in (row.arena_bytes, row.flash_bytes))
            drawn.add_row(*cells, say_time(row), say_energy(row), arena, flash, one.answer)
        show(drawn)
        if not wide:
            click.echo(f"compiled at {build_words(report.best[0].row.build)}")
    if report.errors:
        click.echo("\nFailed")
        for why, count in report.errors.items():
            click.echo(f"  {counted(count, 'row')}: {shortened(printable(why), REASON)}")


def _bytes(size: int | None) -> str:
    return "" if size is None else f"{size:,}"
