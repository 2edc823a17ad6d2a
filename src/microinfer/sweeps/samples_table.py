"""[data] or [[data]]: samples by which the answers of every model are measured."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..validation import ValidationSettings
from ..validation.fingerprints import code_fingerprint
from ..words.spelling import nearest_note
from .assignments import Samples

__all__ = ["samples_of"]

OWN = "zoo"
"""Instead of a file: the zoo's own samples."""
FIELDS = tuple(one.name for one in fields(ValidationSettings) if one.name not in ("workers", "layer_samples"))


def samples_of(given: Any, place: str, folder: Path) -> tuple[Samples | None, ...]:
    """The datasets; (None,) where there are none.

    Raises:
        InputError: a key is unknown, or the samples are not there.
    """
    if given is None:
        return (None,)
    listed = list(given) if isinstance(given, list | tuple) else [given]
    return tuple(_samples(one, f"{place}: data", folder) for one in listed) or (None,)


def _samples(given: Any, place: str, folder: Path) -> Samples:
    table = {"file": given} if isinstance(given, str) else given
    if not isinstance(table, Mapping) or not isinstance(table.get("file"), str):
        raise InputError(f"{place}: found {given!r}, expected a file, a folder, file.py:function or {OWN!r}")
    options: dict[str, Any] = {}
    for key, value in table.items():
        if key == "file":
            continue
        name = {"float": "float_model"}.get(key, key)
        if name not in FIELDS:
            near = nearest_note(key, FIELDS)
            raise InputError(f"{place}: key {key!r}: unknown{near}, expected one of {', '.join(FIELDS)}")
        options[name] = tuple(value) if isinstance(value, list) else value
        if name == "float_model":
            options[name] = str((folder / str(value)).resolve())
    where = str(table["file"])
    if where == OWN:
        content, found = OWN, None
    else:
        found, content = _content(where, place, folder)
    marks = [content, options]
    if "float_model" in options:
        marks.append(_file(Path(options["float_model"]), place))
    digest = hashlib.sha256(json.dumps(marks, sort_keys=True, default=str).encode()).hexdigest()[:16]
    return Samples(found, options, f"{Path(where).name} {digest}")


def _content(where: str, place: str, folder: Path) -> tuple[str, str]:
    """Where the samples are, from any folder, and what tells their content."""
    name, _, function = where.rpartition(":")
    if name.endswith(".py"):
        path = (folder / name).resolve()
        if not path.is_file():
            raise InputError(f"{place}: {where}: no such file")
        return f"{path}:{function}", code_fingerprint(path, path.parent)
    path = (folder / where).resolve()
    if path.is_dir():
        inside = sorted(each for each in path.rglob("*") if each.is_file())
        told = [f"{each.relative_to(path).as_posix()}\0{_file(each, place)}" for each in inside]
        return str(path), hashlib.sha256("\0".join(told).encode(errors="surrogateescape")).hexdigest()
    return str(path), _file(path, place)


def _file(path: Path, place: str) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{place}: {path}: cannot be read: {error.strerror or error}") from error
