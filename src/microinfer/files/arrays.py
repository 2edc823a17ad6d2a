"""Arrays out of a user's file: what the header says is held against the file before anything is allocated."""

from __future__ import annotations

import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

__all__ = ["map_array", "read_arrays"]

MOST_BYTES = 1 << 30
"""No input of a microcontroller is larger; what claims more is refused before it is unpacked."""
PIECE = 1 << 20
MAGIC, ZIP = b"\x93NUMPY", b"PK"


def read_arrays(
    path: Path, where: str, most: int | None = MOST_BYTES
) -> NDArray[Any] | Mapping[str, NDArray[Any]]:
    """The array of an .npy file, or those of an .npz file by name.

    Raises:
        InputError: no such file, none of numbers, or one that is shorter than it says or far too large; the
            message starts with `where`. `most` bytes are read at most.
    """
    try:
        with path.open("rb") as file:
            start = file.read(len(MAGIC))
            if start[: len(ZIP)] == ZIP:
                return _archive(path, where, most)
            file.seek(0)
            return _array(file, where, most)
    except _DAMAGED as error:
        raise _refusal(where, error) from error


def map_array(path: Path, where: str) -> NDArray[Any]:
    """The array of an .npy file, read from the file as it is used.

    Raises:
        InputError: as `read_arrays`.
    """
    try:
        with path.open("rb") as file:
            shape, fortran, dtype, claimed = _header(file, where)
            start, found = file.tell(), path.stat().st_size - file.tell()
        if found != claimed:
            raise InputError(
                f"{where}: its header claims {claimed:,} bytes of {dtype} {shape}, it holds {found:,}"
            )
        if not claimed:
            return np.empty(shape, dtype)
        return np.memmap(path, dtype, "r", start, shape, "F" if fortran else "C")
    except _DAMAGED as error:
        raise _refusal(where, error) from error


_DAMAGED = (
    OSError, ValueError, EOFError, KeyError, TypeError, zipfile.BadZipFile, NotImplementedError, MemoryError,
    RecursionError, SyntaxError, OverflowError, RuntimeError, tokenize.TokenError, zlib.error,
)  # fmt: skip
"""What numpy and zipfile raise for files that they do not understand."""


def _refusal(where: str, error: BaseException) -> InputError:
    if isinstance(error, InputError):
        return error
    if isinstance(error, OSError):
        return InputError(f"{where}: {error.strerror or error}")
    return InputError(f"{where}: not a .npy or .npz file of numbers")


def _archive(path: Path, where: str, most: int | None) -> dict[str, NDArray[Any]]:
    found: dict[str, NDArray[Any]] = {}
    with zipfile.ZipFile(path) as archive:
        total = sum(entry.file_size for entry in archive.infolist())
        if most is not None and total > most:
            raise InputError(f"{where}: says that it unpacks to {total:,} bytes, at most {most:,} are read")
        for entry in archive.infolist():
            with archive.open(entry) as file:
                name = entry.filename.removesuffix(".npy")
                found[name] = _array(file, f"{where}: {entry.filename}", most)
    return found


def _header(file: IO[Any], where: str) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """(shape, whether columns come first, type, bytes of the array) of the array that a file begins with."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(file)
    if dtype.hasobject:
        raise InputError(f"{where}: not a .npy or .npz file of numbers (it holds objects of Python)")
    if any(size < 0 for size in shape):
        raise ValueError(shape)
    return shape, fortran, dtype, prod(shape) * dtype.itemsize


def _array(file: IO[Any], where: str, most: int | None) -> NDArray[Any]:
    """The array in a file that begins with its header."""
    shape, fortran, dtype, claimed = _header(file, where)
    if most is not None and claimed > most:
        raise InputError(
            f"{where}: its header claims {claimed:,} bytes of {dtype} {shape}, at most {most:,} are read"
        )
    content = np.empty(claimed, np.uint8)
    read = _read_into(file, content.data)
    if read != claimed or file.read(1):
        more = "more" if read == claimed else f"{read:,}"
        raise InputError(f"{where}: its header claims {claimed:,} bytes of {dtype} {shape}, it holds {more}")
    array = content.view(dtype)
    return array.reshape(shape[::-1]).T if fortran else array.reshape(shape)


def _read_into(file: IO[Any], place: memoryview) -> int:
    """Fill memory from a file, piece by piece: to ask an archive's file for all of it at once copies what was
    read so far for every piece. Returns the bytes that there were."""
    read = 0
    while read < len(place):
        piece = file.read(min(PIECE, len(place) - read))
        if not piece:
            break
        place[read : read + len(piece)] = piece
        read += len(piece)
    return read
