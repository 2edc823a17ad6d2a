"""Markdown, for the summary page of a CI run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...libraries.build import build_words
from ...words.builds import builds_note
from ...words.printing import PROVISIONAL, brief_interval
from ...words.quantities import quantity
from ..check_report import CheckReport
from ..limits import Measure
from .grouping import background, count_words, firmware_note, group, places

__all__ = ["render"]

_MARKS = {
    "yes": "✅ yes",
    "perhaps": "⚠️ perhaps",
    "cannot-tell": "❓ cannot tell",
    "no": "❌ no",
    "unreadable": "❌ unreadable",
}
_SEVERITIES = {"error": "❌ error", "unknown": "❓ unknown", "warning": "⚠️ warning", "note": "ℹ️ note"}


def render(reports: Sequence[CheckReport]) -> str:
    return "\n".join(_lines(reports)) + "\n"


def _lines(reports: Sequence[CheckReport]) -> Iterator[str]:
    yield "## microinfer check"
    yield ""
    yield "| | model | part | kernels | arena | flash | time | energy |"
    yield "| --- | --- | --- | --- | ---: | ---: | ---: | ---: |"
    for report in reports:
        cells = {found.name: _cell(found) for found in report.measures}
        figures = " | ".join(cells.get(name, "?") for name in ("arena", "flash", "latency", "energy"))
        yield (
            f"| {_MARKS[report.verdict]} | {_text(report.model)} | {_text(report.profile)} "
            f"| {_text(report.library)} | {figures} |"
        )
    shown = ("arena", "flash", "latency", "energy")
    if any(found.provisional for report in reports for found in report.measures if found.name in shown):
        yield ""
        yield f"\\{PROVISIONAL}"
    yield ""
    yield _text(builds_note((report.profile, build_words(report.build)) for report in reports))
    if said := firmware_note(reports):
        yield ""
        yield said
    for report in reports:
        if report.findings or report.suggestions or report.open_questions:
            yield from _details(report)


def _details(report: CheckReport) -> Iterator[str]:
    yield ""
    yield f"### {_text(report.model)} on {_text(report.profile)}: {count_words(report)}"
    if report.open_questions:
        yield ""
        yield from (f"- ❓ {_text(said)}" for said in report.open_questions)
    for one in group(finding for finding in report.findings if not finding.background):
        yield ""
        first = one.findings[0]
        where = f" {_code(first.place)}:" if first.place else ""
        yield f"- {_SEVERITIES[one.severity]} **{one.rule}**{where} {_text(first.cause)}"
        if rest := one.findings[1:]:
            yield f"  <br>and {_text(places(rest))}"
        yield f"  <br>*do:* {_text(one.remedy)}"
        if one.lines:
            yield ""
            yield "  ```python"
            yield from (f"  {line}" for line in one.lines)
            yield "  ```"
    if quiet := background(report.findings):
        yield ""
        yield f"- {_SEVERITIES['note']}s: {_text(quiet)}"
    if report.suggestions:
        yield ""
        yield "What would fit (computed; a changed network must be trained again):"
        yield ""
        yield from (f"- {_text(found.change)}" for found in report.suggestions)


def _cell(found: Measure) -> str:
    if found.value is None:
        return "?" if not found.low else f"≥ {quantity(found.low, found.unit)}"
    figure = quantity(found.value, found.unit)
    if found.unit != "bytes" and found.low is not None and found.high is not None:
        figure = brief_interval(found.value, found.low, found.high, found.unit)
    figure += "\\*" * found.provisional
    if found.limit is not None:
        figure += f" of {quantity(found.limit, found.unit)}"
    return f"**{figure}**" if found.outcome == "fail" else figure


def _text(text: str) -> str:
    """Names and messages as they are: nothing in them is markup, and a line stays a line."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    for character in "\\`*_{}[]<>#|~":
        plain = plain.replace(character, f"\\{character}")
    return plain


def _code(text: str) -> str:
    return f"`{''.join(c if c.isprintable() and c not in '`|' else ' ' for c in text)}`"
