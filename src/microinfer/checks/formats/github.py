"""GitHub's workflow commands: each problem becomes an annotation of the pull request, at its model's file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ..check_report import CheckReport
from .grouping import Group, count_words, group, places

__all__ = ["render"]

_LEVELS = {"error": "error", "unknown": "warning", "warning": "warning", "note": "notice"}
_VERDICTS = {"cannot-tell": "cannot tell"}


def render(reports: Sequence[CheckReport]) -> str:
    """A command a line; a line of plain text a check ends it, which the log shows as it is.

    Notes that ask for nothing are left out: GitHub shows ten annotations of a kind and a step.
    """
    return "\n".join(_lines(reports)) + "\n"


def _lines(reports: Sequence[CheckReport]) -> Iterator[str]:
    for report in reports:
        head = f"{report.model} on {report.profile} ({report.library})"
        for one in group(finding for finding in report.findings if not finding.background):
            yield _command(_LEVELS[one.severity], report.path, f"{one.rule}: {head}", _message(one))
        for said in report.open_questions:
            yield _command("warning", report.path, f"cannot tell: {head}", said)
        # a line that starts with a command's colons would be one
        yield _plain(f"{head}: {_VERDICTS.get(report.verdict, report.verdict)}, {count_words(report)}")


def _message(one: Group) -> str:
    first = one.findings[0]
    where = f"{first.place}: " if first.place else ""
    rest = f"\nand {places(one.findings[1:])}" if one.findings[1:] else ""
    return f"{where}{first.cause}{rest}\nDo: {one.remedy}" + "".join(f"\n    {line}" for line in one.lines)


def _command(level: str, path: str, title: str, message: str) -> str:
    # a name of the zoo is no file of the repository
    file = f"file={_property(path)}," if path and Path(path).is_file() else ""
    return f"::{level} {file}title={_property(title)}::{_data(message)}"


def _data(text: str) -> str:
    kept = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
    return kept.replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _plain(text: str) -> str:
    flat = "".join(c if c.isprintable() else " " for c in text)
    return flat.replace("::", ": :").replace("##[", "## [")
