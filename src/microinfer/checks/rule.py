"""The rules of a check: a stable name, a severity, a docstring that explains it, and a function.

@rule("dead-operator", "note")
def dead_operator(subject: Subject) -> Iterator[Trouble]:
    \"\"\"Nobody reads what an operator computes.

    Why it matters, and what to do, for `microinfer check --explain dead-operator`.
    \"\"\"
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from inspect import cleandoc
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from ..errors import InputError
from ..words.dataclass import dataclass
from ..words.spelling import did_you_mean
from .finding import Severity, Trouble

if TYPE_CHECKING:
    from .subject import Subject

__all__ = ["Rule", "expect_rule", "rule", "rules"]

Run: TypeAlias = "Callable[[Subject], Iterator[Trouble]]"

_MODULES = (
    "operator_support",
    "types",
    "file",
    "graph",
    "control",
    "scales",
    "zero_points",
    "ranges",
    "sum_overflow",
    "ram",
    "flash",
    "time",
    "firmware_faults",
)
_RULES: dict[str, Rule] = {}


@dataclass(frozen=True, slots=True)
class Rule:
    """`title` is one line without a full stop; `about` is the rest of the docstring."""

    name: str
    severity: Severity
    title: str
    about: str
    run: Run


def rule(name: str, severity: Severity) -> Callable[[Run], Run]:
    """Register a function as the rule `name`; `severity` is that of its troubles, unless they say else."""

    def register(run: Run) -> Run:
        title, _, about = cleandoc(run.__doc__ or "").partition("\n")
        assert name not in _RULES, name
        _RULES[name] = Rule(name, severity, title.rstrip("."), about.strip(), run)
        return run

    return register


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by its name, in the order in which they run."""
    places = [import_module(f".{module}", __package__).__name__ for module in _MODULES]
    ordered = sorted(_RULES.values(), key=lambda one: places.index(one.run.__module__))
    return MappingProxyType({one.name: one for one in ordered})


def expect_rule(name: str, known: Iterable[str], where: str = "") -> str:
    """The name itself, if there is such a rule.

    Raises:
        InputError: there is none; the message has the nearest.
    """
    names = tuple(known)
    if name in names:
        return name
    hint = did_you_mean(name, names, "`microinfer check --explain list` lists them")
    raise InputError(f"{where}no rule {name!r}; {hint}")
