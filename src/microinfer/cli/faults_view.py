"""What `microinfer faults` shows in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from ..injection.report import say_share
from ..libraries.build import build_words
from ..words.printing import counted
from .battery_view import duration
from .console import printable, show, table

if TYPE_CHECKING:
    from ..injection import FaultReport, Lifetime, Protection
    from ..injection.fault_tables import BitRow, Loss

__all__ = ["show_faults"]

OUTCOMES = {
    "masked": "masked",
    "benign": "bits changed, no answer",
    "silent": "silently corrupt",
    "refused": "refused at the start",
    "stopped": "ended with an error",
    "endless": "did not end",
    "cannot-tell": "cannot be told",
}
PROTECTIONS = 6
"""Of each memory."""


def show_faults(report: FaultReport, build: str, *, default_profile: bool) -> None:
    """How flips end, what they cost by kind, bit and operator, what protects, and what to expect."""
    part = printable(report.profile) + (" (the default)" if default_profile else "")
    kernels = f"{report.library} kernels at {build_words(build)}"
    click.echo(f"{printable(report.model)} on {part}, {kernels}, {report.release}")
    accuracy = "" if report.accuracy is None else f", {report.accuracy:.1%} right without a flip"
    click.echo(f"{counted(report.samples, 'sample')} of {printable(report.data)}{accuracy}")
    _outcomes(report)
    if report.kinds:
        _kinds(report)
    if report.bits:
        _bits(report)
    _layers(report)
    if report.protections:
        _protections(report)
    if report.lifetime is not None:
        _lifetime(report.lifetime)
    for said in report.warnings:
        click.echo(f"\nwarning: {printable(said)}")


def _outcomes(report: FaultReport) -> None:
    click.echo("\nHow flips end")
    names = tuple(row.memory for row in report.memories)
    drawn = table("", *names, right=names)
    drawn.add_row("bits", *(f"{row.bits:,}" for row in report.memories))
    drawn.add_row("flips tried", *(f"{row.trials:,}" + " (all)" * row.whole for row in report.memories))
    for outcome, words in OUTCOMES.items():
        counts = [row.outcomes[outcome] for row in report.memories]
        if any(counts) or outcome == "silent":
            drawn.add_row(words, *(f"{count:,}" for count in counts))
    drawn.add_row("silently corrupt", *(say_share(row.silent) for row in report.memories))
    show(drawn)


def _kinds(report: FaultReport) -> None:
    lost = _lost(report)
    click.echo("\nIn flash, by what is struck")
    figures = ("bits", "flips", "silently corrupt", lost, "worst")
    drawn = table("", *figures, right=figures)
    for row in report.kinds:
        cells = say_share(row.loss.silent), *_losses(row.loss)
        drawn.add_row(row.kind, f"{row.bits:,}", f"{row.loss.trials:,}", *cells)
    show(drawn)


def _lost(report: FaultReport) -> str:
    return "answers changed" if report.accuracy is None else "accuracy lost"


def _losses(loss: Loss) -> tuple[str, str]:
    """The mean and the worst of a flip, of accuracy or else of answers."""
    found = (loss.accuracy_lost, loss.worst_accuracy_lost)
    if found[0] is None:
        found = (loss.answers_changed, loss.worst_answers_changed)
    return _share(found[0]), _share(found[1])


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.2f} %".replace("-0.00", "0.00")


def _bits(report: FaultReport) -> None:
    """Of weights alone: of other numbers there are few flips a bit."""
    rows = [row for row in report.bits if row.kind == "weights"]
    if not rows:
        return
    click.echo("\nIn weights, by the bit of the number (0 the least)")
    figures = ("flips", "silently corrupt", _lost(report), "worst")
    drawn = table("bit", *figures, right=("bit", *figures))
    for name, group in _grouped(rows):
        for row in group:
            cells = say_share(row.loss.silent), *_losses(row.loss)
            drawn.add_row(f"{name}{row.bit}", f"{row.loss.trials:,}", *cells)
    show(drawn)


def _grouped(rows: Sequence[BitRow]) -> list[tuple[str, list[BitRow]]]:
    widths = sorted({row.item_bits for row in rows})
    return [
        (f"{width}-bit " if len(widths) > 1 else "", [row for row in rows if row.item_bits == width])
        for width in widths
    ]


def _layers(report: FaultReport) -> None:
    click.echo("\nBy operator: flips of its numbers in flash, and of the arena while it ran")
    figures = ("bits", "in flash", _lost(report), "worst", "in the arena")
    drawn = table("", "operator", *figures, right=("", *figures))
    for row in report.layers:
        flash, arena = (say_share(one.silent) if one.trials else "" for one in (row.flash, row.arena))
        cells = flash, *_losses(row.flash), arena
        drawn.add_row(str(row.index), row.operator, f"{row.bits:,}", *cells)
    show(drawn)


def _protections(report: FaultReport) -> None:
    click.echo("\nWhat would have noticed the silent ones")
    figures = ("noticed", "reads", "takes", "cycles")
    drawn = table("", "in", *figures, right=figures)
    for memory in ("flash", "arena"):
        for row in [one for one in report.protections if one.memory == memory][:PROTECTIONS]:
            taken = " + ".join(
                f"{size:,} {kind}"
                for size, kind in ((row.flash_bytes, "flash"), (row.ram_bytes, "RAM"))
                if size
            )
            reads = f"{row.checked_bytes:,} bytes" if row.checked_bytes else ""
            drawn.add_row(printable(row.name), memory, say_share(row.noticed), reads, taken, _cycles(row))
    show(drawn)


def _cycles(row: Protection) -> str:
    if row.cycles is None:
        return "unknown" if row.cycles_low is None else f"{row.cycles_low:,} or more"
    share = "" if row.share_of_inference is None else f" ({row.share_of_inference:.1%})"
    return f"{row.cycles:,}{share}"


def _lifetime(life: Lifetime) -> None:
    click.echo(f"\nIn {duration(life.hours)} at {life.rate}")
    figures = ("bits", "flips", "silently corrupt", "not tried")
    drawn = table("", *figures, right=figures)
    for row in life.memories:
        silent = "unknown" if row.silent is None else _expected(row.silent, row.silent_low, row.silent_high)
        untried = f"{row.untried_flips:.3g} in {row.untried_bits:,} bits"
        drawn.add_row(row.memory, f"{row.bits:,}", f"{row.flips:.3g}", silent, untried)
    show(drawn)
    low, high = (f"{100 * one:.3g} %" for one in (life.at_least_one_low, life.at_least_one_high))
    click.echo(f"  a silent corruption in that time: {low} to {high} of such devices")
    ends = life.hours_to_first_low, life.hours_to_first_high
    if ends[0] is not None:
        last = "nobody can tell" if ends[1] is None else duration(ends[1])
        click.echo(f"  mean time to the first: {duration(ends[0])} to {last}")


def _expected(value: float, low: float, high: float) -> str:
    return f"{value:.3g} ({low:.3g}-{high:.3g})"
