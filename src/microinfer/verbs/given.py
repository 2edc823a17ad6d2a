"""What a caller hands to a verb, and what it is turned into."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeAlias

from ..errors import InputError
from ..libraries import build
from ..operators import release
from ..parts.profile import Profile, load_profile, profile_names
from ..run.inputs import Given
from ..zoo.source import Source

__all__ = [
    "Amount",
    "Build",
    "Inputs",
    "Part",
    "Parts",
    "Release",
    "Size",
    "Source",
    "boards",
    "inputs_of",
    "listed",
    "part_of",
    "parts_of",
    "release_of",
]

Part: TypeAlias = str | os.PathLike[str] | Profile
"""A part or board: its name, the path of a .toml file, or a Profile."""
Parts: TypeAlias = Part | Iterable[Part]
Size: TypeAlias = str | int
"""Bytes: 16384 or "16k"."""
Release: TypeAlias = str | release.Release
"""A release of TFLM, "2026-08" say, or its commit."""
Build: TypeAlias = str | build.Build
"""How the firmware is compiled: "O2", "Os,strings"."""
Amount: TypeAlias = str | float
"""A number in seconds, joules, volts or amperes, or text with its unit: 0.05 or "50ms"."""
Inputs: TypeAlias = str | os.PathLike[str] | Given


def part_of(part: Part, build: Build | None = None) -> Profile:
    """One part, with firmware that is compiled so; default as its common toolchain does.

    Raises:
        ProfileError: no such part.
        InputError: no such build, or what is no part.
    """
    if not isinstance(part, str | os.PathLike | Profile):
        raise InputError(f"part: found {type(part).__name__}, expected a name, a path or a Profile")
    return (part if isinstance(part, Profile) else load_profile(part)).built(build)


def parts_of(parts: Parts | None, build: Build | None = None) -> list[Profile]:
    """Several parts; every board where there are none."""
    return [part_of(part, build) for part in (boards() if parts is None else listed(parts))]


def release_of(given: Release | None) -> Release | None:
    """The release, else that of the nearest `microinfer.toml`, as every command takes it.

    Raises:
        InputError: that file cannot be read, or names no release that there is.
    """
    return release.settled_release() if given is None else given


def boards() -> list[Profile]:
    """The stock boards."""
    return [part for part in map(load_profile, profile_names()) if part.kind == "board"]


def listed(given: Any) -> list[Any]:
    """One thing, or several, as a list."""
    alone = isinstance(given, str | os.PathLike | Profile) or not isinstance(given, Iterable)
    return [given] if alone else list(given)


def inputs_of(inputs: Inputs | None) -> Given | None:
    """A path, or arrays."""
    return Path(inputs) if isinstance(inputs, str | os.PathLike) else inputs
