"""Text for a terminal: the verdict first, then figures against limits, problems, and what would fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from textwrap import wrap

from ...libraries.build import build_words
from ...libraries.library import kernel_library
from ...words.builds import builds_note
from ...words.printing import PROVISIONAL, brief_interval
from ...words.quantities import quantity
from ..check_report import CheckReport, Verdict
from ..finding import Finding
from ..limits import Measure
from .grouping import Group, background, count_words, firmware_note, group, merged, places

__all__ = ["render"]

_COLOURS = {
    "error": "31;1",
    "unknown": "35;1",
    "warning": "33",
    "note": "2",
    "yes": "32;1",
    "no": "31;1",
    "perhaps": "33;1",
    "cannot-tell": "35;1",
}
_VERDICTS: dict[Verdict, tuple[str, str]] = {
    "yes": ("Yes", "yes"),
    "perhaps": ("Perhaps", "perhaps"),
    "cannot-tell": ("Cannot tell", "cannot-tell"),
    "no": ("No", "no"),
    "unreadable": ("Unreadable", "no"),
}
_OUTCOMES = {
    "pass": "",
    "open": "",
    "possible": "may exceed",
    "unlikely": "may exceed",
    "fail": "exceeds",
    "unknown": "",
}
_COLUMNS = ("arena", "flash", "latency")
_HEADER = ("", "model", "profile", "kernels", "arena", "flash", "time", "problems")
_BROKEN, _NARROWEST = (1, 2, 7), 8
"""The columns of a table that may go on in a line of their own, and what each keeps of its width."""
_INDENT = 9
_SHORT_GROUP = 2
MANY = 2.0
"""Shares from here on are told as multiples."""


def render(
    reports: Sequence[CheckReport], *, width: int = 100, colour: bool = False, verbose: bool = False
) -> str:
    """One report in full; several as a table, then each problem once.

    Notes that ask for nothing are counted in one line, unless `verbose`.
    """
    paint = _Paint(colour)
    lines = _one(reports[0], width, paint, verbose) if len(reports) == 1 else _many(reports, width, paint)
    return "\n".join(line.rstrip() for line in lines) + "\n"


class _Paint:
    """Colours, or nothing."""

    def __init__(self, colour: bool) -> None:
        self.colour = colour

    def __call__(self, text: str, style: str) -> str:
        return f"\033[{_COLOURS[style]}m{text}\033[0m" if self.colour and text else text


def _printable(text: str) -> str:
    """Without control characters, which a file could use to play with the terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _one(report: CheckReport, width: int, paint: _Paint, verbose: bool) -> Iterator[str]:
    kernels = f"{report.library} at {build_words(report.build)}"
    head = f"{report.model} on {report.profile}: {report.title}, kernels {kernels}"
    yield from wrap(_printable(head), width)
    yield ""
    word, style = _VERDICTS[report.verdict]
    head = f"{word:<{_INDENT - 1}} "
    summary = f"{head}{count_words(report)}{_strict(report)}"
    for number, line in enumerate(wrap(summary, width, subsequent_indent=" " * _INDENT)):
        yield paint(line[: len(head)], style) + line[len(head) :] if not number else line
    for said in report.open_questions:
        yield from wrap(
            _printable(said), width, initial_indent=" " * _INDENT, subsequent_indent=" " * _INDENT
        )
    measures = [shown for found in report.measures if (shown := _measure(found)) is not None]
    if measures:
        yield ""
    for wrong, line in measures:
        for part in wrap(line, width, subsequent_indent=" " * _INDENT):
            yield paint(part, "error" if wrong == _OUTCOMES["fail"] else "warning") if wrong else part
    told = [finding for finding in report.findings if verbose or not finding.background]
    yield from _problems(told, {}, width, paint)
    if not verbose and (quiet := background(report.findings)):
        if not any(finding.severity == "note" for finding in told):
            yield ""
        line = f"{'notes':<{_INDENT}}{quiet}; --verbose tells"
        for part in wrap(line, width, subsequent_indent=" " * _INDENT, break_on_hyphens=False):
            yield paint(part, "note")
    yield from _suggestions(report, width)


