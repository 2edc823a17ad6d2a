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
from ..run.input_names import input_keys, input_ways
from ..words.printing import counted
from .blocks import Dataset, Want, from_arrays
from .csv_samples import read_table
from .fingerprints import file_fingerprint
from .folders import open_folder
from .functions import open_function

__all__ = ["load_arrays", "open_dataset"]

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


def _inputs_of(path: Path, found: Mapping[str, Array], want: Want) -> list[str]:
    """The names of the inputs' arrays, of those that are no answers."""
    chosen = input_keys(found, want.tensors, want.input_names)
    if chosen is None and len(want.tensors) == 1 == len(found):
        chosen = list(found)
    if chosen is None:
        raise InputError(
            f"{path}: holds {', '.join(found) or 'nothing'}; expected "
            f"{input_ways(want.tensors, want.input_names)}; or name the samples and the answers with --x "
            "and --y"
        )
    return chosen


def _open_npz(path: Path, want: Want) -> Dataset:
    found = load_arrays(path)
    if not isinstance(found, dict):
        raise InputError(f"{path}: is a .npy file, name it so")
    names = (*Y_NAMES, f"arr_{len(want.tensors)}")
    chosen_y = _named(path, found, want.y, "y") if want.y is not None else None
    if want.x is not None:
        chosen = [_named(path, found, name.strip(), "x") for name in want.x.split(",")]
    else:
        if want.y is None and len(want.tensors) == 1:
            chosen_y = _pick(found, names)  # first, or an input that is called y would be taken for it
        chosen = _inputs_of(path, {name: found[name] for name in found if name != chosen_y}, want)
    if want.y is None:
        chosen_y = _pick({name: found[name] for name in found if name not in chosen}, names)
    if len(chosen) != len(want.tensors):
        raise InputError(
            f"{path}: {counted(len(chosen), 'array')} of x for a model with "
            f"{counted(len(want.tensors), 'input')}"
        )
    chosen_y = chosen_y if want.answers or want.y is not None else None
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
