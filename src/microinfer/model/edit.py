"""Changing a `.tflite` file without knowing all of it: new tables in front, the old content behind them.

Flatbuffer offsets point forward only, so whatever is new is put before the old content, which is kept
byte for byte, and may point into it. Source: https://flatbuffers.dev/internals/ for the encoding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from struct import pack, pack_into, unpack_from

from ..errors import Reason, UnsupportedError
from .align import align_up
from .schema import FILE_IDENTIFIER

__all__ = ["Prefix", "expect_whole", "field", "follow", "targets"]

ALIGNMENT = 16
BUFFER_OFFSET_SLOT = 1


def _u32(data: bytes | bytearray, at: int) -> int:
    return int(unpack_from("<I", data, at)[0])


def field(data: bytes | bytearray, table: int, slot: int) -> int:
    """Byte position of a table's field; 0 where it is absent."""
    vtable = table - int(unpack_from("<i", data, table)[0])
    if 4 + 2 * slot >= unpack_from("<H", data, vtable)[0]:
        return 0
    offset = int(unpack_from("<H", data, vtable + 4 + 2 * slot)[0])
    return table + offset if offset else 0


def slots(data: bytes | bytearray, table: int) -> int:
    """How many fields a table's vtable knows."""
    vtable = table - int(unpack_from("<i", data, table)[0])
    return (int(unpack_from("<H", data, vtable)[0]) - 4) // 2


def follow(data: bytes | bytearray, at: int) -> int:
    return at + _u32(data, at)


def targets(data: bytes | bytearray, table: int, slot: int) -> list[int]:
    """Positions of the tables in a vector."""
    found = field(data, table, slot)
    if not found:
        return []
    vector = follow(data, found)
    return [follow(data, vector + 4 + 4 * index) for index in range(_u32(data, vector))]


def expect_whole(data: bytes | bytearray, buffers: Sequence[int]) -> None:
    """Raises UnsupportedError where a buffer keeps its bytes outside the flatbuffer."""
    for index, buffer in enumerate(buffers):
        found = field(data, buffer, BUFFER_OFFSET_SLOT)
        if found and unpack_from("<Q", data, found)[0] > 1:
            raise UnsupportedError(
                "keeps its data outside the flatbuffer", f"buffers[{index}]", Reason.OUTSIDE_FILE
            )


class Prefix:
    """Bytes that will stand before the old content; `later` are offsets into that content."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.later: list[tuple[int, int]] = []
        self.put(bytes(4) + FILE_IDENTIFIER)

    def put(self, content: bytes, alignment: int = 4) -> int:
        self.data += bytes(-len(self.data) % alignment)
        self.data += content
        return len(self.data) - len(content)

    def link(self, at: int, target: int) -> None:
        pack_into("<I", self.data, at, target - at)

    def vector(self, old: Sequence[int | None]) -> tuple[int, list[int]]:
        """A vector of tables: its place, and those of the entries. None is an entry to be linked."""
        at = self.put(pack("<I", len(old)) + bytes(4 * len(old)))
        entries = [at + 4 + 4 * index for index in range(len(old))]
        self.later += [
            (entry, target) for entry, target in zip(entries, old, strict=True) if target is not None
        ]
        return at, entries

    def table(self, fields: Sequence[int | None]) -> tuple[int, list[int]]:
        """A table of 4-byte fields, absent where None: its place, and those of the fields."""
        offsets, size = [], 4
        for value in fields:
            offsets.append(0 if value is None else size)
            size += 0 if value is None else 4
        vtable = self.put(pack(f"<{2 + len(fields)}H", 4 + 2 * len(fields), size, *offsets))
        at = self.put(bytes(size))
        pack_into("<i", self.data, at, at - vtable)
        for offset, value in zip(offsets, fields, strict=True):
            if value:
                pack_into("<I", self.data, at + offset, value)
        return at, [at + offset for offset in offsets]

    def clone(
        self, old: bytes | bytearray, table: int, kinds: Sequence[str], new: Mapping[int, int]
    ) -> tuple[int, list[int]]:
        """A copy of an old table with other numbers in some slots; what it points to stays where it is.

        Args:
            kinds: of each slot, "I" or "b" for a number, "" for an offset.
            new: by slot; 0 for an offset that is to be linked.

        Raises:
            UnsupportedError: the table has fields beyond `kinds`.
        """
        if any(field(old, table, slot) for slot in range(len(kinds), slots(old, table))):
            raise UnsupportedError("a table has fields that are newer than this program", "root")
        values: list[int | None] = []
        for slot, kind in enumerate(kinds):
            found = field(old, table, slot)
            if slot in new:
                values.append(new[slot])
            elif not found:
                values.append(None)
            else:
                values.append(int(unpack_from(f"<{kind}", old, found)[0]) & 0xFFFFFFFF if kind else 0)
        at, places = self.table(values)
        for slot, kind in enumerate(kinds):
            if not kind and slot not in new and (found := field(old, table, slot)):
                self.later.append((places[slot], follow(old, found)))
        return at, places

    def buffer(self, entry: int, content: bytes) -> None:
        """A buffer with these bytes, 16-byte aligned, linked to an entry of a vector."""
        vtable = self.put(pack("<HHH", 6, 8, 4))
        table = self.put(bytes(8))
        pack_into("<i", self.data, table, table - vtable)
        self.link(entry, table)
        self.data += bytes(-(len(self.data) + 4) % ALIGNMENT)
        self.link(table + 4, self.put(pack("<I", len(content)) + content))

    def before(self, old: bytes | bytearray) -> bytes:
        """The whole file."""
        shift = align_up(len(self.data), ALIGNMENT)
        for at, target in self.later:
            self.link(at, target + shift)
        return bytes(self.data) + bytes(shift - len(self.data)) + bytes(old)
