"""Datasets as the user names them: a file of arrays, a table, a folder of images or WAV files, a function."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..files.arrays import map_array, read_arrays
from ..operators.spec import Array
from ..words.printing import counted
from .blocks import Dataset, Want, from_arrays
from .csv_samples import read_table
from .fingerprints import file_fingerprint
from .folders import open_folder
from .functions import open_function

__all__ = ["load_arrays", "open_dataset"]

X_NAMES = (
    "x_test",
    "x_val",
    "x",
    "x_train",
    "data",
    "inputs",
    "input",
    "images",
    "features",
    "samples",
    "arr_0",
)
Y_NAMES = (
    "y_test",
    "y_val",
    "y",
    "y_train",
    "labels",
    "label",
    "targets",
    "target",
    "classes",
    "class",
    "arr_1",
)


def open_dataset(source: str, want: Want) -> Dataset:
    """What the user named as data.

    Raises:
        InputError: there is no such thing, or nothing of use in it; the message starts with its name.
    """
    path = Path(source)
    called = re.fullmatch(r"(.+):([A-Za-z_]\w*)", source)
    try:
        if called and not path.exists():
            return open_function(called[1], called[2], want)
        if path.is_dir():
            return open_folder(path, want)
        if not path.exists():
            raise InputError(
                f"{source}: no such file or folder; expected .npz, .npy, .csv, a folder of images or WAV "
                "files, or module:function"
            )
        readers = {".npz": _open_npz, ".npy": _open_npy, ".csv": _open_csv, ".tsv": _open_csv}
        if path.suffix.lower() not in readers:
            raise InputError(
                f"{source}: expected .npz, .npy or .csv, not {path.suffix or 'a file without suffix'}"
            )
        return readers[path.suffix.lower()](path, want)
    except (OSError, MemoryError) as error:
        raise InputError(
            f"{source}: {getattr(error, 'strerror', None) or error or 'out of memory'}"
        ) from error


def load_arrays(path: Path) -> Any:
    """The array of an .npy file, or those of an .npz by name.

    Raises:
        InputError: not such a file, or of objects.
    """
    if path.suffix.lower() == ".npy":
        return map_array(path, str(path))
    return read_arrays(path, str(path), most=None)


def _pick(found: Mapping[str, Array], names: Sequence[str]) -> str | None:
    lower = {name.lower(): name for name in reversed(list(found))}
    return next((lower[name] for name in names if name in lower), None)


def _named(path: Path, found: Mapping[str, Array], name: str, what: str) -> str:
    if name not in found:
        raise InputError(f"{path}: no array {name!r} for {what}; it holds {', '.join(found) or 'nothing'}")
    return name


def _open_npz(path: Path, want: Want) -> Dataset:
    found = load_arrays(path)
    if not isinstance(found, dict):
        raise InputError(f"{path}: is a .npy file, name it so")
    chosen_y = _named(path, found, want.y, "y") if want.y is not None else _pick(found, Y_NAMES)
    if want.x is not None:
        chosen = [_named(path, found, name.strip(), "x") for name in want.x.split(",")]
    elif len(want.tensors) > 1:
        chosen = [
            _named(path, found, next((n for n in (tensor.name, name) if n in found), name), "x")
            for tensor, name in zip(want.tensors, want.input_names, strict=True)
        ]
    else:
        rest = {name: array for name, array in found.items() if name != chosen_y}
        name = _pick(rest, (want.tensors[0].name.lower(), *X_NAMES)) or (
            next(iter(rest)) if len(rest) == 1 else None
        )
        if name is None:
            raise InputError(
                f"{path}: holds {', '.join(found) or 'nothing'}; name the samples and the answers "
                "with --x and --y"
            )
        chosen = [name]
    if len(chosen) != len(want.tensors):
        raise InputError(
            f"{path}: {counted(len(chosen), 'array')} of x for a model with "
            f"{counted(len(want.tensors), 'input')}"
        )
    y = found[chosen_y] if chosen_y is not None else None
    words = f"{path} ({', '.join(chosen)}{f' and {chosen_y}' if chosen_y else ', no answers'})"
    return from_arrays(words, file_fingerprint(path), [found[name] for name in chosen], y, want.labels)


def _beside(path: Path) -> Path | None:
    """The file with the answers to x.npy: y.npy, to x_test.npy y_test.npy, to images.npy labels.npy."""
    for x, y in (
        ("x", "y"),
        ("X", "y"),
        ("X", "Y"),
        ("data", "labels"),
        ("images", "labels"),
        ("features", "labels"),
    ):
        stem = re.sub(rf"(^|(?<=[_\-.])){x}($|(?=[_\-.]))", y, path.stem)
        if stem != path.stem and (other := path.with_stem(stem)).is_file():
            return other
    return None


def _open_npy(path: Path, want: Want) -> Dataset:
    answers = Path(want.y) if want.y is not None else _beside(path)
    if len(want.tensors) > 1:
        raise InputError(
            f"{path}: one array for a model with {counted(len(want.tensors), 'input')}; give an .npz file"
        )
    if answers is not None and not answers.is_file():
        raise InputError(f"{answers}: no such file; to x.npy, --y is the .npy file with the answers")
    y = np.asarray(load_arrays(answers)) if answers is not None else None
    words = f"{path}{f' and {answers}' if answers else ', no answers'}"
    files = (path,) if answers is None else (path, answers)
    return from_arrays(words, file_fingerprint(*files), [load_arrays(path)], y, want.labels)


def _open_csv(path: Path, want: Want) -> Dataset:
    if len(want.tensors) > 1:
        raise InputError(
            f"{path}: a table cannot feed {counted(len(want.tensors), 'input')}; give an .npz file"
        )
    words, x, y = read_table(path, want.tensors[0].elements, want.x, want.y)
    return from_arrays(words, file_fingerprint(path), [x], y, want.labels)
