"""What came of some mutants, counted: sums of it are of more mutants. Plain numbers, to be kept as JSON."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from .attempt import MOST_MEGABYTES, MOST_SECONDS, Outcome
from .damage import Mutant

__all__ = ["Finding", "Tally"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A mutant that did what none may, and its bytes."""

    number: int
    seed: str
    way: str
    what: str
    data: bytes


@dataclass(slots=True)
class Tally:
    """`reached` counts mutants by the last stage that they passed, `ran` by operator, type and library."""

    mutants: int = 0
    reached: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    ways: Counter[str] = field(default_factory=Counter)
    """Of those that were invoked."""
    ran: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    arrays: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    megabytes: float = 0.0
    findings: list[Finding] = field(default_factory=list)

    def add(self, mutant: Mutant, outcome: Outcome) -> None:
        self.mutants += 1
        self.reached[outcome.reached] += 1
        self.refusals[outcome.refusal] += 1
        self.ran.update(outcome.ran)
        if outcome.ran:
            self.ways.update(mutant.way.split("+"))
        self.arrays += outcome.arrays
        self.seconds += outcome.seconds
        self.slowest = max(self.slowest, outcome.seconds)
        self.megabytes = max(self.megabytes, outcome.megabytes)
        if outcome.foreign:
            self.find(mutant, outcome.foreign)
        if outcome.seconds > MOST_SECONDS:
            self.find(mutant, f"{outcome.seconds:.1f} s after {outcome.reached or 'nothing'}")
        if outcome.megabytes > MOST_MEGABYTES:
            self.find(mutant, f"{outcome.megabytes:.0f} MB after {outcome.reached or 'nothing'}")

    def find(self, mutant: Mutant, what: str) -> None:
        self.findings.append(Finding(mutant.number, mutant.seed, mutant.way, what, mutant.data))

    def __iadd__(self, other: Tally) -> Tally:
        for name in ("mutants", "arrays", "seconds", "reached", "refusals", "ways", "ran", "findings"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.slowest = max(self.slowest, other.slowest)
        self.megabytes = max(self.megabytes, other.megabytes)
        return self

    def to_dict(self) -> dict[str, Any]:
        """All but the findings."""
        return {
            "mutants": self.mutants,
            "arrays": self.arrays,
            "seconds": round(self.seconds, 3),
            "slowest": round(self.slowest, 3),
            "megabytes": round(self.megabytes, 1),
            "reached": dict(self.reached),
            "refusals": dict(self.refusals),
            "ways": dict(self.ways),
            "ran": [[*key, count] for key, count in sorted(self.ran.items())],
        }

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Tally:
        """From what `to_dict` made."""
        numbers = {name: kept[name] for name in ("mutants", "arrays", "seconds", "slowest", "megabytes")}
        counters = {name: Counter(kept[name]) for name in ("reached", "refusals", "ways")}
        ran = Counter({(operator, dtype, library): n for operator, dtype, library, n in kept["ran"]})
        return cls(**numbers, **counters, ran=ran)
