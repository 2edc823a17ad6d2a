"""Several files that belong together: all of them are in their folder, or it is as it was."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from shutil import copy2, rmtree

from .output import beside_of, cannot, expect_place, keep_mode, move, target_of

__all__ = ["write_all"]


def write_all(
    folder: str | os.PathLike[str], contents: Mapping[str, str | bytes], *, force: bool = False
) -> None:
    """Write files by their paths within a folder; folders are made if need be.

    A new folder is filled beside its place and moved into it. In one that is there already, all files are
    written beside their places before the first is moved; where one cannot be, those that were go back.

    Raises:
        InputError: one is there already and `force` is not given, or cannot be written.
    """
    place = Path(folder)
    made: list[Path] = []
    try:
        if place.is_dir() or place.is_symlink():
            _replace(place, contents, force, made)
        else:
            _appear(place, contents, made)
        made.clear()
    except (OSError, ValueError) as error:
        raise cannot(Path(getattr(error, "filename", None) or place), error) from error
    finally:
        for parent in reversed(made):
            with suppress(OSError):
                parent.rmdir()


def _appear(folder: Path, contents: Mapping[str, str | bytes], made: list[Path]) -> None:
    """A folder that was not there."""
    _make_parents(folder.parent, made)
    beside = beside_of(folder)
    try:
        for name, content in contents.items():
            place = beside / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(_bytes(content))
        beside.mkdir(exist_ok=True)
        beside.rename(folder)
    except OSError as error:
        error.filename = str(error.filename or folder).replace(str(beside), str(folder))
        raise
    finally:
        rmtree(beside, ignore_errors=True)


def _replace(folder: Path, contents: Mapping[str, str | bytes], force: bool, made: list[Path]) -> None:
    """Files in a folder that has others, perhaps of the same names."""
    ready: list[tuple[Path, Path]] = []
    old: list[tuple[Path, Path]] = []
    moved: list[Path] = []
    place = folder
    try:
        for name in contents:
            place = folder / name
            expect_place(place, force)
        for name, content in contents.items():
            place = folder / name
            _make_parents(place.parent, made)
            target = target_of(place)
            ready.append((beside_of(target), target))
            with ready[-1][0].open("xb") as file:
                file.write(_bytes(content))
            keep_mode(ready[-1][0], target)
        for beside, place in ready:
            if place.exists():
                old.append((beside_of(place), place))
                _keep(place, old[-1][0])
            move(beside, place, force)
            moved.append(place)
    except BaseException as error:
        for kept, was in old:
            if kept.exists():
                kept.replace(was)
        for new in moved:
            if new not in (was for _, was in old):
                new.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename = str(place)
        raise
    finally:
        for beside, _ in (*ready, *old):
            with suppress(OSError):
                beside.unlink(missing_ok=True)


def _keep(place: Path, beside: Path) -> None:
    """What is there by a second name; a copy where the file system has no links."""
    try:
        os.link(place, beside)
    except OSError:
        copy2(place, beside)


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def _make_parents(folder: Path, made: list[Path]) -> None:
    """Make a folder and what is missing above it, and note which were made."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        if folder == folder.parent:
            break
        folder = folder.parent
    for name in reversed(missing):
        name.mkdir()
        made.append(name)
