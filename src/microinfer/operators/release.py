"""A release of TFLM, as one value: whose bits and whose bytes are emulated.

Its facts are files in `profiles/releases/`; a new one needs nothing else. The default is the release that
the truth files were made with.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from ..errors import InputError
from ..files.settings_file import find_settings, read_settings, release_of
from ..words.data_folder import data_file
from ..words.dataclass import dataclass, field

__all__ = [
    "DEFAULT_RELEASE",
    "RELEASES",
    "Layout",
    "Release",
    "checked_release",
    "find_release",
    "settled_release",
]

SHORTEST_COMMIT = 7
"""Digits of a commit by which a release can be named."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Sizes of TFLM's structures: a table of `profiles/memory/tflm.toml`, the parameters of operators that
    differ from it as (size, alignment), and what has not been verified, "" if nothing."""

    table: str
    note: str
    parameters: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Release:
    """`factors`: the type in which scales are multiplied and divided where TFLM does not cast them to double
    first, "float32" or "float64"; a multiplier's last bits differ, and with them about one int8 in a
    million by one. `layouts` by pointer size in bytes. `operators`: the release whose table of operators
    and types holds. `unsized`: types whose elements have no size for its allocator. `package`: the pip
    package of it, "" if there is none.
    """

    name: str
    commit: str
    date: str
    factors: str
    operators: str = field(compare=False)
    unsized: frozenset[str] = field(compare=False, repr=False)
    package: str = field(compare=False)
    source: str = field(compare=False)
    layouts: Mapping[int, Layout] = field(compare=False, repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        return find_release, (self.name,)

    @property
    def real(self) -> Any:
        """numpy's type for `factors`."""
        return np.dtype(self.factors).type

    @property
    def short(self) -> str:
        """Such as "TFLM 90b983c2"."""
        return f"TFLM {self.commit[:8]}"

    @property
    def title(self) -> str:
        """Such as "TFLM 90b983c2 (2026-08-20)"."""
        return f"{self.short} ({self.date})"


def _layouts(table: Mapping[str, Any]) -> Mapping[int, Layout]:
    return MappingProxyType(
        {
            int(name.removeprefix("pointer-")): Layout(
                found["table"],
                found.get("note", ""),
                MappingProxyType({key: (size, align) for key, (size, align) in found["parameters"].items()})
                if "parameters" in found
                else MappingProxyType({}),
            )
            for name, found in table.items()
        }
    )


@cache
def _load(name: str) -> Release:
    path = data_file("releases", f"{name}.toml")
    table = tomllib.loads(path.read_text("utf-8"))
    return Release(
        name=name,
        commit=table["commit"],
        date=table["date"],
        factors=table["factors"],
        operators=table["operators"],
        unsized=frozenset(table["unsized"]),
        package=table.get("package", ""),
        source=table["source"],
        layouts=_layouts(table["layouts"]),
    )


RELEASES = tuple(
    sorted(
        file.name.removesuffix(".toml")
        for file in data_file("releases").iterdir()
        if file.name.endswith(".toml")
    )
)
"""Names, oldest first."""
DEFAULT_RELEASE = _load("2026-08")


def find_release(release: str | Release | None = None) -> Release:
    """A release by its name, such as "2026-08", or by seven digits or more of its commit; None: the default.

    Raises:
        InputError: there is none, or nobody has described it.
    """
    if release is None:
        return DEFAULT_RELEASE
    if isinstance(release, Release):
        return release
    known = [_load(name) for name in RELEASES]
    wanted = release.strip().lower()
    for found in known:
        if wanted in (found.name, found.title.lower()):
            return found
        if len(wanted) >= SHORTEST_COMMIT and (
            found.commit.startswith(wanted) or wanted.startswith(found.commit)
        ):
            return found
    names = ", ".join(f"{found.name} ({found.commit[:8]})" for found in known)
    raise InputError(f"no release {release!r} of TFLM is known, there are {names}")


def settled_release(start: Path | None = None) -> str | None:
    """The release that the nearest `microinfer.toml` names, from a folder (the current one) upwards; None
    where none does.

    Raises:
        InputError: the file cannot be read, or names no release that there is.
    """
    path = find_settings(start)
    return None if path is None else checked_release(read_settings(path), path)


def checked_release(table: dict[str, Any], path: Path) -> str | None:
    """The release that a settings file names.

    Raises:
        InputError: there is none of that name.
    """
    found = release_of(table, path)
    try:
        find_release(found)
    except InputError as error:
        raise InputError(f"{path}: key 'release': {error}") from error
    return found
