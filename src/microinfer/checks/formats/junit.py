"""JUnit XML: one suite a model and part, one case a rule.

There is no standard; this keeps to what both the schema of Ant's JUnit task (Windy Road) and that of
Jenkins' xUnit plugin allow. An error, and with `strict` a warning, is a failure; what is told and does
not fail stands in system-out; a rule that was disabled is skipped. What is unknown is an error, JUnit's word
for a test that came to no result.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Sequence
from xml.etree import ElementTree

from ..check_report import CheckReport
from ..finding import Finding
from ..rule import rules

__all__ = ["render"]


def render(reports: Sequence[CheckReport]) -> str:
    root = ElementTree.Element("testsuites")
    for number, report in enumerate(reports):
        root.append(_suite(report, number))
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _suite(report: CheckReport, number: int) -> ElementTree.Element:
    names = tuple(rules())
    failing = {"error", "warning"} if report.strict else {"error"}
    by_rule: dict[str, list[Finding]] = {}
    for finding in report.findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    failures = [name for name in names if any(f.severity in failing for f in by_rule.get(name, ()))]
    unknown = [
        name
        for name in names
        if name not in failures and any(f.severity == "unknown" for f in by_rule.get(name, ()))
    ]
    open_questions = [*unknown, *report.open_questions[:1]]
    title = _clean(f"{report.model} on {report.profile} ({report.library})")
    suite = ElementTree.Element(
        "testsuite",
        {
            "name": title,
            "package": "microinfer.checks",
            "id": str(number),
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()),
            "hostname": platform.node().strip() or "localhost",
            "tests": str(len(names) + len(report.open_questions[:1])),
            "failures": str(len(failures)),
            "errors": str(len(open_questions)),
            "skipped": str(len(report.disabled)),
            "time": "0",
        },
    )
    properties = ElementTree.SubElement(suite, "properties")
    for key, value in _properties(report):
        ElementTree.SubElement(properties, "property", {"name": key, "value": _clean(value)})
    told = []
    for name in names:
        case = ElementTree.SubElement(suite, "testcase", {"name": name, "classname": title, "time": "0"})
        found = by_rule.get(name, [])
        text = "\n".join(map(_words, found))
        if name in failures:
            message = _clean(f"{found[0].place}: {found[0].cause}")
            failure = ElementTree.SubElement(case, "failure", {"type": found[0].severity, "message": message})
            failure.text = text
        elif name in unknown:
            message = _clean(f"{found[0].place}: {found[0].cause}")
            error = ElementTree.SubElement(case, "error", {"type": "unknown", "message": message})
            error.text = text
        elif name in report.disabled:
            ElementTree.SubElement(case, "skipped", {"message": "disabled"})
        elif found:
            told.append(text)
    if report.open_questions:
        attributes = {"name": "undecided", "classname": title, "time": "0"}
        case = ElementTree.SubElement(suite, "testcase", attributes)
        message = _clean(report.open_questions[0])
        error = ElementTree.SubElement(case, "error", {"type": "unknown", "message": message})
        error.text = _clean("\n".join(report.open_questions))
    ElementTree.SubElement(suite, "system-out").text = "\n".join(told)
    ElementTree.SubElement(suite, "system-err")
    return suite


def _properties(report: CheckReport) -> list[tuple[str, str]]:
    figures = [
        (f"{found.name}_{found.unit}", f"{found.value:.10g}")
        for found in report.measures
        if found.value is not None
    ]
    return [
        ("model", report.path or report.model),
        ("sha256", report.sha256),
        ("profile", report.profile),
        ("library", report.library),
        ("build", report.build),
        ("verdict", report.verdict),
        *figures,
    ]


def _words(finding: Finding) -> str:
    lines = [f"{finding.severity} {finding.rule}: {finding.place}: {finding.cause}", f"do: {finding.remedy}"]
    return _clean("\n".join([*lines, *(f"    {line}" for line in finding.lines)]))


def _clean(text: str) -> str:
    """Without the characters that XML 1.0 cannot hold."""
    return "".join(
        c if c in "\n\t" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff" else "?"
        for c in text
    )
