"""How much larger or smaller code becomes where a firmware is compiled otherwise than it was measured."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache

from ..words.data_folder import data_file
from .build import Build

__all__ = ["FIXED", "built_bytes", "code_factors"]

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