def _strict(report: CheckReport) -> str:
    return "; strict: warnings fail" if report.strict and report.count("warning") else ""


def _measure(found: Measure) -> tuple[str, str] | None:
    """(what is wrong or "", the line)."""
    if found.value is None and found.limit is None and not found.low and found.name != "latency":
        return None
    if found.value is None:
        figure = "not known" if not found.low else f"at least {quantity(found.low, found.unit)}"
    else:
        figure = quantity(found.value, found.unit)
        if found.low is not None and found.high is not None:
            ends = quantity(found.low, found.unit), quantity(found.high, found.unit)
            if ends != (figure, figure) and found.unit != "bytes":
                figure += f" ({ends[0]} to {ends[1]})"
            elif found.unit == "bytes" and found.high > found.value:
                figure = figure.removesuffix(" bytes") + f" to {ends[1]}"
    if found.limit is not None:
        if found.unit == "bytes":
            figure = figure.removesuffix(" bytes")
        figure += f" of {quantity(found.limit, found.unit)}{' budget' if found.budget else ''}"
        if found.value is not None and found.limit:
            share = found.value / found.limit
            figure += f", {share:.0%}" if share < MANY else f", {share:,.0f} times"
    counted = f"; {found.counted}" if found.counted else ""
    wrong = _OUTCOMES[found.outcome]
    return wrong, f"{found.name:<{_INDENT - 1}} {figure}{counted}{f'  <- {wrong}' if wrong else ''}"


def _problems(
    findings: Sequence[Finding], parts: dict[Finding, str], width: int, paint: _Paint
) -> Iterator[str]:
    shown_lines: set[tuple[str, ...]] = set()
    previous = ""
    for one in group(findings):
        if one.severity != "note" or previous != "note":
            yield ""
        previous = one.severity
        yield from _group(one, parts, width, paint, shown_lines)


def _group(
    one: Group, parts: dict[Finding, str], width: int, paint: _Paint, shown_lines: set[tuple[str, ...]]
) -> Iterator[str]:
    """Rule, first cause or two, the other places, remedy, lines of Python. A note is one line."""
    pad = " " * _INDENT
    body = max(30, width - _INDENT)
    head = f"{one.severity:<{_INDENT - 1}} {one.rule}"
    alike = len(one.findings) > _SHORT_GROUP
    told = one.findings[: 1 if alike or one.severity == "note" else _SHORT_GROUP]
    yield paint(head, one.severity)
    for finding in told:
        doubt = "" if finding.certain or finding.severity in ("error", "unknown") else "possible: "
        text = _printable(
            f"{parts.get(finding, '')}{finding.place}: {doubt}{finding.cause}".removeprefix(": ")
        )
        yield from (pad + line for line in wrap(text, body, break_on_hyphens=False))
    if rest := one.findings[len(told) :]:
        yield from (pad + line for line in wrap(f"and {places(rest)}", body))
    if one.severity == "note":
        return
    yield from (pad + line for line in wrap(_printable(f"do: {one.remedy}"), body, subsequent_indent="    "))
    if one.lines and one.lines not in shown_lines:
        shown_lines.add(one.lines)
        yield from (f"{pad}    {line}" for line in one.lines)


def _suggestions(report: CheckReport, width: int) -> Iterator[str]:
    if not report.suggestions:
        return
    yield ""
    yield from wrap("What would fit (computed; a changed network must be trained again)", width)
    for found in report.suggestions:
        pad = " " * _INDENT
        yield from wrap(_printable(found.change), width, initial_indent=pad, subsequent_indent=pad + "  ")


