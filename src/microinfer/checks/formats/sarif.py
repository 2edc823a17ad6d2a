"""SARIF 2.1.0: findings as a code-scanning service shows them, at the model's file.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...words.version import __version__
from ..check_report import CheckReport
from ..finding import Finding
from ..rule import Rule, rules

__all__ = ["render"]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "microinferFinding/v1"
_LEVELS = {"unknown": "warning"}
"""SARIF has no level for what nobody knows; the property "unknown" says it."""


def render(reports: Sequence[CheckReport]) -> str:
    return json.dumps(_log(reports), indent=2, allow_nan=False)


def _log(reports: Sequence[CheckReport]) -> dict[str, Any]:
    found = {finding.rule for report in reports for finding in report.findings}
    used = [rule for name, rule in rules().items() if name in found]
    index = {rule.name: position for position, rule in enumerate(used)}
    paths = list(dict.fromkeys(_uri(report) for report in reports))
    readable = all(report.verdict != "unreadable" for report in reports)
    return {
        "version": "2.1.0",
        "$schema": SCHEMA,
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "microinfer",
                        "version": __version__,
                        "semanticVersion": __version__,
                        "rules": [_descriptor(rule) for rule in used],
                    }
                },
                "invocations": [{"executionSuccessful": readable, **_open_questions(reports)}],
                "artifacts": [_artifact(uri, reports) for uri in paths],
                "results": [
                    _result(finding, report, index, paths)
                    for report in reports
                    for finding in report.findings
                ],
                "columnKind": "unicodeCodePoints",
            }
        ],
    }


def _head(report: CheckReport) -> str:
    return f"{report.model} on {report.profile} ({report.library})"


def _open_questions(reports: Sequence[CheckReport]) -> dict[str, Any]:
    """Why nobody can tell, where no finding says it: SARIF's notifications, if there is any."""
    said = [f"{_head(report)}: cannot tell: {said}" for report in reports for said in report.open_questions]
    notes = [{"level": "warning", "message": {"text": text}} for text in said]
    return {"toolExecutionNotifications": notes} if notes else {}


def _descriptor(rule: Rule) -> dict[str, Any]:
    about = f"{rule.title}. {rule.about}".strip()
    return {
        "id": rule.name,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": f"{rule.title}."},
        "fullDescription": {"text": about},
        "help": {"text": about},
        "defaultConfiguration": {"level": _LEVELS.get(rule.severity, rule.severity)},
        "properties": {"tags": ["microinfer", "tinyml"]},
    }


def _uri(report: CheckReport) -> str:
    """The model's path as a URI reference, relative where it is; a model in memory has its digest."""
    if not report.path:
        return f"microinfer:{report.sha256 or 'model'}"
    path = Path(report.path)
    try:
        return path.as_uri() if path.is_absolute() else quote(path.as_posix())
    except ValueError:
        return quote(path.as_posix())


def _artifact(uri: str, reports: Sequence[CheckReport]) -> dict[str, Any]:
    report = next(report for report in reports if _uri(report) == uri)
    made: dict[str, Any] = {"location": {"uri": uri}, "roles": ["analysisTarget"]}
    if report.sha256:
        made["length"] = report.bytes
        made["hashes"] = {"sha-256": report.sha256}
    return made


def _result(finding: Finding, report: CheckReport, index: dict[str, int], paths: list[str]) -> dict[str, Any]:
    lines = "".join(f"\n    {line}" for line in finding.lines)
    uri = _uri(report)
    on = f"{report.profile} ({report.library})"
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": uri, "index": paths.index(uri)},
            "region": {"startLine": 1},
        }
    }
    if finding.place:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.place, "kind": "element"}]
    where = f"{finding.place}: " if finding.place else ""
    return {
        "ruleId": finding.rule,
        "ruleIndex": index[finding.rule],
        "level": _LEVELS.get(finding.severity, finding.severity),
        "message": {"text": f"{report.model} on {on}: {where}{finding.cause}\nDo: {finding.remedy}{lines}"},
        "locations": [location],
        "partialFingerprints": {FINGERPRINT: _fingerprint(finding, report, uri)},
        "properties": {
            "profile": report.profile,
            "library": report.library,
            "build": report.build,
            "certain": finding.certain,
            "unknown": finding.severity == "unknown",
            "verdict": report.verdict,
        },
    }


def _fingerprint(finding: Finding, report: CheckReport, uri: str) -> str:
    """The same for the same problem of a model that was trained again: without figures or digests."""
    parts = (uri, report.profile, report.library, finding.rule, finding.place)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]
