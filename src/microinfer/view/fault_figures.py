"""A campaign of flips as tables of words, for a terminal and for a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..injection import FaultReport, Lifetime, Protection
from ..injection.fault_tables import BitRow, Loss
from ..injection.report import say_share
from ..libraries.build import build_words
from ..words.dataclass import dataclass
from ..words.printing import counted, duration, printable

__all__ = ["FaultTable", "head_of", "tables_of"]

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


@dataclass(frozen=True, slots=True)
class FaultTable:
    """`words` are the columns of `head` that hold words: the others hold numbers. `notes` stand below."""

    title: str
    head: tuple[str, ...]
    words: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def head_of(report: FaultReport, build: str, note: str = "") -> tuple[str, str]:
    """What was struck, and what was asked of it; `note` stands behind the part."""
    accuracy = "" if report.accuracy is None else f", {report.accuracy:.1%} right without a flip"
    return (
        f"{printable(report.model)} on {printable(report.profile)}{note}, {report.library} kernels at "
        f"{build_words(build)}, {report.release}",
        f"{counted(report.samples, 'sample')} of {printable(report.data)}{accuracy}",
    )


def tables_of(report: FaultReport) -> Iterator[FaultTable]:
    """How flips end, what they cost by kind, bit and operator, what protects, and what to expect."""
    yield _outcomes(report)
    if report.kinds:
        yield _kinds(report)
    if any(row.kind == "weights" for row in report.bits):
        yield _bits(report)
    yield _layers(report)
    if report.protections:
        yield _protections(report)
    if report.lifetime is not None:
        yield _lifetime(report.lifetime)


def _outcomes(report: FaultReport) -> FaultTable:
    rows = [
        ("bits", *(f"{row.bits:,}" for row in report.memories)),
        ("flips tried", *(f"{row.trials:,}" + " (all)" * row.whole for row in report.memories)),
    ]
    for outcome, words in OUTCOMES.items():
        counts = [row.outcomes[outcome] for row in report.memories]
        if any(counts) or outcome == "silent":
            rows.append((words, *(f"{count:,}" for count in counts)))
    rows.append(("silently corrupt", *(say_share(row.silent) for row in report.memories)))
    head = ("", *(row.memory for row in report.memories))
    return FaultTable("How flips end", head, ("",), tuple(rows))


def _kinds(report: FaultReport) -> FaultTable:
    rows = tuple(
        (row.kind, f"{row.bits:,}", f"{row.loss.trials:,}", say_share(row.loss.silent), *_losses(row.loss))
        for row in report.kinds
    )
    head = ("", "bits", "flips", "silently corrupt", _lost(report), "worst")
    return FaultTable("In flash, by what is struck", head, ("",), rows)


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


def _bits(report: FaultReport) -> FaultTable:
    """Of weights alone: of other numbers there are few flips a bit."""
    weights = [row for row in report.bits if row.kind == "weights"]
    rows = tuple(
        (f"{name}{row.bit}", f"{row.loss.trials:,}", say_share(row.loss.silent), *_losses(row.loss))
        for name, group in _grouped(weights)
        for row in group
    )
    head = ("bit", "flips", "silently corrupt", _lost(report), "worst")
    return FaultTable("In weights, by the bit of the number (0 the least)", head, (), rows)


def _grouped(rows: Sequence[BitRow]) -> list[tuple[str, list[BitRow]]]:
    widths = sorted({row.item_bits for row in rows})
    return [
        (f"{width}-bit " if len(widths) > 1 else "", [row for row in rows if row.item_bits == width])
        for width in widths
    ]


def _layers(report: FaultReport) -> FaultTable:
    rows = []
    for row in report.layers:
        flash, arena = (say_share(one.silent) if one.trials else "" for one in (row.flash, row.arena))
        rows.append((str(row.index), row.operator, f"{row.bits:,}", flash, *_losses(row.flash), arena))
    head = ("", "operator", "bits", "in flash", _lost(report), "worst", "in the arena")
    title = "By operator: flips of its numbers in flash, and of the arena while it ran"
    return FaultTable(title, head, ("operator",), tuple(rows))


def _protections(report: FaultReport) -> FaultTable:
    rows = []
    for memory in ("flash", "arena"):
        for row in [one for one in report.protections if one.memory == memory][:PROTECTIONS]:
            sizes = (row.flash_bytes, "flash"), (row.ram_bytes, "RAM")
            taken = " + ".join(f"{size:,} {kind}" for size, kind in sizes if size)
            reads = f"{row.checked_bytes:,} bytes" if row.checked_bytes else ""
            rows.append((printable(row.name), memory, say_share(row.noticed), reads, taken, _cycles(row)))
    head = ("", "in", "noticed", "reads", "takes", "cycles")
    return FaultTable("What would have noticed the silent ones", head, ("", "in"), tuple(rows))


def _cycles(row: Protection) -> str:
    if row.cycles is None:
        return "unknown" if row.cycles_low is None else f"{row.cycles_low:,} or more"
    share = "" if row.share_of_inference is None else f" ({row.share_of_inference:.1%})"
    return f"{row.cycles:,}{share}"


def _lifetime(life: Lifetime) -> FaultTable:
    rows = []
    for row in life.memories:
        silent = "unknown" if row.silent is None else _expected(row.silent, row.silent_low, row.silent_high)
        untried = f"{row.untried_flips:.3g} in {row.untried_bits:,} bits"
        rows.append((row.memory, f"{row.bits:,}", f"{row.flips:.3g}", silent, untried))
    low, high = (f"{100 * one:.3g} %" for one in (life.at_least_one_low, life.at_least_one_high))
    notes = [f"a silent corruption in that time: {low} to {high} of such devices"]
    ends = life.hours_to_first_low, life.hours_to_first_high
    if ends[0] is not None:
        last = "nobody can tell" if ends[1] is None else duration(ends[1])
        notes.append(f"mean time to the first: {duration(ends[0])} to {last}")
    title = f"In {duration(life.hours)} at {life.rate}"
    head = ("", "bits", "flips", "silently corrupt", "not tried")
    return FaultTable(title, head, ("",), tuple(rows), tuple(notes))


def _expected(value: float, low: float, high: float) -> str:
    return f"{value:.3g} ({low:.3g}-{high:.3g})"
