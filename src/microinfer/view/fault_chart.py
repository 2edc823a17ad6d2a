"""What flips cost, drawn: by the bit of a number, by operator, by what is struck."""

from __future__ import annotations

from collections.abc import Iterable

from ..injection import FaultReport, Proportion
from ..injection.fault_tables import Loss
from ..injection.report import say_share
from .charts import Bar, Panel, draw_panels

__all__ = ["draw_faults"]


def draw_faults(report: FaultReport) -> str:
    """The share of flips that corrupt silently, with its interval, and what of accuracy they cost, as SVG.

    Raises:
        InputError: nothing was tried.
    """
    weights = [row for row in report.bits if row.kind == "weights"]
    panels = [
        Panel(
            "flips in weights that corrupt silently, by bit (0 the least)",
            tuple(
                _bar(f"bit {row.bit} of {row.item_bits}", row.loss.silent, f"{row.item_bits} bits")
                for row in weights
            ),
        ),
        Panel(
            _title(report, "weights, by bit"),
            _lost((f"bit {row.bit} of {row.item_bits}", row.loss) for row in weights),
        ),
        Panel(
            "flips in flash that corrupt silently, by what is struck",
            tuple(_bar(row.kind, row.loss.silent, "kind") for row in report.kinds if row.loss.trials),
        ),
        Panel(
            "flips of an operator's numbers in flash that corrupt silently",
            tuple(
                _bar(f"{r.index} {r.operator}", r.flash.silent, "flash")
                for r in report.layers
                if r.flash.trials
            ),
        ),
        Panel(
            _title(report, "flash, by operator"),
            _lost((f"{row.index} {row.operator}", row.flash) for row in report.layers if row.flash.trials),
        ),
        Panel(
            "flips in the arena that corrupt silently, by the operator that ran",
            tuple(
                _bar(f"{r.index} {r.operator}", r.arena.silent, "arena")
                for r in report.layers
                if r.arena.trials
            ),
        ),
    ]
    return draw_panels(panels, f"{report.model} on {report.profile}: a bit flips")


def _title(report: FaultReport, where: str) -> str:
    what = "answers that change" if report.accuracy is None else "accuracy that is lost"
    return f"{what} with a flip in {where}, the mean"


def _bar(label: str, found: Proportion, group: str) -> Bar:
    return Bar(label, found.value or 0.0, found.low, found.high, say_share(found), group)


def _lost(rows: Iterable[tuple[str, Loss]]) -> tuple[Bar, ...]:
    made = []
    for label, loss in rows:
        value = loss.accuracy_lost if loss.accuracy_lost is not None else loss.answers_changed
        if value is not None:
            shown = max(0.0, value)
            made.append(Bar(label, shown, shown, shown, f"{100 * value:.2f} %", "lost"))
    return tuple(made)
