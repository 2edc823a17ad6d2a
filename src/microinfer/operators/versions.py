"""The version that the TensorFlow Lite converter would write beside an operator.

A runtime that registers fewer versions than a file asks for refuses it, so the lowest version that
covers the types and options in use is the right one. TFLM looks at no version at all.
Source: the converter's own files and TensorFlow Lite's `tools/versioning/op_version.cc`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..words.dataclass import dataclass

__all__ = ["FIRST", "Use", "Versions"]


@dataclass(frozen=True, slots=True)
class Use:
    """How a file uses an operator: the types (None: left out) and shapes of its inputs, and its options."""

    dtypes: Sequence[str | None]
    shapes: Sequence[tuple[int, ...]]
    options: Mapping[str, Any]

    def option(self, *names: str) -> bool:
        """Whether one of these options is set."""
        return any(self.options.get(name) for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """The versions of an operator: the greatest of those that a use asks for.

    least: of every use. int8, int16: of data of the type. wide: of tensors of five dimensions and more.
    when: of uses for which the condition holds.
    """

    least: int = 1
    int8: int = 1
    int16: int = 1
    wide: int = 1
    when: tuple[tuple[Callable[[Use], bool], int], ...] = ()

    def of(self, use: Use, data_input: int) -> int:
        """The version for a use; `data_input` is the input whose type decides."""
        found = [self.least, *(version for holds, version in self.when if holds(use))]
        dtype = use.dtypes[data_input] if data_input < len(use.dtypes) else None
        found.append({"int8": self.int8, "int16": self.int16}.get(dtype or "", 1))
        if any(len(shape) > 4 for shape in use.shapes):
            found.append(self.wide)
        return max(found)


FIRST = Versions()
"""Of an operator that has one version."""
