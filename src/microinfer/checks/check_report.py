"""The outcome of a check: one model on one part with one kernel library."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, TypeAlias

from ..libraries.build import build_words
from ..words.dataclass import dataclass
from ..words.quantities import quantity
from ..words.result import Result, Summary
from .finding import SEVERITIES, Finding, Severity
from .limits import Measure

__all__ = ["SCHEMA", "CheckReport", "Kind", "Suggestion", "Verdict", "to_document"]

SCHEMA = "microinfer.check/1"
Verdict: TypeAlias = Literal["yes", "perhaps", "cannot-tell", "no", "unreadable"]
"""perhaps: no error, but something that is possible was found. cannot-tell: no error, but something that
decides whether it runs or fits is not known. unreadable: no model could be read."""
Kind: TypeAlias = Literal["input", "width", "both", "layer", "library"]
"""What a suggestion changes."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One change and what comes of it. `change` says all in one sentence; sizes in bytes, time in seconds.

    `fits` is False for the smallest candidate where none fits.
    """

    kind: Kind
    change: str
    before: str
    after: str
    arena_bytes: int
    flash_bytes: int
    latency_s: float | None
    fits: bool


@dataclass(frozen=True, slots=True, repr=False)
class CheckReport(Result):
    """`path` is what the user named. `disabled` are rules that were left out; `strict` counts warnings.

    `undecided` says what else stands in the way of a yes: a rule that was left out and would have found
    something that decides, a figure that is not known.
    """

    schema: ClassVar[str] = SCHEMA

    model: str
    path: str
    sha256: str
    bytes: int
    operators: int
    profile: str
    title: str
    library: str
    release: str
    build: str
    findings: tuple[Finding, ...]
    measures: tuple[Measure, ...]
    suggestions: tuple[Suggestion, ...]
    operators_needed: tuple[str, ...]
    disabled: tuple[str, ...]
    strict: bool
    readable: bool = True
    undecided: tuple[str, ...] = ()

    def count(self, severity: Severity) -> int:
        return sum(finding.severity == severity for finding in self.findings)

    @property
    def failed(self) -> bool:
        """A certain no."""
        return bool(self.count("error") or (self.strict and self.count("warning")))

    @property
    def passed(self) -> bool:
        """Whether the answer is yes, or perhaps."""
        return not (self.failed or self.count("unknown") or self.undecided)

    @property
    def open_questions(self) -> tuple[str, ...]:
        """Why nobody can tell, where no finding says it already."""
        return self.undecided if self.verdict == "cannot-tell" and not self.count("unknown") else ()

    @property
    def verdict(self) -> Verdict:
        if not self.readable:
            return "unreadable"
        if self.failed:
            return "no"
        if not self.passed:
            return "cannot-tell"
        doubts = any(f.severity == "warning" and not f.certain for f in self.findings)
        return "perhaps" if doubts else "yes"

    def to_dict(self) -> dict[str, Any]:
        """The document of this check alone."""
        return to_document((self,))

    def summary(self) -> Summary:
        """Verdict, figures, and what was found, worst first."""
        kernels = f"{self.library} kernels at {build_words(self.build)}"
        title = f"{self.model} on {self.profile} with {kernels}: {self.verdict}"
        rows: list[tuple[str, ...]] = [(each.name, _figure(each), each.outcome) for each in self.measures]
        rows += [(f.severity, f"{f.rule}: {f.place}", f.cause) for f in self.findings if f.severity != "note"]
        return Summary(title, tuple(rows))

    def entry(self) -> dict[str, Any]:
        """One of the document's checks."""
        return {
            "model": {"name": self.model, "path": self.path, "sha256": self.sha256, "bytes": self.bytes,
                      "operators": self.operators},
            "profile": {"name": self.profile, "title": self.title, "library": self.library,
                        "release": self.release, "build": self.build},
            "verdict": self.verdict,
            "passed": self.passed,
            "counts": {severity: self.count(severity) for severity in SEVERITIES},
            "measures": [_measure(measure) for measure in self.measures],
            "findings": [_finding(finding) for finding in self.findings],
            "suggestions": [_suggestion(suggestion) for suggestion in self.suggestions],
            "resolver": {"size": len(self.operators_needed), "operators": list(self.operators_needed)},
            "disabled": list(self.disabled),
            "undecided": list(self.undecided),
        }  # fmt: skip


def to_document(reports: tuple[CheckReport, ...]) -> dict[str, Any]:
    """The JSON of `microinfer.check/1`."""
    return {
        "schema": SCHEMA,
        "passed": all(report.passed for report in reports),
        "strict": any(report.strict for report in reports),
        "checks": [report.entry() for report in reports],
    }


def _figure(found: Measure) -> str:
    limit = "" if found.limit is None else f" of {quantity(found.limit, found.unit)}"
    return ("unknown" if found.value is None else quantity(found.value, found.unit)) + limit


def _measure(found: Measure) -> dict[str, Any]:
    return {
        "name": found.name,
        "unit": found.unit,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "limit": found.limit,
        "limit_is": None if found.limit is None else "budget" if found.budget else "part",
        "outcome": found.outcome,
        "counted": found.counted,
    }


def _finding(found: Finding) -> dict[str, Any]:
    return {
        "rule": found.rule,
        "severity": found.severity,
        "certain": found.certain,
        "place": found.place,
        "cause": found.cause,
        "remedy": found.remedy,
        "lines": list(found.lines),
    }


def _suggestion(found: Suggestion) -> dict[str, Any]:
    return {
        "change": found.change,
        "kind": found.kind,
        "from": found.before,
        "to": found.after,
        "arena_bytes": found.arena_bytes,
        "flash_bytes": found.flash_bytes,
        "latency_s": found.latency_s,
        "fits": found.fits,
    }
