"""Write a memory plan, and an order of operators, into a `.tflite` file.

Flatbuffer offsets point forward only, so the new root, with the two vectors that grow, is put in front
of the old content, which is kept byte for byte but for the operators' order. Everything that this
program does not know of stays where it was. Source: `memory_management.md` of TFLM for the metadata,
https://flatbuffers.dev/internals/ for the encoding.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import error as StructError  # noqa: N812
from struct import pack, pack_into, unpack_from

from .errors import FormatError, InputError, Reason, UnsupportedError
from .lifetimes import OFFLINE_PLAN
from .planner import align_up
from .schema import FILE_IDENTIFIER

__all__ = ["write_offline_plan"]

VERSION, SUBGRAPH = 1, 0
MODEL_SLOTS = 8
VERSION_SLOT, SUBGRAPHS_SLOT, BUFFERS_SLOT, METADATA_SLOT = 0, 2, 4, 6
OPERATORS_SLOT = 3
BUFFER_OFFSET_SLOT = 1
ALIGNMENT = 16


def _u32(data: bytes | bytearray, at: int) -> int:
    return int(unpack_from("<I", data, at)[0])


def _field(data: bytes | bytearray, table: int, slot: int) -> int:
    """Byte position of a table's field; 0 where it is absent."""
    vtable = table - int(unpack_from("<i", data, table)[0])
    if 4 + 2 * slot >= unpack_from("<H", data, vtable)[0]:
        return 0
    offset = int(unpack_from("<H", data, vtable + 4 + 2 * slot)[0])
    return table + offset if offset else 0


def _follow(data: bytes | bytearray, at: int) -> int:
    return at + _u32(data, at)


def _targets(data: bytes | bytearray, table: int, slot: int) -> list[int]:
    """Positions of the tables in a vector."""
    field = _field(data, table, slot)
    if not field:
        return []
    vector = _follow(data, field)
    return [_follow(data, vector + 4 + 4 * index) for index in range(_u32(data, vector))]


def _reorder(data: bytearray, order: Sequence[int]) -> None:
    """Put the first subgraph's operators into another order, in place."""
    subgraph = _targets(data, _follow(data, 0), SUBGRAPHS_SLOT)[0]
    operators = _targets(data, subgraph, OPERATORS_SLOT)
    if sorted(order) != list(range(len(operators))):
        raise InputError(f"the order names {len(order)} operators, expected each of {len(operators)} once")
    if not operators:
        return
    start = _follow(data, _field(data, subgraph, OPERATORS_SLOT)) + 4
    for position, operator in enumerate(order):
        at = start + 4 * position
        if operators[operator] <= at:
            raise UnsupportedError("the file's operators lie before their vector, they cannot be moved")
        pack_into("<I", data, at, operators[operator] - at)


def _name(data: bytes | bytearray, metadata: int) -> bytes:
    field = _field(data, metadata, 0)
    if not field:
        return b""
    string = _follow(data, field)
    return bytes(data[string + 4 : string + 4 + _u32(data, string)])


