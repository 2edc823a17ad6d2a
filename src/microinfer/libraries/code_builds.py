"""How much larger or smaller code becomes where a firmware is compiled otherwise than it was measured."""

from __future__ import annotations

import tomllib
from functools import cache

from ..words.data_folder import data_file
from .build import Build

__all__ = ["code_factor"]


@cache
def code_factor(build: Build) -> float:
    """Code by that of the same firmware at -O2 without asserts and error strings.

    The figures are measurements of whole programs, in `profiles/memory/code-builds.toml`; a program with few
    operators may be off by a fifth.
    """
    table = tomllib.loads(data_file("memory", "code-builds.toml").read_text("utf-8"))
    return float(table["levels"][build.level]) * float(table["kinds"][build.kind])
