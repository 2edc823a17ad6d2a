"""What a check says: findings, each with its place, cause and remedy."""

from __future__ import annotations

from typing import Literal, TypeAlias

from ..words.dataclass import dataclass

__all__ = ["SEVERITIES", "Finding", "Severity", "Trouble"]

Severity: TypeAlias = Literal["error", "unknown", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "unknown", "warning", "note")
"""An error makes the answer no. What is unknown makes it "cannot tell", at best: TFLM may well run it, and
microinfer does not know. A warning fails the check with `strict`; a note never does."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a rule found. `certain` is False where it depends on the data or lies within an interval.

    Args:
        place: where in the model, such as "subgraphs[0].operators[3]".
        cause: what was found and why it matters.
        remedy: what to do, in words; `lines` are the lines of Python that do it, if any.
        severity: where it is not the rule's own.
        background: a note that asks for nothing, as the model is: told when it is asked for.
    """

    place: str
    cause: str
    remedy: str
    lines: tuple[str, ...] = ()
    certain: bool = True
    severity: Severity | None = None
    background: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A `Trouble` with the name of the rule that found it and its severity."""

    rule: str
    severity: Severity
    place: str
    cause: str
    remedy: str
    lines: tuple[str, ...]
    certain: bool
    background: bool = False