class _Prefix:
    """Bytes that will stand before the old content; `later` are offsets into that content."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.later: list[tuple[int, int]] = []

    def put(self, content: bytes, alignment: int = 4) -> int:
        self.data += bytes(-len(self.data) % alignment)
        self.data += content
        return len(self.data) - len(content)

    def link(self, at: int, target: int) -> None:
        pack_into("<I", self.data, at, target - at)

    def vector(self, old: Sequence[int]) -> int:
        """A vector of tables of the old content and room for one more."""
        at = self.put(pack("<I", len(old) + 1) + bytes(4 * len(old) + 4))
        self.later += [(at + 4 + 4 * index, target) for index, target in enumerate(old)]
        return at


def write_offline_plan(
    data: bytes | bytearray | memoryview, offsets: Sequence[int], order: Sequence[int] | None = None
) -> bytes:
    """A copy of a model with `OfflineMemoryAllocation` metadata, in place of any that it had.

    Args:
        data: a file that `load` accepts.
        offsets: arena offsets in bytes, one for each tensor of all subgraphs, -1 for TFLM to choose.
        order: the first subgraph's operators, as indices into their present order.

    Raises:
        InputError: `order` is no permutation.
        FormatError: a part of the file that `load` does not read is malformed.
        UnsupportedError: the file keeps weights outside the flatbuffer, or cannot be reordered.
    """
    try:
        return _write(bytearray(data), offsets, order)
    except StructError as error:
        raise FormatError(f"the file cannot be rewritten ({error})", "root") from error


def _write(old: bytearray, offsets: Sequence[int], order: Sequence[int] | None) -> bytes:
    if order is not None:
        _reorder(old, order)
    root = _follow(old, 0)
    buffers = _targets(old, root, BUFFERS_SLOT)
    for index, buffer in enumerate(buffers):
        field = _field(old, buffer, BUFFER_OFFSET_SLOT)
        if field and unpack_from("<Q", old, field)[0] > 1:
            raise UnsupportedError(
                "keeps its data outside the flatbuffer", f"buffers[{index}]", Reason.OUTSIDE_FILE
            )
    kept = [m for m in _targets(old, root, METADATA_SLOT) if _name(old, m) != OFFLINE_PLAN.encode()]

    prefix = _Prefix()
    prefix.put(bytes(4) + FILE_IDENTIFIER)
    vtable = prefix.put(bytes(4 + 2 * MODEL_SLOTS))
    table = prefix.put(bytes(4 + 4 * MODEL_SLOTS))
    pack_into("<HH", prefix.data, vtable, 4 + 2 * MODEL_SLOTS, 4 + 4 * MODEL_SLOTS)
    pack_into("<i", prefix.data, table, table - vtable)
    prefix.link(0, table)
    fields = {slot: table + 4 + 4 * slot for slot in range(MODEL_SLOTS)}
    for slot, at in fields.items():
        field = _field(old, root, slot)
        if field or slot == METADATA_SLOT:
            pack_into("<H", prefix.data, vtable + 4 + 2 * slot, at - table)
        if slot == VERSION_SLOT and field:
            prefix.data[at : at + 4] = old[field : field + 4]
        elif field and slot not in (BUFFERS_SLOT, METADATA_SLOT):
            prefix.later.append((at, _follow(old, field)))
    _append_buffer(prefix, fields[BUFFERS_SLOT], buffers, offsets)
    _append_metadata(prefix, fields[METADATA_SLOT], kept, len(buffers))
    shift = align_up(len(prefix.data), ALIGNMENT)
    for at, target in prefix.later:
        prefix.link(at, target + shift)
    return bytes(prefix.data) + bytes(shift - len(prefix.data)) + bytes(old)


def _append_buffer(prefix: _Prefix, at: int, buffers: Sequence[int], offsets: Sequence[int]) -> None:
    vector = prefix.vector(buffers)
    prefix.link(at, vector)
    vtable = prefix.put(pack("<HHH", 6, 8, 4))
    table = prefix.put(bytes(8))
    pack_into("<i", prefix.data, table, table - vtable)
    prefix.link(vector + 4 + 4 * len(buffers), table)
    content = pack(f"<3i{len(offsets)}i", VERSION, SUBGRAPH, len(offsets), *offsets)
    prefix.data += bytes(-(len(prefix.data) + 4) % ALIGNMENT)
    prefix.link(table + 4, prefix.put(pack("<I", len(content)) + content))


def _append_metadata(prefix: _Prefix, at: int, kept: Sequence[int], buffer: int) -> None:
    vector = prefix.vector(kept)
    prefix.link(at, vector)
    vtable = prefix.put(pack("<HHHH", 8, 12, 4, 8))
    table = prefix.put(bytes(8) + pack("<I", buffer))
    pack_into("<i", prefix.data, table, table - vtable)
    prefix.link(vector + 4 + 4 * len(kept), table)
    name = OFFLINE_PLAN.encode()
    prefix.link(table + 4, prefix.put(pack("<I", len(name)) + name + b"\0"))
