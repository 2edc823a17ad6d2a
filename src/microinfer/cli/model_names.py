"""The models that a command line names: files, names of the zoo, and patterns that many files match."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

__all__ = ["model_names", "told_apart"]


def model_names(given: Sequence[str]) -> tuple[str, ...]:
    """The names; in the place of a pattern the files that match it, in alphabetical order, each once.

    `**` stands for any folders. A pattern that nothing matches stays, for whoever opens it to complain of.
    """
    found = [_matching(name) for name in given]
    if not any(found):
        return tuple(given)
    return tuple(
        dict.fromkeys(
            each for name, matching in zip(given, found, strict=True) for each in matching or [name]
        )
    )


def _matching(name: str) -> list[str]:
    if not glob.has_magic(name) or Path(name).is_file():
        return []
    found = glob.glob(name, recursive=True)  # noqa: PTH207  # of any root, and with the name's own beginning
    return sorted(path for path in found if Path(path).is_file())


def told_apart(names: Sequence[str], paths: Sequence[str]) -> tuple[str, ...]:
    """Models' names, and where two are the same, their paths instead."""
    return tuple(
        path if path and names.count(name) > 1 else name for name, path in zip(names, paths, strict=True)
    )
