"""C constants as text: byte arrays, and structures by field, with the bytes that they take on AVR."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from functools import cache

from ...words.dataclass import dataclass

__all__ = ["ByteArray", "Parameters", "bounds", "comment", "float_literal", "identifier", "int32_bytes"]

LONGEST_COMMENT = 240
FIELD_BYTES = {
    "int8_t": 1,
    "uint8_t": 1,
    "int16_t": 2,
    "uint16_t": 2,
    "int32_t": 4,
    "uint32_t": 4,
    "float": 4,
    "pointer": 2,
}
"""Sizes on AVR, which aligns nothing."""


@dataclass(frozen=True, slots=True)
class ByteArray:
    """`static const uint8_t name[] FLASH`, with a comment a line if any: (bytes, comment) pairs."""

    name: str
    rows: tuple[tuple[bytes, str], ...]

    @property
    def size_bytes(self) -> int:
        return sum(len(data) for data, _ in self.rows)

    def text(self) -> str:
        lines = []
        for data, comment in self.rows:
            if comment:
                lines.append(f"    /* {comment} */")
            for start in range(0, len(data), 20):
                lines.append("    " + " ".join(f"{byte}," for byte in data[start : start + 20]))
        body = "\n".join(lines)
        return f"static const uint8_t {self.name}[{self.size_bytes}] FLASH = {{\n{body}\n}};"


@dataclass(frozen=True, slots=True)
class Parameters:
    """`static const <kind> name FLASH`. Fields: (name, C type, value or values); a name with a dot is inside
    a structure, as C99's designated initialisers have it."""

    kind: str
    name: str
    fields: tuple[tuple[str, str, int | str | Sequence[int]], ...]

    @property
    def size_bytes(self) -> int:
        return sum(
            FIELD_BYTES[kind] * (1 if isinstance(value, (int, str)) else len(value))
            for _, kind, value in self.fields
        )

    def beyond(self) -> str:
        """The first field that has not room for its value, as "size = 80000"; "" where all have."""
        for name, kind, value in self.fields:
            if isinstance(value, str) or kind == "float":
                continue
            low, high = bounds(kind)
            for item in (value,) if isinstance(value, int) else value:
                if not low <= item <= high:
                    return f"{name} = {item}"
        return ""

    def text(self) -> str:
        lines = []
        for name, kind, value in self.fields:
            if isinstance(value, str):
                written = value
            elif isinstance(value, int):
                written = _literal(value, kind)
            else:
                written = "{" + ", ".join(_literal(item, kind) for item in value) + "}"
            lines.append(f"    .{name} = {written},")
        body = "\n".join(lines)
        return f"static const {self.kind} {self.name} FLASH = {{\n{body}\n}};"


@cache
def bounds(kind: str) -> tuple[int, int]:
    """The least and the largest number of an integer type such as uint16_t."""
    count = 1 << 8 * FIELD_BYTES[kind]
    return (0, count - 1) if kind.startswith("u") else (-count // 2, count // 2 - 1)


def _literal(value: int, kind: str) -> str:
    if kind == "int32_t":
        return "INT32_MIN" if value == -(1 << 31) else f"{value}L"
    return f"{value}ul" if kind == "uint32_t" else str(value)


def int32_bytes(value: int) -> bytes:
    """The low 32 bits, little-endian."""
    return (value & 0xFFFFFFFF).to_bytes(4, "little")


def float_literal(value: float) -> str:
    """A C literal that is exactly this float32: nine digits tell them all apart."""
    exact: float = struct.unpack("<f", struct.pack("<f", value))[0]
    digits = f"{exact:.9g}"
    return f"{digits}f" if "." in digits or "e" in digits else f"{digits}.0f"


def identifier(name: str) -> str:
    """A C identifier that resembles `name`."""
    made = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower()
    return made if made and not made[0].isdigit() else f"model_{made}".rstrip("_")


def comment(text: str) -> str:
    """Text that can stand in any comment: printable ASCII that neither ends nor continues it.

    The middle of what is far too long for a line shows as "...".
    """
    plain = re.sub(r"[^\x20-\x7e]", "?", text.replace("…", "..."))
    if len(plain) > LONGEST_COMMENT:
        half = (LONGEST_COMMENT - 3) // 2
        plain = f"{plain[:half]}...{plain[len(plain) - half :]}"
    return plain.replace("\\", "/").replace("??", "? ").replace("*/", "* /").replace("/*", "/ *").strip()
