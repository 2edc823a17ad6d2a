"""The rows: every builtin operator that microinfer has, found by listing this folder.

A row is a module that bears the name of a builtin operator, in small letters; its `SPEC` says what there is
to say of it. Modules of other names are what several rows share. A row is loaded when it is first asked
for, so that a small model starts fast.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from ..model.codes import BUILTIN_OPERATORS
from .spec import Spec

__all__ = ["row", "row_names", "rows"]


@cache
def row_names() -> frozenset[str]:
    """The operators' names, as the schema spells them. Loads no row."""
    package = import_module(__package__)
    return frozenset(found.name.upper() for found in iter_modules(package.__path__)).intersection(
        BUILTIN_OPERATORS.values()
    )


@cache
def row(name: str) -> Spec | None:
    """The row of a builtin operator, by its name; None where microinfer has no such operator."""
    if name not in row_names():
        return None
    found: Spec = import_module(f".{name.lower()}", __package__).SPEC
    return found


def rows() -> tuple[Spec, ...]:
    """Every row, by name."""
    return tuple(found for name in sorted(row_names()) if (found := row(name)) is not None)
