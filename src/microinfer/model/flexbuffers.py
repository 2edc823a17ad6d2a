"""FlexBuffers: a map of numbers by name, as custom operators keep their options in it.

The values of a map stand in the order of their keys. A reader that knows the keys may therefore ask for a
value by its position, as TFLM's signal library does, or by its key, as its detection does. Every offset
is looked at before it is followed. Source: the FlexBuffers format of FlatBuffers.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from ..words.dataclass import dataclass

__all__ = ["DamagedError", "Stored", "read_map", "write_map"]

WIDTHS = (1, 2, 4, 8)
MOST_ENTRIES = 4096
NULL, INT, UINT, FLOAT, INDIRECT_INT, INDIRECT_UINT, INDIRECT_FLOAT, MAP, VECTOR, BOOL = (
    *(0, 1, 2, 3),
    *(6, 7, 8, 9, 10, 26),
)
_WHOLE = frozenset({NULL, INT, UINT, BOOL})
_INDIRECT = {INDIRECT_INT: INT, INDIRECT_UINT: UINT, INDIRECT_FLOAT: FLOAT}
_SIGNED, _UNSIGNED = ({w: f"<{c}" for w, c in zip(WIDTHS, codes, strict=True)} for codes in ("bhiq", "BHIQ"))
_REAL = {1: "<b", 2: "<h", 4: "<f", 8: "<d"}
"""FlexBuffers read a float of one or two bytes as a whole number."""


class DamagedError(ValueError):
    """These bytes are no map or vector, or an offset points out of them."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One value. `whole`: it is a whole number, a bool or null, and lies in the map itself. `stored` are its
    bytes there as a signed number; `real` is the number that it is, None for strings, vectors and maps."""

    key: str
    kind: int
    whole: bool
    stored: int
    real: int | float | None

    @property
    def is_null(self) -> bool:
        return self.kind == NULL


def read_map(data: bytes) -> tuple[Stored, ...]:
    """The values of the map, or vector, at the root, in the order in which they stand; a vector has no keys.

    Raises:
        DamagedError: says what is wrong.
    """
    if len(data) < 3:
        raise DamagedError(f"{len(data)} bytes, expected a FlexBuffer of 3 or more")
    root_width, packed = data[-1], data[-2]
    root = len(data) - 2 - root_width
    if root_width not in WIDTHS or root < 0:
        raise DamagedError(
            f"the root is {root_width} bytes wide, expected 1, 2, 4 or 8 within {len(data)} bytes"
        )
    kind, width = packed >> 2, 1 << (packed & 3)
    if kind not in (MAP, VECTOR):
        raise DamagedError(f"the root is of FlexBuffer type {kind}, expected a map ({MAP})")
    start = _follow(data, root, root_width)
    count = _unsigned(data, start - width, width)
    types = start + count * width
    if count > MOST_ENTRIES or types + count > len(data):
        raise DamagedError(f"{count} values, more than there is room for")
    keys = _keys(data, start - 3 * width, width, count) if kind == MAP else ("",) * count
    return tuple(
        _entry(data, key, data[types + place], start + place * width, width) for place, key in enumerate(keys)
    )


def _follow(data: bytes, at: int, width: int) -> int:
    """Where the offset at `at` points: backwards from itself."""
    found = at - _unsigned(data, at, width)
    if found < 0:
        raise DamagedError(f"an offset at byte {at} points before the first byte")
    return found


def _unsigned(data: bytes, at: int, width: int) -> int:
    return int(_number(data, at, width, _UNSIGNED))


def _number(data: bytes, at: int, width: int, codes: Mapping[int, str]) -> int | float:
    if not 0 <= at <= len(data) - width:
        raise DamagedError(f"byte {at} of {len(data)} is asked for")
    found: int | float = struct.unpack_from(codes[width], data, at)[0]
    return found


def _keys(data: bytes, at: int, width: int, count: int) -> tuple[str, ...]:
    start, key_width = _follow(data, at, width), _unsigned(data, at + width, width)
    if key_width not in WIDTHS or _unsigned(data, start - key_width, key_width) != count:
        raise DamagedError("its keys are not as many as its values")
    found = []
    for place in range(count):
        first = _follow(data, start + place * key_width, key_width)
        end = data.find(b"\0", first)
        if end < 0:
            raise DamagedError(f"the key at byte {first} has no end")
        found.append(data[first:end].decode("utf-8", "replace"))
    return tuple(found)


def _entry(data: bytes, key: str, packed: int, at: int, width: int) -> Stored:
    kind = packed >> 2
    stored = int(_number(data, at, width, _SIGNED))
    real: int | float | None = None
    inner = kind
    if kind in _INDIRECT:
        inner, at, width = _INDIRECT[kind], _follow(data, at, width), 1 << (packed & 3)
    if inner == NULL:
        real = 0
    elif inner == INT:
        real = _number(data, at, width, _SIGNED)
    elif inner in (UINT, BOOL):
        real = _number(data, at, width, _UNSIGNED)
    elif inner == FLOAT:
        real = _number(data, at, width, _REAL)
    return Stored(key, kind, kind in _WHOLE, stored, real)


def write_map(values: Mapping[str, int | float | bool]) -> bytes:
    """A map of numbers, as small as it can be, each at a multiple of its width.

    Raises:
        OverflowError: a number of more than 64 bits.
    """
    keys = sorted(values, key=str.encode)
    data, starts = bytearray(), []
    for key in keys:
        starts.append(len(data))
        data += key.encode() + b"\0"
    at, key_width = _vector_at(len(data), 1, [len(keys)], starts)
    data += bytes(at - key_width - len(data))
    data += len(keys).to_bytes(key_width, "little")
    data += b"".join((at + i * key_width - s).to_bytes(key_width, "little") for i, s in enumerate(starts))
    least = max((_width_of(values[key]) for key in keys), default=1)
    start, width = _vector_at(len(data), 3, [len(keys), key_width], [at], least)
    data += bytes(start - 3 * width - len(data))
    data += (start - 3 * width - at).to_bytes(width, "little")
    data += key_width.to_bytes(width, "little") + len(keys).to_bytes(width, "little")
    data += b"".join(_packed(values[key], width) for key in keys)
    bits = WIDTHS.index(width)
    data += bytes(_kind(values[key]) << 2 | bits for key in keys)
    root, root_width = _vector_at(len(data), 0, [], [start])
    data += bytes(root - len(data)) + (root - start).to_bytes(root_width, "little")
    return bytes(data + bytes([MAP << 2 | bits, root_width]))


def _vector_at(
    end: int, in_front: int, numbers: list[int], targets: list[int], least: int = 1
) -> tuple[int, int]:
    """Where a vector can start behind `end`, with so many numbers in front of it, and how wide they are."""
    for width in WIDTHS[WIDTHS.index(least) :]:
        start = -(-end // width) * width + in_front * width
        furthest = max((start + i * width - target for i, target in enumerate(targets)), default=0)
        if max(furthest, *numbers, 0) < 1 << 8 * width:
            return start, width
    raise OverflowError("a FlexBuffer of more than 64 bits")


def _kind(value: int | float | bool) -> int:
    return BOOL if isinstance(value, bool) else FLOAT if isinstance(value, float) else INT


def _width_of(value: int | float | bool) -> int:
    if isinstance(value, float):
        fits = abs(value) < 1 << 127 and struct.unpack("<f", struct.pack("<f", value))[0] == value
        return 4 if fits else 8
    return next((w for w in WIDTHS if -(1 << 8 * w - 1) <= value < 1 << 8 * w - 1), 8)


def _packed(value: int | float | bool, width: int) -> bytes:
    if isinstance(value, float):
        return struct.pack(_REAL[width], value)
    return int(value).to_bytes(width, "little", signed=not isinstance(value, bool))
