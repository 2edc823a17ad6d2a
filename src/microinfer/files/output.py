"""Files that are written: whole or not at all, and over nothing of the user's unless it is said.

A file is written beside its place and moved into it, so that a full disk, a crash or a lost process leaves
the old file or none. What is there already stays, unless `force` says otherwise. A device or a pipe is
written as it stands; "-" and /dev/stdout are standard output, which goes on where it was.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from ..errors import InputError

__all__ = ["STANDARD_OUTPUT", "expect_free", "is_standard_output", "replacing", "write_file"]

STANDARD_OUTPUT = "-"


_STREAM = re.compile(r"(?:/dev|/proc/self)/fd/(\d+)")


def is_standard_output(path: str | os.PathLike[str]) -> bool:
    """Whether a path stands for standard output."""
    return _stream(path) == 1


def _stream(path: str | os.PathLike[str]) -> int | None:
    """The number of the open stream that a path stands for, if it does."""
    name = os.fspath(path)
    if (known := {STANDARD_OUTPUT: 1, "/dev/stdout": 1, "/dev/stderr": 2}.get(name)) is not None:
        return known
    found = _STREAM.fullmatch(name)
    return int(found[1]) if found is not None else None


def expect_free(*paths: Path | None, force: bool = False) -> None:
    """Refuse, before any work is done, places that could not be written at the end.

    Raises:
        InputError: a file is there already and `force` is not given, or two are the same, or no file can be
            there.
    """
    chosen = [path for path in paths if path is not None]
    for position, path in enumerate(chosen):
        if path in chosen[:position]:
            raise InputError(f"{path} is named twice; two outputs need two places")
        if _stream(path) is not None:
            continue
        try:
            mode = path.stat().st_mode
        except FileNotFoundError:
            if not path.parent.is_dir():
                raise InputError(f"cannot write {path}: no folder {str(path.parent)!r}") from None
            continue
        except (OSError, ValueError) as error:
            raise cannot(path, error) from error
        if stat.S_ISDIR(mode):
            raise InputError(f"cannot write {path}: it is a folder")
        if stat.S_ISREG(mode) and not force:
            raise _taken(path)


def write_file(path: str | os.PathLike[str], content: str | bytes, *, force: bool = False) -> Path:
    """Write a file, UTF-8 with plain newlines if it is text; returns its path.

    Raises:
        InputError: it is there already and `force` is not given, or it cannot be written.
    """
    with replacing(path, force=force) as file:
        file.write(content.encode() if isinstance(content, str) else content)
    return Path(path)


@contextmanager
def replacing(path: str | os.PathLike[str], *, force: bool = False) -> Iterator[IO[bytes]]:
    """A binary file to write, which is at `path` only when the block ends well.

    Raises:
        InputError: it is there already and `force` is not given, or it cannot be written.
    """
    place = Path(path)
    try:
        if (stream := _stream(path)) is not None:
            with _open_stream(stream) as file:
                yield file
            return
        if _is_special(place):
            with place.open("wb") as file:
                yield file
            return
        expect_place(place, force)
        target = target_of(place)
        beside = beside_of(target)
        try:
            with beside.open("xb") as file:
                yield file
            keep_mode(beside, target)
            move(beside, target, force)
        finally:
            beside.unlink(missing_ok=True)
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:
        raise cannot(place, error) from error


@contextmanager
def _open_stream(number: int) -> Iterator[IO[bytes]]:
    """An open stream, after all that was printed to it before; it stays open."""
    if number in (1, 2):
        stream = sys.stdout if number == 1 else sys.stderr
        stream.flush()
        yield stream.buffer
        stream.buffer.flush()
        return
    with os.fdopen(os.dup(number), "wb") as file:
        yield file


def _is_special(place: Path) -> bool:
    """Whether there is a device, a pipe or a socket, which is written and never replaced."""
    try:
        mode = place.stat().st_mode
    except FileNotFoundError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def expect_place(place: Path, force: bool) -> None:
    if place.is_dir():
        raise IsADirectoryError(errno.EISDIR, "it is a folder")
    if not force and place.exists():
        raise _taken(place)


def _taken(place: Path) -> InputError:
    return InputError(f"{place} is there already; --force replaces it")


def cannot(place: Path, error: Exception) -> Exception:
    if isinstance(error, InputError):
        return error
    return InputError(f"cannot write {place}: {getattr(error, 'strerror', None) or error}")


def beside_of(place: Path) -> Path:
    """An unfinished file in the same folder, with a short name: that of the place may be the longest."""
    return place.with_name(f".microinfer-{os.urandom(8).hex()}.part")


def target_of(place: Path) -> Path:
    """Where a link leads: it is the file that is written, the link stays."""
    return place.resolve() if place.is_symlink() else place


def keep_mode(beside: Path, place: Path) -> None:
    """A file that is replaced keeps who may read it."""
    with suppress(OSError):
        beside.chmod(stat.S_IMODE(place.stat().st_mode))


def move(beside: Path, place: Path, force: bool) -> None:
    """Into its place; a file that came there meanwhile is the user's too."""
    if force:
        beside.replace(place)
        return
    try:
        os.link(beside, place)
    except FileExistsError:
        raise _taken(place) from None
    except OSError:  # no hard links on this file system
        if place.exists():
            raise _taken(place) from None
        beside.replace(place)
    else:
        beside.unlink()
