"""What `microinfer compare` shows: parts side by side, and a log beside the predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..comparison.side_by_side import untimed_as
from ..libraries.build import build_words
from ..libraries.library import kernel_library
from ..words.builds import builds_note
from ..words.printing import PROVISIONAL, brief_interval, times_over
from .console import printable, quantity, show, table, width

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from ..comparison.side_by_side import Comparison, ComparisonRow
    from ..timing.energy import Span
    from ..timing.log_comparison import LogComparison, LogVerdict
    from ..timing.total_log import TotalComparison

NARROW = 90
"""Columns below which a table of parts takes two lines a row."""


def show_parts(found: Comparison, *, by_time: bool = False) -> None:
    """In the order asked for, or the fastest first, those of unknown time last."""
    from rich.text import Text

    fastest = min((row.ms.typical for row in found.rows if row.ms is not None), default=0.0)
    made = parts_table(times=True)
    rows = sorted(found.rows, key=_time) if by_time else found.rows
    for row in rows:
        times = "" if row.ms is None or not fastest else f"{row.ms.typical / fastest:.3g}"
        made.add_row(*cells_of(row, times=times))
    notes = [*notes_of(rows), *common_notes(found.rows)]
    show(Text(f"{found.model}: one inference", style="bold"), "", made, "", *notes)


def _time(row: ComparisonRow) -> float:
    return float("inf") if row.ms is None else row.ms.typical


def is_narrow() -> bool:
    """Whether a terminal is too narrow for a column of kernels: they stand below the part then."""
    return width() < NARROW


def parts_table(*first: str, times: bool = False) -> Table:
    """A table of parts side by side, behind columns of the caller's own."""
    kernels = () if is_narrow() else ("kernels",)
    ratio = ("times",) * times
    return table(
        *(*first, "on", *kernels, "one inference", *ratio, "energy", "arena", "flash", "fits"),
        right=("times", "arena", "flash"),
        wrap=("on", "one inference", "energy"),
        whole=("on", "kernels", "fits"),
    )


def cells_of(row: ComparisonRow, *first: str, times: str | None = None) -> list[str | Text]:
    """A row of it."""
    from rich.text import Text

    on, kernels = printable(row.profile), kernel_library(row.library).short
    return [
        *first,
        *((f"{on}\n{kernels}",) if is_narrow() else (on, kernels)),
        untimed_as(row) if row.ms is None else span(row.ms, 1e-3, "s") + _star(row.provisional),
        *(() if times is None else (times,)),
        "" if row.microjoules is None else span(row.microjoules, 1e-6, "J") + _star(row.provisional_energy),
        "unknown" if row.arena_bytes is None else f"{'at least ' * bool(row.unknown)}{row.arena_bytes:,}",
        _flash(row),
        Text(*_FITS[row.verdict]),
    ]


def notes_of(rows: Sequence[ComparisonRow]) -> list[str]:
    """Why rows do not fit, or why nobody can tell."""
    return [
        f"{printable(row.profile)}, {kernel_library(row.library).short}: {printable(_why(row))}"
        for row in rows
        if row.verdict != "yes"
    ]


def common_notes(rows: Sequence[ComparisonRow]) -> list[str]:
    """What stars and signs in the rows mean, and how the firmwares are compiled."""
    notes = []
    if any(row.ms is not None and (row.provisional or row.provisional_energy) for row in rows):
        notes.append(PROVISIONAL)
    if any(row.flash_bytes is None for row in rows):
        notes.append("+ and the code, which is not counted yet")
    notes.append(builds_note((printable(row.profile), build_words(row.build)) for row in rows))
    return notes


_FITS = {
    "yes": ("yes", "green"),
    "perhaps": ("perhaps", "yellow"),
    "cannot-tell": ("?", "magenta"),
    "no": ("no", "bold red"),
}


def _why(row: ComparisonRow) -> str:
    if row.shortfalls:
        return "; ".join(row.shortfalls)
    if row.verdict == "perhaps":
        return f"perhaps: {'; '.join(row.unknown)}"
    if row.arena_bytes is None:
        return f"cannot tell: {'; '.join(row.unknown)}"
    return f"cannot tell without {', '.join(row.unknown)}"


