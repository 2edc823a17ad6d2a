"""What `microinfer faults` shows in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..view.fault_figures import head_of, tables_of
from .console import printable, show, table

if TYPE_CHECKING:
    from ..injection import FaultReport

__all__ = ["show_faults"]


def show_faults(report: FaultReport, build: str, *, default_profile: bool) -> None:
    """How flips end, what they cost by kind, bit and operator, what protects, and what to expect."""
    for line in head_of(report, build, " (the default)" if default_profile else ""):
        click.echo(line)
    for one in tables_of(report):
        click.echo(f"\n{one.title}")
        drawn = table(*one.head, right=tuple(name for name in one.head if name not in one.words))
        for row in one.rows:
            drawn.add_row(*row)
        show(drawn)
        for note in one.notes:
            click.echo(f"  {note}")
    for said in report.warnings:
        click.echo(f"\nwarning: {printable(said)}")
