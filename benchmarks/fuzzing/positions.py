"""Where the fields of a model lie in its file: noted while the loader itself reads it.

What the loader never looks at is not among them; bytes at random find that.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from microinfer.model import read
from microinfer.model.read import flatbuffer, load

__all__ = ["Field", "Layout", "layout_of"]

WIDTHS = {"bool": 1, "int8": 1, "uint8": 1, "int32": 4, "uint32": 4, "float32": 4, "int64": 8, "uint64": 8}


@dataclass(frozen=True, slots=True)
class Field:
    """`items` numbers of type `kind` from `position` on, in the schema's field `name`."""

    position: int
    kind: str
    name: str
    items: int = 1

    @property
    def width(self) -> int:
        return WIDTHS[self.kind]


@dataclass(slots=True)
class Layout:
    """The fields of one file by what they are; positions in bytes from its start.

    `vectors` hold numbers, `buffers` the constants' bytes. `lengths` are those of vectors of all kinds.
    """

    scalars: list[Field] = field(default_factory=list)
    vectors: list[Field] = field(default_factory=list)
    buffers: list[Field] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    tables: list[int] = field(default_factory=list)
    vtables: dict[int, int] = field(default_factory=dict)
    """Position to size."""


def layout_of(data: bytes) -> Layout:
    """The fields that the loader reads of a sound model."""
    found = Layout()
    with _noting(found):
        load(data)
    for name in ("scalars", "vectors", "buffers", "lengths", "offsets", "tables"):
        setattr(found, name, list(dict.fromkeys(getattr(found, name))))
    return found


@contextmanager
def _noting(found: Layout) -> Iterator[None]:
    class File(flatbuffer.FlatBuffer):
        __slots__ = ()

        def follow(self, position: int, place: str) -> int:
            found.offsets.append(position)
            return super().follow(position, place)

        def vector(self, position: int, item_bytes: int, place: str) -> tuple[int, int]:
            found.lengths.append(position)
            return super().vector(position, item_bytes, place)

    class Noting(Table):
        __slots__ = ()

        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            found.tables.append(self.position)
            found.vtables[self._vtable] = self._vtable_size

        def scalar(self, slot: int, name: str, kind: str, default: Any = 0) -> Any:
            if position := self._field(slot, WIDTHS[kind], name):
                found.scalars.append(Field(position, kind, name))
            return super().scalar(slot, name, kind, default)

        def _note(self, slot: int, name: str, kind: str) -> None:
            if position := self._field(slot, 4, name):
                place = self.place(name)
                start, items = self.buffer.vector(self.buffer.follow(position, place), WIDTHS[kind], place)
                if items:
                    noted = found.buffers if name == "data" else found.vectors
                    noted.append(Field(start, kind, name, items))

        def ints(self, slot: int, name: str) -> tuple[int, ...]:
            self._note(slot, name, "int32")
            return super().ints(slot, name)

        def numbers(self, slot: int, name: str, kind: str) -> Any:
            self._note(slot, name, kind)
            return super().numbers(slot, name, kind)

        def string(self, slot: int, name: str) -> bytes | None:
            self._note(slot, name, "uint8")
            return super().string(slot, name)

        def blob(self, slot: int, name: str) -> tuple[int, int] | None:
            self._note(slot, name, "uint8")
            return super().blob(slot, name)

    kept = flatbuffer.Table, read.FlatBuffer
    flatbuffer.Table, read.FlatBuffer = Noting, File  # type: ignore[misc]
    try:
        yield
    finally:
        flatbuffer.Table, read.FlatBuffer = kept  # type: ignore[misc]


Table = flatbuffer.Table
