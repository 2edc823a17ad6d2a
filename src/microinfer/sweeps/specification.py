"""What a sweep is to do, as people write it: `SPEC.toml`, or the same as a dictionary.

parts = ["arduino-uno", "cortex-m4"]     # names, .toml files, "boards" or "all"
libraries = ["cmsis-nn", "bare-c"]       # default each part's own, "all" for all that it has
releases = ["2026-08"]
builds = ["O3", "Os"]

[[models]]                               # or models = ["digits", "models/*.tflite"]
files = "models/*.tflite"

[[models]]
architecture = "ds_cnn"
width = [0.25, 0.5, 1.0]

[[models]]
build = "candidates.py:build"
grid = { channels = [4, 8], layers = [1, 2, 3] }

[budgets]
latency = "50ms"
arena = "64k"
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files.settings_file import read_settings
from ..libraries.build import Build
from ..libraries.library import kernel_libraries, kernel_library
from ..operators.release import Release, find_release, settled_release
from ..parts.profile import Profile, load_profile, profile_names
from ..words.dataclass import dataclass
from ..words.spelling import nearest_note
from .assignments import Samples, Setting
from .candidates import Candidate
from .models_table import candidates_of
from .row_budgets import Budgets, read_budgets
from .samples_table import samples_of

__all__ = [
    "EVERY",
    "Specification",
    "read_specification",
    "settings_of",
    "specification_of",
    "texts",
]

KEYS = ("models", "parts", "libraries", "releases", "builds", "data", "budgets", "store")
EVERY = ("all", "boards")
"""Names of many parts."""


@dataclass(frozen=True, slots=True)
class Specification:
    """Models, the settings that each is held against, budgets, and where the store is (None: not said)."""

    candidates: tuple[Candidate, ...]
    settings: tuple[Setting, ...]
    budgets: Budgets
    store: Path | None

    @property
    def rows(self) -> int:
        """How many there will be."""
        return len(self.candidates) * len(self.settings)


def read_specification(path: Path, given: Mapping[str, Any] | None = None) -> Specification:
    """A file; paths in it are from its own folder. `given` takes the place of what it says.

    Raises:
        InputError: it cannot be read, or a key says what cannot be; names the key.
        ProfileError: no such part.
    """
    return specification_of({**read_settings(path), **(given or {})}, str(path), path.parent)


def specification_of(
    table: Mapping[str, Any], place: str = "sweep", folder: Path | None = None
) -> Specification:
    """A table as a file has it; paths in it are from `folder`. Parts may be profiles, and releases and builds
    what they name.

    Raises:
        InputError, ProfileError: as for `read_specification`.
    """
    folder = Path() if folder is None else folder
    for key in table:
        if key not in KEYS:
            near = nearest_note(key, KEYS)
            raise InputError(f"{place}: key {key!r}: unknown{near}, expected one of {', '.join(KEYS)}")
    models = table.get("models")
    if isinstance(models, str | Mapping):
        models = [models]
    if not isinstance(models, list | tuple) or not models:
        raise InputError(
            f"{place}: key 'models': found {models!r}, expected names of models, files, or tables: [[models]]"
        )
    candidates = [
        candidate
        for position, entry in enumerate(models)
        for candidate in candidates_of(entry, f"{place}: models[{position}]", folder)
    ]
    if not candidates:
        raise InputError(f"{place}: key 'models': names no model at all")
    samples = samples_of(table.get("data"), place, folder)
    store = table.get("store")
    if store is not None and not isinstance(store, str):
        raise InputError(f"{place}: key 'store': found {store!r}, expected the name of a file, as text")
    return Specification(
        tuple(candidates),
        tuple(settings_of(table, samples, place, folder)),
        read_budgets(table.get("budgets", {}), f"{place}: budgets"),
        None if store is None else folder / store,
    )


def settings_of(
    table: Mapping[str, Any], samples: Iterable[Samples | None], place: str, folder: Path
) -> Iterator[Setting]:
    """Every part of a table with each of its libraries, releases and builds, once.

    Raises:
        InputError: there is none.
        ProfileError: no such part.
    """
    parts = _parts(texts(table, "parts", place, ("cortex-m4",), Profile), folder)
    libraries = texts(table, "libraries", place, ())
    known = [value.name for value in kernel_libraries()]
    chosen = known if "all" in libraries else [kernel_library(name).name for name in libraries]
    own = settled_release()
    releases = texts(table, "releases", place, () if own is None else (own,), Release)
    builds = texts(table, "builds", place, (), Build) or (None,)
    seen: set[str] = set()
    for part in parts:
        for library in chosen or [part.library]:
            if library not in part.libraries:
                continue
            for release in releases or (None,):
                for build in builds:
                    for data in samples:
                        found = Setting.of(part.built(build), library, find_release(release), data)
                        if found.content not in seen:
                            seen.add(found.content)
                            yield found
    if not seen:
        names = ", ".join(part.name for part in parts)
        raise InputError(f"{place}: key 'libraries': none of {', '.join(chosen)} runs on any of {names}")


def _parts(names: Iterable[Any], folder: Path) -> list[Profile]:
    found: list[Profile] = []
    for name in names:
        if isinstance(name, Profile):
            found.append(name)
        elif name in EVERY:
            stock = [load_profile(each) for each in profile_names()]
            found += [part for part in stock if name == "all" or part.kind == "board"]
        else:
            found.append(load_profile(str(folder / name) if name.endswith(".toml") else name))
    return found


def texts(
    table: Mapping[str, Any], key: str, place: str, default: tuple[str, ...], kind: type = str
) -> tuple[Any, ...]:
    """One text or a list of them, or of values of a kind that has a name.

    Raises:
        InputError: something else.
    """
    found = table.get(key)
    if found is None:
        return default
    alone = isinstance(found, str | kind)
    listed = [found] if alone else list(found) if isinstance(found, list | tuple) else []
    if not listed or not all(isinstance(one, str | kind) and one for one in listed):
        raise InputError(f"{place}: key {key!r}: found {found!r}, expected text, or a list of it")
    return tuple(listed)
