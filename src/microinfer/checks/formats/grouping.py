"""Findings that say the same of many places, told once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ...words.dataclass import dataclass
from ...words.printing import agreed, counted
from ..check_report import CheckReport
from ..finding import SEVERITIES, Finding, Severity

_OPERATOR = re.compile(r"subgraphs\[\d+\]\.operators\[(\d+)\](?:\.|$)")

__all__ = [
    "Group",
    "background",
    "count_words",
    "firmware_note",
    "group",
    "merged",
    "places",
    "profile_names",
]


@dataclass(frozen=True, slots=True)
class Group:
    """Findings of one rule with one remedy, in the order of their places."""

    rule: str
    severity: Severity
    remedy: str
    lines: tuple[str, ...]
    findings: tuple[Finding, ...]


def group(findings: Iterable[Finding]) -> tuple[Group, ...]:
    """By severity, rule and remedy, in the order of first appearance."""
    found: dict[tuple[Severity, str, tuple[str, ...]], list[Finding]] = {}
    for finding in findings:
        found.setdefault((finding.severity, finding.rule, finding.lines), []).append(finding)
    groups = [
        Group(rule, severity, members[0].remedy, lines, tuple(members))
        for (severity, rule, lines), members in found.items()
    ]
    return tuple(sorted(groups, key=lambda one: SEVERITIES.index(one.severity)))


def merged(reports: Sequence[CheckReport]) -> dict[Finding, tuple[str, ...]]:
    """Findings of one model on several parts: each once, with the parts that have it."""
    found: dict[Finding, list[str]] = {}
    for report in reports:
        for finding in report.findings:
            parts = found.setdefault(finding, [])
            if (name := f"{report.profile} ({report.library})") not in parts:
                parts.append(name)
    return {finding: tuple(parts) for finding, parts in found.items()}


def firmware_note(reports: Sequence[CheckReport]) -> str:
    """What a table's flash leaves out, in words; "" where it is all of it."""
    sizes = [one for report in reports for one in report.measures if one.name == "flash"]
    more = max((int(one.high - one.value) for one in sizes if one.value and one.high), default=0)
    if not more:
        return ""
    return f"flash is the smallest program's; boards' own firmware adds up to {more:,} bytes"


def places(findings: Sequence[Finding], most: int = 8) -> str:
    """The places of findings beyond the first, as short as they are clear: "operators 3, 5, 7 and 9 more"."""
    found = [_OPERATOR.match(finding.place) for finding in findings]
    if any(match is None for match in found):
        return f"{len(findings)} more, to {findings[-1].place}"
    numbers = list(dict.fromkeys(match[1] for match in found if match is not None))
    shown = ", ".join(numbers[:most])
    more = f" and {len(numbers) - most} more" if len(numbers) > most else ""
    return f"operator{'s' if len(numbers) > 1 else ''} {shown}{more}"


def background(findings: Iterable[Finding]) -> str:
    """The notes that ask for nothing, in a few words: "4 ask for nothing: dynamic-batch, file-oddity (3)"."""
    counts: dict[str, int] = {}
    for finding in findings:
        if finding.background:
            counts[finding.rule] = counts.get(finding.rule, 0) + 1
    if not counts:
        return ""
    total = sum(counts.values())
    names = ", ".join(f"{rule} ({count})" if count > 1 else rule for rule, count in sorted(counts.items()))
    return f"{total} {agreed('ask', total)} for nothing: {names}"


def count_words(report: CheckReport) -> str:
    """ "2 errors, 1 warning", or "nothing to mend"."""
    parts = [f"{counted(number, severity)}" for severity in SEVERITIES if (number := report.count(severity))]
    return ", ".join(parts) or "nothing to mend"


def profile_names(reports: Sequence[CheckReport]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(report.profile for report in reports))
