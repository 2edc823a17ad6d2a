"""How much larger or smaller code becomes where a firmware is compiled otherwise than it was measured."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache

from ..words.data_folder import data_file
from .build import Build
from .code_size import CodeSize
from .image import CodeShare, whole_bytes

__all__ = ["FIXED", "built_bytes", "built_shares", "code_factors"]

FIXED = frozenset({"application", "c_library", "core"})
"""Groups of code that no level changes: TFLM compiles its core at -Os at every one, and a C library comes as
it is."""


@cache
def code_factors(build: Build) -> tuple[float, float]:
    """Of kernels by their code at -O2, and of all code by that without asserts and error strings.

    The figures are measurements of whole programs, in `profiles/memory/code-builds.toml`; a program with few
    operators may be off by a fifth.
    """
    table = tomllib.loads(data_file("memory", "code-builds.toml").read_text("utf-8"))
    return float(table["levels"][build.level]), float(table["kinds"][build.kind])


def built_bytes(groups: Mapping[str, int], build: Build) -> int:
    """Code at a build, of bytes by group as they were measured at -O2."""
    level, kind = code_factors(build)
    return round(kind * sum(size if group in FIXED else level * size for group, size in groups.items()))


def built_shares(code: CodeSize, build: Build) -> tuple[CodeShare, ...]:
    """Where the bytes of `built_bytes` go."""
    level, kind = code_factors(build)
    sizes = [kind * size * (1 if group in FIXED else level) for _, group, size in code.parts]
    whole = whole_bytes(sizes, built_bytes(code.groups, build))
    return tuple(
        CodeShare(names, group, size) for (names, group, _), size in zip(code.parts, whole, strict=True)
    )
