"""The rows: every operator that microinfer has, found by listing this folder.

A row is a module that bears the name of a builtin operator, in small letters, or that of a custom operator
which TFLM itself brings, with underscores as one likes; its `SPEC` says what there is to say of it. Modules
of other names are what several rows share. A row is loaded when it is first asked for, so that a small
model starts fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

from ..model.codes import BUILTIN_OPERATORS
from ..words.data_folder import modules_in
from .spec import Spec
from .tflm_operators import CUSTOM_OPERATORS

__all__ = ["module_names", "row", "row_names", "rows"]


@cache
def module_names() -> Mapping[str, str]:
    """The operators' names, as models spell them, and the modules of their rows. Loads no row."""
    package = import_module(__package__)
    known = {name.lower(): name for name in BUILTIN_OPERATORS.values()}
    custom = {_plain(name): name for name in CUSTOM_OPERATORS}
    found = {}
    for module in modules_in(package.__path__):
        name = known.get(module) or custom.get(_plain(module))
        if name is not None:
            found[name] = module
    return MappingProxyType(found)


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


@cache
def row_names() -> frozenset[str]:
    """The operators' names, as models spell them. Loads no row."""
    return frozenset(module_names())


@cache
def row(name: str) -> Spec | None:
    """The row of an operator, by its name; None where microinfer has no such operator."""
    module = module_names().get(name)
    if module is None:
        return None
    found: Spec = import_module(f".{module}", __package__).SPEC
    return found


def rows() -> tuple[Spec, ...]:
    """Every row, by name."""
    return tuple(found for name in sorted(row_names()) if (found := row(name)) is not None)
