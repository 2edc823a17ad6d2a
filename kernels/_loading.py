"""Object files into memory without LLVM, which takes half of a warm start and fifty megabytes.

Linux on x86-64 alone, and object files that ask for little: no addresses but absolute ones of 64 bits, by
which LLVM writes code that may lie anywhere. Where a file asks for more, LLVM loads it after all. Source:
System V ABI, AMD64 supplement, and the ELF-64 object file format.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

__all__ = ["load", "place"]

MAGIC = b"\x7fELF\x02\x01\x01"
RELOCATABLE, X86_64 = 1, 62
PROGRAM_BITS, SYMBOLS, RELOCATIONS_WITH_ADDENDS, NO_BITS, RELOCATIONS = 1, 2, 4, 8, 9
WRITABLE, ALLOCATED, EXECUTABLE = 1, 2, 4
ABSOLUTE_64 = 1
UNDEFINED, FIRST_RESERVED = 0, 0xFF00
UNWINDING = b".eh_frame"

_kept: list[mmap.mmap] = []  # kernels stay as long as the process does


class _OtherwiseError(Exception):
    """The file asks for more than this loader has."""


@dataclass(slots=True)
class _Section:
    name: bytes
    kind: int
    flags: int
    offset: int
    size: int
    link: int
    info: int
    alignment: int
    place: int = -1

    @property
    def is_loaded(self) -> bool:
        return bool(self.flags & ALLOCATED) and self.size > 0 and self.name != UNWINDING


def load(code: bytes, symbol: str) -> Callable[..., None]:
    """The function `symbol` of an object file, which takes a pointer; it is called without the GIL."""
    if (address := place(code, symbol)) is not None:
        return ctypes.CFUNCTYPE(None)(address)
    from ._machine_code import load as load_by_llvm

    return load_by_llvm(code, symbol)


def place(code: bytes, symbol: str) -> int | None:
    """Where the function lies in memory now; None where only LLVM can load it."""
    if sys.platform != "linux" or os.uname().machine != "x86_64" or struct.calcsize("P") != 8:
        return None
    try:
        return _mapped(code, symbol.encode())
    except (_OtherwiseError, struct.error, IndexError, ValueError, OSError):
        return None


def _mapped(code: bytes, symbol: bytes) -> int:
    """Where the function lies, once all is in its place, and code and constants can be written no more."""
    sections = _sections(code)
    ends, size = [0], 0
    for wanted in (EXECUTABLE, 0, WRITABLE):
        for section in sections:
            if section.is_loaded and section.flags & (EXECUTABLE | WRITABLE) == wanted:
                if section.kind not in (PROGRAM_BITS, NO_BITS) or section.alignment > mmap.PAGESIZE:
                    raise _OtherwiseError
                section.place = -(-size // max(1, section.alignment)) * max(1, section.alignment)
                size = section.place + section.size
        size = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
        ends.append(size)
    memory = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=mmap.PROT_READ | mmap.PROT_WRITE)
    base = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    for section in sections:
        if section.place >= 0 and section.kind == PROGRAM_BITS:
            content = code[section.offset : section.offset + section.size]
            memory[section.place : section.place + section.size] = content
    symbols = _symbols(code, sections, base)
    for section in sections:
        if section.kind in (RELOCATIONS, RELOCATIONS_WITH_ADDENDS) and sections[section.info].place >= 0:
            _relocate(code, section, sections[section.info], memory, symbols)
    found = [value for name, value in symbols if name == symbol and value is not None]
    if len(found) != 1:
        raise _OtherwiseError
    _protect(base, ends[0], ends[1], mmap.PROT_READ | mmap.PROT_EXEC)
    _protect(base, ends[1], ends[2], mmap.PROT_READ)
    _kept.append(memory)
    return found[0]


def _sections(code: bytes) -> list[_Section]:
    kind, machine = struct.unpack_from("<HH", code, 16)
    start, count, names = *struct.unpack_from("<Q", code, 40), *struct.unpack_from("<HH", code, 60)
    if not code.startswith(MAGIC) or (kind, machine) != (RELOCATABLE, X86_64) or not 0 < names < count:
        raise _OtherwiseError
    rows = [struct.unpack_from("<IIQQQQIIQQ", code, start + 64 * index) for index in range(count)]
    table = rows[names][4]
    return [
        _Section(_text(code, table + name), kind, flags, offset, size, link, info, alignment)
        for name, kind, flags, _, offset, size, link, info, alignment, _ in rows
    ]


def _text(code: bytes, at: int) -> bytes:
    return code[at : code.index(b"\0", at)]


def _symbols(code: bytes, sections: list[_Section], base: int) -> list[tuple[bytes, int | None]]:
    """Name and address of each; None for what is not loaded or not known."""
    tables = [section for section in sections if section.kind == SYMBOLS]
    if len(tables) != 1:
        raise _OtherwiseError
    names, found = sections[tables[0].link].offset, list[tuple[bytes, int | None]]()
    for at in range(tables[0].offset, tables[0].offset + tables[0].size, 24):
        name, _, _, index, value, _ = struct.unpack_from("<IBBHQQ", code, at)
        called, place = _text(code, names + name), None
        if index == UNDEFINED:
            place = _outside(called.decode("ascii", "replace")) if called else None
        elif index < FIRST_RESERVED and sections[index].place >= 0:
            place = base + sections[index].place + value
        found.append((called, place))
    return found


def _relocate(
    code: bytes, rows: _Section, target: _Section, memory: mmap.mmap, symbols: list[tuple[bytes, int | None]]
) -> None:
    if rows.kind == RELOCATIONS:
        raise _OtherwiseError
    for at in range(rows.offset, rows.offset + rows.size, 24):
        offset, info, addend = struct.unpack_from("<QQq", code, at)
        address = symbols[info >> 32][1]
        if info & 0xFFFFFFFF != ABSOLUTE_64 or address is None or offset + 8 > target.size:
            raise _OtherwiseError
        struct.pack_into("<Q", memory, target.place + offset, (address + addend) % (1 << 64))


@cache
def _process() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _outside(name: str) -> int | None:
    """The address of what the C library has, memcpy say."""
    try:
        return ctypes.cast(getattr(_process(), name), ctypes.c_void_p).value
    except (AttributeError, ValueError):
        return None


def _protect(base: int, start: int, end: int, allowed: int) -> None:
    protect = _process().mprotect
    protect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    if end > start and protect(base + start, end - start, allowed):
        raise OSError(ctypes.get_errno(), "mprotect")
