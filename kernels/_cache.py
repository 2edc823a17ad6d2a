"""The user's folder for machine code: where it is, whether nobody else can plant anything there, its files.

What lies in it is run. So the folder and every file in it have to belong to the effective user and to be
writable by nobody else; so does every folder above, which may be root's too, and which others may share only
where each can move just what is their own (/tmp). Files are opened without following links. Where a platform
has no such owners (Windows), the folder is in the user's own profile, which guards it.
"""

from __future__ import annotations

import os
import secrets
import stat
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["UnsafeError", "make_folder", "read", "user_cache", "write"]

POSIX = os.name == "posix"
FOLDER_MODE, FILE_MODE = 0o700, 0o600
BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
MOST_LINKS = 40


class UnsafeError(Exception):
    """Somebody else could write what would be run; the message names the place and what is wrong there."""


def user_cache() -> Path:
    """MICROINFER_CACHE_DIR, or else the platform's folder for caches; what is empty or relative is not set.

    Raises:
        RuntimeError: nobody says where the user's home is.
    """
    if (given := _absolute("MICROINFER_CACHE_DIR")) is not None:
        return given
    if sys.platform == "win32":
        return (_absolute("LOCALAPPDATA") or _home() / "AppData/Local") / "microinfer" / "Cache"
    if sys.platform == "darwin":
        return _home() / "Library/Caches/microinfer"
    return (_absolute("XDG_CACHE_HOME") or _home() / ".cache") / "microinfer"


def _absolute(variable: str) -> Path | None:
    path = Path(os.environ.get(variable, ""))
    return path if path.is_absolute() else None


def _home() -> Path:
    home = Path.home()
    if not home.is_absolute():
        raise RuntimeError(f"the home folder {str(home)!r} is relative")
    return home


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, for the user alone, if nobody else can meddle.

    Raises:
        UnsafeError: somebody else owns or can write it or a folder above, or it is a link.
        OSError: it cannot be made or written.
    """
    if not POSIX:
        folder.mkdir(parents=True, exist_ok=True)
    else:
        for above in _chain(folder.parent):
            _expect_trusted(above)
        for name in (folder.parent, folder):
            with suppress(FileExistsError):
                name.mkdir(FOLDER_MODE)
    probe = f"write-{secrets.token_hex(8)}"
    write(folder, probe, b"")
    with _opened(folder) as directory:
        os.unlink(probe if directory is not None else folder / probe, dir_fd=directory)


def _chain(folder: Path) -> Iterator[Path]:
    """Every folder above one, from the root on, with links followed if the user or root made them.

    What is missing is made on the way; the last is left to the caller.
    """
    at, names, links = Path("/"), list(folder.parts[1:]), 0
    yield at
    while len(names) > 1:
        name = names.pop(0)
        at = at.parent if name == ".." else at / name
        with suppress(FileNotFoundError):
            if stat.S_ISLNK(at.lstat().st_mode):
                _expect_owned(at, at.lstat(), (0, os.geteuid()))
                links += 1
                if links > MOST_LINKS:
                    raise UnsafeError(f"{folder} leads through too many links")
                target = at.readlink()
                names[:0] = target.parts[1:] if target.is_absolute() else target.parts
                at = Path("/") if target.is_absolute() else at.parent
                continue
        with suppress(FileExistsError):
            at.mkdir(FOLDER_MODE)
        yield at


def _expect_trusted(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(20, "Not a directory", str(folder))
    _expect_owned(folder, found, (0, os.geteuid()))
    if found.st_mode & stat.S_ISVTX:
        return
    shared = found.st_mode & stat.S_IWGRP and not _own_group(found.st_gid)
    if found.st_mode & stat.S_IWOTH or shared:
        raise UnsafeError(f"{folder} can be written by others (mode {stat.S_IMODE(found.st_mode):04o})")


def _own_group(group: int) -> bool:
    """Whether a group is the user's alone, as many systems give each user one."""
    import grp
    import pwd

    try:
        name, found = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(group)
    except KeyError:
        return False
    return found.gr_name == name and not {*found.gr_mem} - {name}


def _expect_owned(place: object, found: os.stat_result, owners: tuple[int, ...]) -> None:
    if found.st_uid not in owners:
        raise UnsafeError(f"{place} belongs to user {found.st_uid}, not to user {os.geteuid()}")


def _expect_private(place: object, found: os.stat_result) -> None:
    """Of the folders and files that are the cache's own no group is trusted either."""
    _expect_owned(place, found, (os.geteuid(),))
    if found.st_mode & BY_OTHERS:
        raise UnsafeError(f"{place} can be written by others (mode {stat.S_IMODE(found.st_mode):04o})")


@contextmanager
def _opened(folder: Path) -> Iterator[int | None]:
    """The folder as a descriptor, looked at after it was opened; None where the platform has none.

    The folder above is the cache's own too: whoever can write it can put another in this one's place.
    """
    if not POSIX:
        yield None
        return
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    for place in (folder.parent, folder):
        if place.is_symlink():
            raise UnsafeError(f"{place} is a link")
    above = os.open(folder.parent, flags)
    try:
        _expect_private(folder.parent, os.fstat(above))
        directory = os.open(folder.name, flags, dir_fd=above)
    finally:
        os.close(above)
    try:
        _expect_private(folder, os.fstat(directory))
        yield directory
    finally:
        os.close(directory)


def read(folder: Path, name: str) -> bytes | None:
    """A file of the folder; None where there is none, or none that only the user could have written."""
    try:
        with _opened(folder) as directory:
            flags = os.O_RDONLY
            if directory is None:
                flags |= getattr(os, "O_BINARY", 0)
            else:
                flags |= os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            place = name if directory is not None else folder / name
            with os.fdopen(os.open(place, flags, dir_fd=directory), "rb") as file:
                found = os.fstat(file.fileno())
                if not stat.S_ISREG(found.st_mode):
                    return None
                if directory is not None:
                    _expect_private(name, found)
                return file.read()
    except (OSError, UnsafeError):
        return None


def write(folder: Path, name: str, content: bytes) -> None:
    """Write a file of the folder in one piece or not at all: other processes may write and read the same.

    Raises:
        UnsafeError, OSError: the folder is not the user's alone, or the file cannot be written.
    """
    unfinished = f".{name}-{os.getpid()}-{secrets.token_hex(4)}"
    with _opened(folder) as directory:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        if directory is None:
            source, target = os.fspath(folder / unfinished), os.fspath(folder / name)
        else:
            source, target = unfinished, name
            flags |= os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(source, flags, FILE_MODE, dir_fd=directory), "wb") as file:
                file.write(content)
            os.replace(source, target, src_dir_fd=directory, dst_dir_fd=directory)
        except OSError:
            with suppress(OSError):
                os.unlink(source, dir_fd=directory)
            raise
