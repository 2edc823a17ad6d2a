"""A custom operator's options: numbers in a FlexBuffer, by position or by name, as its kernel asks for them.

TFLM's signal library takes values by their positions and looks at neither keys nor kinds; what is no whole
number there is refused here, where a device would take its bits for one.
"""

from __future__ import annotations

from ..model.flexbuffers import DamagedError, Stored, read_map
from ..words.dataclass import dataclass
from ..words.printing import counted
from .node import Node

__all__ = ["CustomOptions", "custom_options"]

INT32 = range(-(1 << 31), 1 << 31)


@dataclass(frozen=True, slots=True)
class CustomOptions:
    """The values of the operator's map, in the order of their keys."""

    node: Node
    entries: tuple[Stored, ...]

    def whole(self, position: int, name: str, allowed: range = INT32) -> int:
        """The int32 at a position; `name` is what the kernel takes it for."""
        found = ((self._at(position, name).stored + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)
        if found not in allowed:
            self.node.fail(f"{name} is {found}, expected {_said(allowed)}")
        return found

    def flag(self, position: int, name: str) -> bool:
        """Whether the value at a position is another than 0."""
        return self._at(position, name).stored != 0

    def named(self, name: str) -> int | float | None:
        """The number of that name; None where there is none."""
        for entry in self.entries:
            if entry.key == name:
                if entry.real is None:
                    self.node.fail(
                        f"custom option {name!r} is of FlexBuffer type {entry.kind}, expected a number"
                    )
                return None if entry.is_null else entry.real
        return None

    def _at(self, position: int, name: str) -> Stored:
        if position >= len(self.entries):
            self.node.fail(
                f"custom options have {counted(len(self.entries), 'value')}, expected {name!r} "
                f"as number {position + 1}"
            )
        found = self.entries[position]
        if not found.whole:
            self.node.fail(f"{name} is of FlexBuffer type {found.kind}, expected a whole number")
        return found


def _said(allowed: range) -> str:
    if len(allowed) == 1:
        return f"{allowed.start}"
    return (
        f"{allowed.start} or more" if allowed.stop >= INT32.stop else f"{allowed.start} to {allowed.stop - 1}"
    )


def custom_options(node: Node) -> CustomOptions:
    """The operator's options.

    Raises:
        UnsupportedError: they are no map of numbers.
    """
    try:
        return CustomOptions(node, read_map(node.operator.custom_options))
    except DamagedError as error:
        node.fail(f"custom options: {error}; a device would read beside them")
