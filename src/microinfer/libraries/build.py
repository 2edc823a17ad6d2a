"""How the firmware is compiled: the optimisation, and whether checks and their texts are in it.

TFLM's makefile knows three kinds: `release` leaves out assertions and the texts of errors, its
`release_with_logs` keeps the texts ("strings"), and its default keeps both ("asserts"). Assertions are
there wherever -DNDEBUG is not given, and TFLM's loops over elements are full of them.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from ..errors import InputError
from ..words.dataclass import dataclass, replace
from ..words.spelling import nearest_note

__all__ = ["DEFAULT_BUILD", "KINDS", "LEVELS", "Build", "build_words", "find_build"]

Level: TypeAlias = Literal["O2", "O3", "Os"]
Kind: TypeAlias = Literal["release", "strings", "asserts"]
LEVELS: tuple[Level, ...] = ("O3", "O2", "Os")
KINDS: tuple[Kind, ...] = ("release", "strings", "asserts")
_MEANT = {"release_with_logs": "strings", "logs": "strings", "default": "asserts", "ndebug": "release"}
_WORDS = {
    "release": " release",
    "strings": " with error strings",
    "asserts": " with asserts and error strings",
}


@dataclass(frozen=True, slots=True)
class Build:
    """`level` is the compiler's, of the kernels; `kind` says what is left in: "release" neither asserts nor
    error strings, "strings" these, "asserts" both."""

    level: Level = "O2"
    kind: Kind = "release"

    def __str__(self) -> str:
        """As it is written on the command line: "Os" or "O2,strings"."""
        return self.level if self.kind == "release" else f"{self.level},{self.kind}"

    @property
    def asserts(self) -> bool:
        return self.kind == "asserts"

    @property
    def words(self) -> str:
        """For a reader: "-O2 release", "-Os with error strings"."""
        return f"-{self.level}{_WORDS[self.kind]}"


DEFAULT_BUILD = Build()
"""As the price lists were measured."""


def find_build(build: str | Build | None, usual: Build = DEFAULT_BUILD) -> Build:
    """A build by its name, such as "Os" or "O3,asserts"; what the name leaves out is as `usual`.

    Raises:
        InputError: it says neither how to optimise nor what is left in.
    """
    if build is None:
        return usual
    if isinstance(build, Build):
        return build
    found = usual
    said: set[str] = set()
    for word in build.split(","):
        plain = word.strip().lstrip("-")
        level = {name.lower(): name for name in LEVELS}.get(plain.lower())
        kind = _MEANT.get(plain.lower(), plain.lower())
        what = "level" if level is not None else "kind"
        if (level is not None or kind in KINDS) and what in said:
            raise InputError(f"build {build!r}: {word.strip()!r} contradicts what stands before it")
        said.add(what)
        if level is not None:
            found = replace(found, level=level)
        elif kind in KINDS:
            found = replace(found, kind=kind)
        else:
            known = (*LEVELS, *KINDS)
            raise InputError(
                f"build {build!r}: {word.strip()!r}{nearest_note(plain, known)} is not known, expected one "
                f"of {', '.join(LEVELS)}, and perhaps one of {', '.join(KINDS)}, as in Os,strings"
            )
    return found


def build_words(build: str | Build) -> str:
    """For a reader, of a build or its name: "-O2 release"."""
    return find_build(build).words