def _flash(row: ComparisonRow) -> str:
    """The smallest program, and what boards' own firmware makes of it at the most."""
    if row.flash_bytes is None:
        return f"{_kilobytes(row.stored_bytes)}+ KB"
    high = row.flash_high_bytes or row.flash_bytes
    ends = _kilobytes(row.flash_bytes), _kilobytes(high)
    return f"{'-'.join(dict.fromkeys(ends))} KB"


def _kilobytes(size_bytes: int) -> str:
    """Three digits, or all before the point."""
    size = size_bytes / 1024
    return f"{size:.3g}" if size < 999.5 else f"{size:,.0f}"


def _star(provisional: bool) -> str:
    return "*" if provisional else ""


def span(figure: Span, factor: float, unit: str) -> str:
    """A figure with its interval, in one unit: '1.33 ms (1.19-1.48)'."""
    return brief_interval(figure.typical * factor, figure.low * factor, figure.high * factor, unit)


def show_total(found: TotalComparison) -> None:
    """A whole inference's time beside what each library takes at each build."""
    from rich.text import Text

    made = table("library", "build", "takes", "the log is", right=("the log is",), wrap=("takes",))
    for row in found.rows:
        ratio = Text(times_over(row.ratio), style="" if row.inside else "yellow")
        made.add_row(row.library, f"-{row.build}", span(row.seconds, 1.0, "s"), ratio)
    many = f", the mean of {found.times}" if found.times > 1 else ""
    head = f"{found.model} on {printable(found.profile)}: {quantity(found.seconds, 's')} an inference{many}"
    show(Text(head, style="bold"), "", made, "", Text(found.sentence, style="bold"))


def show_log(found: LogComparison, expected: str) -> None:
    from rich.text import Text

    short = [
        f"{kernel_library(name).short} -{build}"
        for name, build in zip(found.libraries, found.builds, strict=True)
    ]
    made = table("", "operator", "log", *short, "lies with", right=("", "log"), wrap=tuple(short))
    for row in found.rows:
        where = str(row.positions[0]) if len(row.positions) == 1 else f"{len(row.positions)} of"
        made.add_row(
            where,
            printable(row.operator),
            quantity(row.cycles / found.clock_hz, "s"),
            *(
                span(row.predicted[name], 1 / found.clock_hz, "s") if name in row.predicted else "unknown"
                for name in found.libraries
            ),
            Text(_where(row), style="" if row.inside else "yellow"),
        )
    notes = []
    if found.ticks_per_second != found.clock_hz:
        notes.append(f"the log's ticks are taken as {found.ticks_per_second:,.0f} a second")
    if found.unpriced:
        notes.append(f"without a price, and left out: {', '.join(found.unpriced)}")
    notes += _remedy(found, expected)
    head = f"{found.model} on {printable(found.profile)}: the log beside what each kernel library takes"
    told = Text(found.sentence, style="bold")
    show(Text(head, style="bold"), "", made, "", _fits(found), "", told, *notes)


def _fits(found: LogComparison) -> Table:
    """What the log may be of, and the nearest build of each other library."""
    made = table("library", "build", "the log is", "inside", "fits", right=("the log is", "inside"))
    seen = {one.library for one in found.fits if one.likely}
    for one in found.fits:
        if one.likely or one.library not in seen:
            seen.add(one.library)
            inside, fits = f"{one.inside} of {one.operators}", "yes" if one.likely else "no"
            made.add_row(one.library, f"-{one.build}", times_over(one.ratio), inside, fits)
    return made


def _where(row: LogVerdict) -> str:
    if len(row.inside) > 1:
        return "both" if len(row.inside) == 2 else "several"
    if row.inside:
        return kernel_library(row.inside[0]).short
    ratio = row.cycles / max(row.predicted[row.nearest].typical, 1.0)
    return f"neither; {ratio:.3g} x {kernel_library(row.nearest).short}"


def _remedy(found: LogComparison, expected: str) -> list[str]:
    library = kernel_library(expected)
    if found.strange is not None or found.linked is None:
        return []
    told = []
    if kernel_library(found.linked).tables != expected:
        told += [library.to_link] * bool(library.to_link)
    elif found.others:
        told += [library.sources] * bool(library.sources)
    if found.asserts:
        told.append("Asserts are on: compile with -DNDEBUG, or BUILD_TYPE=release in TFLM's make")
    return told
