"""A flatbuffer reader that trusts nothing.

A table starts with a signed offset back to its vtable; the vtable holds its own size, the table's size
and, for each slot, where in the table the field lies (0: absent, the default applies). Strings, vectors
and tables are reached by unsigned forward offsets. Every one of these is checked against the file's
bounds before it is followed, and an error names the place.

Offsets may be shared, so a few bytes can describe a graph of tables far larger than the file: the
number of tables and elements that a reading visits is bounded by the file's own size.

Source: the FlatBuffers internals, https://flatbuffers.dev/internals/.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import FormatError

__all__ = ["FlatBuffer", "Oddities", "Table"]

_U16, _U32, _I32 = Struct("<H"), Struct("<I"), Struct("<i")
_SCALARS: dict[str, Struct] = {
    "bool": Struct("<?"),
    "int8": Struct("<b"),
    "uint8": Struct("<B"),
    "int32": _I32,
    "uint32": _U32,
    "uint64": Struct("<Q"),
    "float32": Struct("<f"),
}
_ITEM_BYTES = {"int32": 4, "float32": 4, "int64": 8, "bool": 1}
_SPARE = 4096
MISALIGNED = "is not on its natural boundary; a core without unaligned loads faults"


class Oddities:
    """What TFLM tolerates and a user should know of; the same remark is made once, with a count."""

    __slots__ = ("_places",)

    def __init__(self) -> None:
        self._places: dict[str, list[str]] = {}

    def note(self, place: str, remark: str) -> None:
        self._places.setdefault(remark, []).append(place)

    def lines(self) -> tuple[str, ...]:
        return tuple(
            f"{places[0]}: {remark}"
            + (f" (and {len(places) - 1} more, to {places[-1]})" if len(places) > 1 else "")
            for remark, places in self._places.items()
        )


class FlatBuffer:
    """The bytes of a file and what is left of the reading budget.

    A table or vector that does not lie on its natural boundary is odd and no more: TFLM reads it.
    """

    __slots__ = ("budget", "data", "oddities", "size")

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.size = len(data)
        self.budget = self.size + _SPARE
        self.oddities = Oddities()

    def root(self) -> Table:
        if self.size < 8:
            raise FormatError(f"the file has {self.size} bytes, expected at least 8", "root")
        return Table(self, self.follow(0, "root"), "root", "")

    def spend(self, count: int, place: str) -> None:
        self.budget -= count
        if self.budget < 0:
            raise FormatError("the file describes more elements than it has room for", place)

    def follow(self, position: int, place: str) -> int:
        """Where the unsigned offset at `position` (in bounds) points."""
        offset: int = _U32.unpack_from(self.data, position)[0]
        target = position + offset
        if offset == 0 or target > self.size - 4:
            raise FormatError(
                f"offset {offset} at byte {position} points outside the file ({self.size} bytes)", place
            )
        if target & 3:
            self.oddities.note(place, MISALIGNED)
        return target

    def vector(self, position: int, item_bytes: int, place: str) -> tuple[int, int]:
        """(start, length) of the vector at `position`."""
        length: int = _U32.unpack_from(self.data, position)[0]
        if length * item_bytes > self.size - position - 4:
            raise FormatError(
                f"a vector of {length} elements at byte {position} passes the end of the file "
                f"({self.size} bytes)",
                place,
            )
        return position + 4, length


class Table:
    """One table: fields by slot. `path` names it in messages, `""` for the model itself."""

    __slots__ = ("_end", "_vtable", "_vtable_size", "buffer", "path", "position")

    def __init__(self, buffer: FlatBuffer, position: int, place: str, path: str) -> None:
        data, size = buffer.data, buffer.size
        buffer.spend(1, place)
        vtable = position - _I32.unpack_from(data, position)[0]
        if not 0 <= vtable <= size - 4:
            raise FormatError(f"its vtable lies at byte {vtable}, outside the file ({size} bytes)", place)
        vtable_size: int = _U16.unpack_from(data, vtable)[0]
        table_size: int = _U16.unpack_from(data, vtable + 2)[0]
        if vtable_size < 4 or vtable_size & 1 or vtable + vtable_size > size:
            raise FormatError(f"its vtable of {vtable_size} bytes at byte {vtable} is malformed", place)
        if table_size < 4 or position + table_size > size:
            raise FormatError(f"its {table_size} bytes at byte {position} pass the end of the file", place)
        self.buffer = buffer
        self.position = position
        self.path = path
        self._vtable = vtable
        self._vtable_size = vtable_size
        self._end = table_size

    def place(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def _field(self, slot: int, width: int, name: str) -> int:
        """Byte position of a field, 0 where it is absent."""
        entry = 4 + 2 * slot
        if entry + 2 > self._vtable_size:
            return 0
        offset: int = _U16.unpack_from(self.buffer.data, self._vtable + entry)[0]
        if offset == 0:
            return 0
        if offset < 4 or offset + width > self._end:
            raise FormatError(
                f"the field lies at byte {offset} of a table of {self._end} bytes", self.place(name)
            )
        return self.position + offset

    def has(self, slot: int, name: str) -> bool:
        return self._field(slot, 1, name) != 0

    def scalar(self, slot: int, name: str, kind: str, default: Any = 0) -> Any:
        """A number or bool; `kind` is one of numpy's names."""
        struct = _SCALARS[kind]
        position = self._field(slot, struct.size, name)
        return struct.unpack_from(self.buffer.data, position)[0] if position else default

    def table(self, slot: int, name: str) -> Table | None:
        position = self._field(slot, 4, name)
        if not position:
            return None
        place = self.place(name)
        return Table(self.buffer, self.buffer.follow(position, place), place, place)

    def string(self, slot: int, name: str) -> bytes | None:
        """The bytes of a string, which a zero byte must follow."""
        position = self._field(slot, 4, name)
        if not position:
            return None
        buffer, place = self.buffer, self.place(name)
        start, length = buffer.vector(buffer.follow(position, place), 1, place)
        buffer.spend(length >> 2, place)
        if start + length >= buffer.size or buffer.data[start + length] != 0:
            raise FormatError(f"a string of {length} bytes at byte {start} has no zero behind it", place)
        return bytes(buffer.data[start : start + length])

    def blob(self, slot: int, name: str) -> tuple[int, int] | None:
        """(start, length) of a vector of bytes; nothing is read."""
        position = self._field(slot, 4, name)
        if not position:
            return None
        place = self.place(name)
        return self.buffer.vector(self.buffer.follow(position, place), 1, place)

    def bytes(self, slot: int, name: str) -> bytes:
        """A copy of a vector of bytes; empty where absent."""
        start, length = self.blob(slot, name) or (0, 0)
        self.buffer.spend(length >> 2, self.place(name))
        return bytes(self.buffer.data[start : start + length])

    def numbers(self, slot: int, name: str, kind: str) -> NDArray[Any] | None:
        """A vector of numbers, a read-only view over the file."""
        position = self._field(slot, 4, name)
        if not position:
            return None
        buffer, place, width = self.buffer, self.place(name), _ITEM_BYTES[kind]
        start, length = buffer.vector(buffer.follow(position, place), width, place)
        buffer.spend(length, place)
        if start & (width - 1):
            buffer.oddities.note(place, MISALIGNED)
        return np.frombuffer(buffer.data, np.dtype(kind).newbyteorder("<"), length, start)

    def ints(self, slot: int, name: str) -> tuple[int, ...]:
        """A short vector of int32; empty where absent."""
        position = self._field(slot, 4, name)
        if not position:
            return ()
        buffer, place = self.buffer, self.place(name)
        start, length = buffer.vector(buffer.follow(position, place), 4, place)
        buffer.spend(length, place)
        return Struct(f"<{length}i").unpack_from(buffer.data, start)

    def tables(self, slot: int, name: str) -> Iterator[Table]:
        """The tables of a vector, each with its index in its path."""
        position = self._field(slot, 4, name)
        if not position:
            return
        buffer, place = self.buffer, self.place(name)
        start, length = buffer.vector(buffer.follow(position, place), 4, place)
        for index in range(length):
            path = f"{place}[{index}]"
            yield Table(buffer, buffer.follow(start + 4 * index, path), path, path)
