"""One entry of [[models]]: files, models of the zoo, an architecture in other sizes, or a function."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .. import zoo
from ..errors import InputError
from ..words.spelling import did_you_mean, nearest_note
from ..zoo.source import in_zoo, open_model
from .candidates import Candidate, combinations
from .user_code import code_of

__all__ = ["candidates_of", "entry_of", "titled"]

MAGIC = re.compile(r"[*?\[]")
"""What makes a pattern of a name."""
KINDS = ("files", "zoo", "architecture", "build", "bytes")


def candidates_of(entry: Any, place: str, folder: Path) -> Iterator[Candidate]:
    """The models that an entry names.

    Raises:
        InputError: it names none, or says what cannot be.
    """
    if isinstance(entry, str):
        entry = entry_of(entry, place, folder)
    if not isinstance(entry, Mapping):
        raise InputError(
            f"{place}: found {entry!r}, expected the name of a model or file as text, or a table such as "
            "{ zoo = 'digits' }"
        )
    kinds = [key for key in KINDS if key in entry]
    if len(kinds) != 1:
        raise InputError(
            f"{place}: found {' and '.join(kinds) or ', '.join(entry) or 'nothing'}, expected one of "
            f"{', '.join(KINDS[:-1])}"
        )
    (kind,) = kinds
    value, rest = entry[kind], {key: entry[key] for key in entry if key != kind}
    readers: dict[str, Callable[..., Iterator[Candidate]]] = {
        "files": _files,
        "zoo": _zoo,
        "architecture": _architecture,
        "build": _built,
        "bytes": _bytes,
    }
    return readers[kind](value, rest, place, folder)


def entry_of(text: str, place: str, folder: Path) -> dict[str, str]:
    """What a model's name alone stands for: a model of the zoo, a file, or a pattern of files.

    Raises:
        InputError: it is neither; has the nearest of both.
    """
    if in_zoo(text):
        return {"zoo": text}
    if Path(text).name == text and not MAGIC.search(text) and not (folder / text).exists():
        try:
            open_model(text)
        except InputError as error:
            raise InputError(f"{place}: {error}") from None
    return {"files": text}


def _listed(value: Any, key: str, place: str) -> list[str]:
    found = [value] if isinstance(value, str) else list(value) if isinstance(value, list | tuple) else []
    if not found or not all(isinstance(one, str) and one for one in found):
        raise InputError(f"{place}: key {key!r}: found {value!r}, expected text, or a list of it")
    return found


def _alone(rest: Mapping[str, Any], place: str, key: str) -> None:
    for name in rest:
        raise InputError(f"{place}: key {name!r}: does not go with {key!r}")


def _files(value: Any, rest: Mapping[str, Any], place: str, folder: Path) -> Iterator[Candidate]:
    """Files in order of their names; a pattern that finds none is an error, a name without a file a row."""
    _alone(rest, place, "files")
    for pattern in _listed(value, "files", place):
        if not MAGIC.search(pattern):
            yield Candidate(pattern, "file", str(folder / pattern))
            continue
        top = Path(pattern).anchor
        root = Path(top) if top else folder
        found = sorted(path for path in root.glob(pattern.removeprefix(top)) if path.is_file())
        if not found:
            raise InputError(f"{place}: key 'files': {pattern!r} finds no file in {folder.resolve()}")
        for path in found:
            name = path if top else path.relative_to(root)
            yield Candidate(str(name), "file", str(path))


def _bytes(value: Any, rest: Mapping[str, Any], place: str, folder: Path) -> Iterator[Candidate]:
    """Of Python alone: a model that is in memory, with a name."""
    name = rest.get("name", "model")
    _alone({key: rest[key] for key in rest if key != "name"}, place, "bytes")
    if not isinstance(value, bytes | bytearray | memoryview) or not isinstance(name, str):
        raise InputError(f"{place}: key 'bytes': found {type(value).__name__}, expected bytes")
    yield Candidate(name, "bytes", bytes(value))


def _zoo(value: Any, rest: Mapping[str, Any], place: str, folder: Path) -> Iterator[Candidate]:
    _alone(rest, place, "zoo")
    names = _listed(value, "zoo", place)
    for name in zoo.names() if "all" in names else names:
        zoo.describe(name)
        yield Candidate(name, "zoo", name)


def _architecture(value: Any, rest: Mapping[str, Any], place: str, folder: Path) -> Iterator[Candidate]:
    built = zoo.builders()
    for name in _listed(value, "architecture", place):
        if name not in built:
            hint = did_you_mean(name, built, f"there are {', '.join(built)}")
            raise InputError(f"{place}: key 'architecture': no {name!r} in the zoo; {hint}")
        known = tuple(inspect.signature(built[name]).parameters)
        for key in rest:
            if key not in known:
                near = nearest_note(key, known)
                said = f"{name} has no such size{near}, expected one of {', '.join(known)}"
                raise InputError(f"{place}: key {key!r}: {said}")
        for options in combinations(rest):
            yield Candidate(titled(name, options), "zoo", name, options)


def titled(name: str, options: Mapping[str, Any]) -> str:
    """A name with its options: build(width=4)."""
    told = ", ".join(
        f"{key}={value if isinstance(value, str | int | float) else json.dumps(value)}"
        for key, value in options.items()
    )
    return f"{name}({told})" if told else name


def _built(value: Any, rest: Mapping[str, Any], place: str, folder: Path) -> Iterator[Candidate]:
    grid, configs = rest.get("grid", {}), rest.get("configs")
    _alone({key: rest[key] for key in rest if key not in ("grid", "configs")}, place, "build")
    if not isinstance(grid, Mapping):
        raise InputError(f"{place}: key 'grid': found {grid!r}, expected a table of lists")
    if configs is not None and not (
        isinstance(configs, list | tuple) and all(isinstance(each, Mapping) for each in configs)
    ):
        raise InputError(f"{place}: key 'configs': found {configs!r}, expected a list of tables")
    code = code_of(value, "build", place, folder)
    for base in [{}] if configs is None else configs:
        for chosen in combinations(grid):
            options = {**base, **chosen}
            try:
                json.dumps(options)
            except (TypeError, ValueError):
                raise InputError(f"{place}: {options!r} has what JSON has not") from None
            yield Candidate(titled(code.function, options), "code", code, options)