def _many(reports: Sequence[CheckReport], width: int, paint: _Paint) -> Iterator[str]:
    rows, widths = _fitted(reports, width)
    yield "  ".join(text.ljust(size) for text, size in zip(_HEADER, widths, strict=True))
    for report, row in zip(reports, rows, strict=True):
        lines = [wrap(text, size, break_on_hyphens=False) for text, size in zip(row, widths, strict=True)]
        for line in zip_longest(*lines, fillvalue=""):
            cells = [text.ljust(size) for text, size in zip(line, widths, strict=True)]
            yield "  ".join([paint(cells[0], _VERDICTS[report.verdict][1]), *cells[1:]])
    yield ""
    if any(found.provisional for report in reports for found in report.measures if found.name in _COLUMNS):
        yield PROVISIONAL
    yield from wrap(
        builds_note((_printable(report.profile), build_words(report.build)) for report in reports), width
    )
    if said := firmware_note(reports):
        yield from wrap(said, width)
    models = dict.fromkeys((report.path, report.model, report.sha256) for report in reports)
    for path, model, sha256 in models:
        mine = [r for r in reports if (r.path, r.model, r.sha256) == (path, model, sha256)]
        found = merged(mine)
        if not found and not any(report.open_questions for report in mine):
            continue
        yield ""
        yield f"== {_printable(model)}"
        parts = {
            finding: f"on {', '.join(names)}: " for finding, names in found.items() if len(names) < len(mine)
        }
        serious = [finding for finding in found if finding.severity != "note"]
        notes = len(found) - len(serious)
        yield from _problems(serious, parts, width, paint)
        if notes:
            yield ""
            yield paint(f"note     {notes} more, told when this model is checked on one part", "note")
        for report in mine:
            for said in report.open_questions:
                yield from wrap(
                    _printable(f"on {report.profile} ({report.library}): {said}"),
                    width,
                    subsequent_indent=" " * _INDENT,
                )
            if report.suggestions:
                yield ""
                yield f"on {report.profile}:"
                yield from list(_suggestions(report, width))[1:]


def _fitted(reports: Sequence[CheckReport], width: int) -> tuple[list[tuple[str, ...]], list[int]]:
    """Rows and the widths of their columns: where they are wider than the terminal, libraries by their short
    names, then times without intervals, which --json and one part alone tell; then names in several lines."""
    rows, widths, excess = [], [], 0
    for short, brief in ((False, False), (True, False), (True, True)):
        rows = [_row(report, short=short, brief=brief) for report in reports]
        widths = [max(len(row[i]) for row in (*rows, _HEADER)) for i in range(len(_HEADER))]
        excess = sum(widths) + 2 * (len(widths) - 1) - width
        if excess <= 0:
            break
    for column in _BROKEN:
        cut = max(0, min(excess, widths[column] - _NARROWEST))
        widths[column] -= cut
        excess -= cut
    return rows, widths


def _row(report: CheckReport, *, short: bool, brief: bool) -> tuple[str, ...]:
    cells = {found.name: found for found in report.measures}

    def cell(name: str) -> str:
        found = cells.get(name)
        if found is None or (found.value is None and not found.low):
            return "?"
        value = found.value if found.value is not None else found.low
        mark = {"fail": " !", "possible": " ?", "unlikely": " ?"}.get(found.outcome, "")
        least = "" if found.value is not None else ">= "
        figure = f"{value:,.0f}" if found.unit == "bytes" else quantity(value or 0, found.unit)
        if found.unit != "bytes" and not brief and None not in (found.value, found.low, found.high):
            figure = brief_interval(found.value or 0, found.low or 0, found.high or 0, found.unit)
        return f"{least}{figure}{'*' * found.provisional}{mark}"

    return (
        _VERDICTS[report.verdict][0],
        _printable(report.model),
        report.profile,
        kernel_library(report.library).short if short else report.library,
        *map(cell, _COLUMNS),
        count_words(report) if report.findings or not brief else "none",
    )
