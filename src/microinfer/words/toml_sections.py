"""Parts of a data file's text, so that only what is asked for is parsed, which takes longer than looking."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["parse_sections"]

_HEADING = re.compile(r"^(?=\[)", re.MULTILINE)


def parse_sections(path: Path, kept: Callable[[str, str], str | bool]) -> dict[str, Any]:
    """What stands before the first table, and the tables that `kept` takes.

    Args:
        path: a file of the package, in which a line begins with "[" where a table begins and nowhere else.
        kept: gets a table's heading, `[memory.sram]` say, and its text with the heading; says whether all
            of it is wanted, or which text is.
    """
    head, *sections = _HEADING.split(path.read_text("utf-8"))
    texts = [head]
    for section in sections:
        found = kept(section.partition("\n")[0].rstrip(), section)
        if found:
            texts.append(section if found is True else found)
    return tomllib.loads("".join(texts))
