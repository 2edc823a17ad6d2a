"""A kernel library's kernels by operator, a family's module loaded when one of its operators is asked for.

The index is found by listing the library's package: which operators' names a module assigns. Loading them all
takes longer than checking a small model does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from ..operators.registry import row_names
from ..words.data_folder import modules_in
from .kernel import Kernel

__all__ = ["Columns"]

_ASSIGNED = re.compile(r"^(?:[A-Za-z]\w*(?:: Kernel)? = )+", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z]\w*")


class Columns(Mapping[str, Kernel]):
    """The kernels of a package, over those of `base`, the library that it inherits from."""

    def __init__(self, package: str, base: Mapping[str, Kernel] | None) -> None:
        self._package = package
        self._base = base
        self._found: dict[str, Kernel | None] = {}

    @cached_property
    def _modules(self) -> Mapping[str, tuple[str, ...]]:
        """Operators' names to the modules that assign them: a name may stand for something else in some."""
        found: dict[str, tuple[str, ...]] = {}
        spec = find_spec(self._package)
        assert spec is not None
        for folder in spec.submodule_search_locations or ():
            for module in modules_in([folder]):
                for name in _assigned(Path(folder, f"{module}.py")):
                    found[name] = (*found.get(name, ()), module)
        return found

    def _own(self, name: str) -> Kernel | None:
        if name not in self._found:
            values = (
                getattr(import_module(f"{self._package}.{module}"), name)
                for module in self._modules.get(name, ())
            )
            self._found[name] = next((value for value in values if isinstance(value, Kernel)), None)
        return self._found[name]

    def __getitem__(self, name: str) -> Kernel:
        if (own := self._own(name)) is not None:
            return own
        if self._base is None:
            raise KeyError(name)
        return self._base[name]

    def __iter__(self) -> Iterator[str]:
        own = (name for name in self._modules if self._own(name) is not None)
        return iter(dict.fromkeys((*(self._base or ()), *own)))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _assigned(path: Path) -> frozenset[str]:
    """The operators' names that a module's source assigns at its left edge."""
    lines = _ASSIGNED.findall(path.read_text(encoding="utf-8"))
    return row_names().intersection(name for line in lines for name in _NAME.findall(line))
