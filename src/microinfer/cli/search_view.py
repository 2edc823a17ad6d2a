"""How `microinfer search` shows what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..searches.search_report import say_latency
from ..words.printing import counted, quantity, shortened
from .console import printable, show, table
from .sweep_view import REASON, SINGLE, WORDS

if TYPE_CHECKING:
    from ..searches import SearchReport

__all__ = ["show_search"]


def show_search(report: SearchReport, top: int) -> None:
    """Counts, the front with the best score first, and why others failed."""
    click.echo(f"{counted(report.proposed, 'configuration')} on {printable('; '.join(report.parts))}")
    said = ", ".join(
        f"{count:,} {SINGLE[answer] if count == 1 else WORDS[answer]}"
        for answer, count in report.answers.items()
    )
    click.echo(f"  {said}" + (", and no other was found" if report.exhausted else ""))
    scores = f"{counted(report.scored, 'score')} by {printable(report.score)}: {report.done:,} done now"
    click.echo(f"  {scores}, {report.reused:,} from before, in {printable(report.store)}")
    if report.front and top:
        click.echo("\nNo other is better in score, time, arena and flash")
        powered = any(one.power_w is not None for one in report.front)
        figures = ("score", "one inference", "energy", *(("power",) if powered else ()), "arena", "flash")
        drawn = table("configuration", *figures, right=figures, wrap=("configuration",))
        for one in report.front[:top]:
            energy = "" if one.energy_j is None else quantity(one.energy_j, "J")
            power = ["" if one.power_w is None else quantity(one.power_w, "W")] if powered else []
            sizes = ["" if size is None else f"{size:,}" for size in (one.arena_bytes, one.flash_bytes)]
            drawn.add_row(printable(one.title), f"{one.score:.4g}", say_latency(one), energy, *power, *sizes)
        show(drawn)
        if len(report.front) > top:
            click.echo(f"and {len(report.front) - top:,} more: --top {len(report.front)}")
    if report.errors:
        click.echo("\nFailed")
        for why, count in report.errors.items():
            click.echo(f"  {counted(count, 'configuration')}: {shortened(printable(why), REASON)}")
