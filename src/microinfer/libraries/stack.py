"""How deep the stack goes: high-water marks of AllocateTensors and Invoke.

Operators run one after another, so a model's mark is that of its deepest operator. The figures are
measurements, in `profiles/memory/stack.toml`; what has none is assumed like something that has, and
the answer is marked provisional. An application's own frames, and interrupts, come on top.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from ..operators.spec import Geometry
from ..words.data_folder import data_file
from ..words.dataclass import dataclass
from ..words.toml_sections import parse_sections
from .library import kernel_library
from .target import Target

__all__ = ["StackUse", "stack_use"]


@dataclass(frozen=True, slots=True)
class StackUse:
    """Bytes. `operator` makes the deepest mark; `provisional` where a figure is not a measurement."""

    prepare_bytes: int
    invoke_bytes: int
    operator: str
    provisional: bool
    source: str

    @property
    def bytes(self) -> int:
        return max(self.prepare_bytes, self.invoke_bytes)


@cache
def _table(library: str) -> dict[str, Any]:
    """The file without other libraries' tables."""
    wanted = ("[assumed]", f"[{library}]")
    return parse_sections(data_file("memory", "stack.toml"), lambda heading, _: heading in wanted)


def _mark(figure: int | list[int], levels: int) -> int:
    if isinstance(figure, int):
        return figure
    if levels == 0 and len(figure) == 3:
        return figure[2]
    return figure[0] + figure[1] * levels


def _marks(library: str, name: str, geometry: Geometry, target: Target) -> tuple[int, int, bool]:
    """(prepare, invoke, provisional) of one operator."""
    table = _table(library)
    known: dict[str, Any] = table[library]
    row = known.get(table["assumed"].get(name, name))
    if row is None:
        return max(r["prepare"] for r in known.values()), max(_deepest(r) for r in known.values()), True
    value = kernel_library(library)
    figure = row.get(value.variant(name, geometry, target))
    if figure is None:
        return row["prepare"], _deepest(row), True
    kernel = value.kernel(name, geometry)
    levels = 0 if kernel is None else kernel.levels(geometry)
    return row["prepare"], _mark(figure, levels), name in table["assumed"]


def _deepest(row: dict[str, Any]) -> int:
    """The deepest of an operator's kernels, with two levels of broadcasting."""
    return max(_mark(figure, 2) for kernel, figure in row.items() if kernel != "prepare")


def stack_use(library: str, target: Target, operators: Iterable[tuple[str, Geometry]]) -> StackUse | None:
    """The stack below AllocateTensors and Invoke; None for bare-c, whose compiler tells it.

    Args:
        target: a Cortex-M4 was measured; what another core needs is provisional.
        operators: names and geometries.
    """
    if library not in _table(library):
        return None
    prepare, invoke, deepest, provisional = 0, 0, "", target.core.name != _table(library)["core"]
    for name, geometry in operators:
        prepares, invokes, assumed = _marks(library, name, geometry, target)
        if max(prepares, invokes) > max(prepare, invoke):
            deepest = name
            provisional = assumed or target.core.name != _table(library)["core"]
        prepare, invoke = max(prepare, prepares), max(invoke, invokes)
    return StackUse(prepare, invoke, deepest, provisional, _table(library)["source"])
