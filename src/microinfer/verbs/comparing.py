"""The verb that sets parts, kernel libraries and models side by side."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, overload

from ..comparison.several import ModelsComparison, compare_each
from ..comparison.side_by_side import Comparison
from ..comparison.side_by_side import compare as compare_parts
from ..errors import InputError
from ..libraries.library import kernel_libraries, kernel_library
from ..zoo.source import open_model
from .given import Build, Parts, Release, Source, listed, parts_of, release_of

__all__ = ["compare"]


@overload
def compare(
    model: Source,
    part: Parts | None = ...,
    library: str | Iterable[str] | None = ...,
    release: Release | None = ...,
    *,
    build: Build | None = ...,
) -> Comparison: ...


@overload
def compare(
    model: list[Any] | tuple[Source, ...],
    part: Parts | None = ...,
    library: str | Iterable[str] | None = ...,
    release: Release | None = ...,
    *,
    build: Build | None = ...,
) -> ModelsComparison: ...


def compare(
    model: Source | list[Any] | tuple[Source, ...],
    part: Parts | None = None,
    library: str | Iterable[str] | None = None,
    release: Release | None = None,
    *,
    build: Build | None = None,
) -> Comparison | ModelsComparison:
    """Parts, boards, kernel libraries and models side by side.

    Args:
        model: as for `check`; of a list or tuple of several, one that cannot be read has its error in place
            of rows.
        part: one or several; default every board.
        library: one or several, or "all"; default each part's own, and all of them for one part.
        release, build: as for `check`.

    Raises:
        ModelError: the only model cannot be read.
        InputError: no such library, or none that runs on any of the parts, or no model.
        ProfileError: no such part.
    """
    parts = parts_of(part, build)
    chosen = listed(library) if library is not None else list(parts[0].libraries) if len(parts) == 1 else []
    if "all" in chosen:
        chosen = [value.name for value in kernel_libraries()]
    names = [kernel_library(name).name for name in chosen]
    settled = release_of(release)
    if not isinstance(model, (list, tuple)):
        return compare_parts(open_model(model), parts, names, release=settled)
    if not model:
        raise InputError("model: found an empty list, expected one model or several")
    given = {_named(one, place): one for place, one in enumerate(model)}
    return compare_each(list(given), lambda name: open_model(given[name]), parts, names, release=settled)


def _named(model: Source, place: int) -> str:
    """What the user calls it, else where it stands in the list."""
    return os.fsdecode(model) if isinstance(model, (str, os.PathLike)) else f"model[{place}]"
