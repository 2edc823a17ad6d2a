"""What may be chosen on the page, and what was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import zoo
from ..errors import InputError
from ..libraries.build import KINDS, LEVELS, Build
from ..parts.profile import Profile, load_profile, profile_names
from ..words.dataclass import dataclass
from ..words.quantities import parse_bytes

__all__ = ["DEFAULT_PART", "MOST_BESIDE", "MOST_BYTES", "Choices", "catalogue", "read_choices"]

DEFAULT_PART = "cortex-m4"
MOST_BESIDE = 100
"""Parts to compare with; there are fewer."""
MOST_BYTES = 64 << 20
"""Of a file: far above what any microcontroller holds."""
_ONCE = ("name", "zoo", "part", "library", "build", "arena", "run", "whole")


@dataclass(frozen=True, slots=True)
class Choices:
    """What is asked of a model: `name` is its file's, `zoo` that of one which is not sent. `arena` is in
    bytes, None for the smallest; `beside` are the parts to compare with, None for all. `whole`: a document,
    to keep.
    """

    name: str
    zoo: str
    part: Profile
    library: str | None
    arena: int | None
    beside: tuple[Profile, ...] | None
    runs: bool
    whole: bool


def read_choices(pairs: Sequence[tuple[str, str]]) -> Choices:
    """Of a query, whose keys are those of `Choices`; what is empty is left to the default.

    Raises:
        InputError: a key that is unknown or there twice, or a value that cannot be used.
        ProfileError: no such part.
    """
    given: dict[str, str] = {}
    beside: list[str] = []
    for key, value in pairs:
        if key == "beside":
            beside.append(value)
        elif key not in _ONCE:
            raise InputError(f"key {key!r}: found in the question, expected {', '.join((*_ONCE, 'beside'))}")
        elif key in given:
            raise InputError(f"key {key!r}: found twice in the question, expected once")
        else:
            given[key] = value.strip()
    if len(beside) > MOST_BESIDE:
        raise InputError(f"{len(beside)} parts to compare with, expected at most {MOST_BESIDE}")
    part = _stock(given.get("part") or DEFAULT_PART).built(given.get("build") or None)
    if given.get("zoo") and not zoo.has(given["zoo"]):
        raise InputError(f"zoo: found {given['zoo']!r}, expected one of {', '.join(zoo.names())}")
    others = tuple(_stock(name) for name in beside if name)
    return Choices(
        given.get("name", ""),
        given.get("zoo", ""),
        part,
        given.get("library") or None,
        parse_bytes(given["arena"], "arena") if given.get("arena") else None,
        others if beside else None,
        given.get("run") == "1",
        given.get("whole") == "1",
    )


def _stock(name: str) -> Profile:
    """A page names parts that come with the package, and no files."""
    if name not in profile_names():
        raise InputError(f"part {name!r}: found in the question, expected a name from 'microinfer profiles'")
    return load_profile(name)


def catalogue() -> dict[str, Any]:
    """All that the page offers."""
    return {
        "parts": [_part(load_profile(name)) for name in profile_names()],
        "part": DEFAULT_PART,
        "builds": [str(Build(level, kind)) for kind in KINDS for level in LEVELS],
        "zoo": list(zoo.names()),
        "most_bytes": MOST_BYTES,
    }


def _part(part: Profile) -> Mapping[str, Any]:
    return {
        "name": part.name,
        "title": part.title,
        "kind": part.kind,
        "libraries": list(part.libraries),
        "library": part.library,
        "build": str(part.build),
    }
