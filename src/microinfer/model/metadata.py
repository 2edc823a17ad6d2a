"""Metadata of a `.tflite` file: named bytes that no interpreter computes with."""

from __future__ import annotations

from collections.abc import Mapping
from struct import error as StructError  # noqa: N812
from struct import pack, unpack_from

from ..errors import FormatError
from .edit import Prefix, expect_whole, field, follow, targets

__all__ = ["with_metadata"]

MODEL_KINDS = ("I", "", "", "", "", "", "", "")
BUFFERS_SLOT, METADATA_SLOT = 4, 6


def with_metadata(data: bytes | bytearray | memoryview, entries: Mapping[str, bytes]) -> bytes:
    """A copy of a model with these metadata, each in place of any that has its name; all others stay.

    Args:
        data: a file that `load` accepts.

    Raises:
        FormatError: a part of the file that `load` does not read is malformed.
        UnsupportedError: the file keeps weights outside the flatbuffer.
    """
    try:
        return _write(bytearray(data), {name.encode(): content for name, content in entries.items()})
    except StructError as error:
        raise FormatError(f"the file cannot be rewritten ({error})", "root") from error


def _name(data: bytes | bytearray, metadata: int) -> bytes:
    found = field(data, metadata, 0)
    if not found:
        return b""
    string = follow(data, found)
    return bytes(data[string + 4 : string + 4 + unpack_from("<I", data, string)[0]])


def _write(old: bytearray, entries: Mapping[bytes, bytes]) -> bytes:
    root = follow(old, 0)
    buffers = targets(old, root, BUFFERS_SLOT)
    expect_whole(old, buffers)
    kept = [one for one in targets(old, root, METADATA_SLOT) if _name(old, one) not in entries]
    new = [None] * len(entries)
    prefix = Prefix()
    table, places = prefix.clone(old, root, MODEL_KINDS, {BUFFERS_SLOT: 0, METADATA_SLOT: 0})
    prefix.link(0, table)
    vector, buffer_entries = prefix.vector([*buffers, *new])
    prefix.link(places[BUFFERS_SLOT], vector)
    for entry, content in zip(buffer_entries[len(buffers) :], entries.values(), strict=True):
        prefix.buffer(entry, content)
    vector, metadata_entries = prefix.vector([*kept, *new])
    prefix.link(places[METADATA_SLOT], vector)
    for number, (entry, name) in enumerate(zip(metadata_entries[len(kept) :], entries, strict=True)):
        table, places = prefix.table([0, len(buffers) + number])
        prefix.link(entry, table)
        prefix.link(places[0], prefix.put(pack("<I", len(name)) + name + b"\0"))
    return prefix.before(old)
