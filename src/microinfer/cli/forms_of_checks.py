"""What `microinfer check` prints as JSON."""

from __future__ import annotations

from typing import Literal, TypedDict

from .forms import File, Named

__all__ = ["Check", "Rules"]

Verdict = Literal["yes", "perhaps", "cannot-tell", "no", "unreadable"]
Severity = Literal["error", "unknown", "warning", "note"]


class CheckedModel(File):
    path: str
    operators: int


class CheckedPart(Named):
    title: str
    library: str
    release: str
    build: str


class CheckMeasure(Named):
    unit: Literal["bytes", "s", "J"]
    value: float | None
    low: float | None
    high: float | None
    limit: float | None
    limit_is: Literal["budget", "part"] | None
    outcome: Literal["pass", "possible", "unlikely", "fail", "unknown", "open"]
    counted: str


class CheckFinding(TypedDict):
    rule: str
    severity: Severity
    certain: bool
    place: str
    cause: str
    remedy: str
    lines: list[str]


CheckSuggestion = TypedDict(
    "CheckSuggestion",
    {
        "change": str,
        "kind": Literal["input", "width", "both", "layer", "library"],
        "from": str,
        "to": str,
        "arena_bytes": int,
        "flash_bytes": int,
        "latency_s": float | None,
        "fits": bool,
    },
)


class Counts(TypedDict):
    error: int
    unknown: int
    warning: int
    note: int


class CheckResolver(TypedDict):
    size: int
    operators: list[str]


class CheckEntry(TypedDict):
    model: CheckedModel
    profile: CheckedPart
    verdict: Verdict
    passed: bool
    counts: Counts
    measures: list[CheckMeasure]
    findings: list[CheckFinding]
    suggestions: list[CheckSuggestion]
    resolver: CheckResolver
    disabled: list[str]
    undecided: list[str]


class Check(TypedDict):
    passed: bool
    strict: bool
    checks: list[CheckEntry]


class Rule(Named):
    severity: Severity
    title: str
    about: str


class Rules(TypedDict):
    rules: list[Rule]
