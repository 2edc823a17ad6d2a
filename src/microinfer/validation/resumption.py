"""The file that an interrupted run leaves: everything that the rest of the run goes on from.

It is somebody's file by the time it is read: whatever is not as `save` wrote it for this very run is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..files.arrays import read_arrays
from ..files.output import replacing
from ..operators.spec import Array
from ..words.dataclass import dataclass
from ..words.printing import counted, named

__all__ = ["Expected", "State", "read_state", "write_state"]

VERSION = 2
EXAMPLE = "example_"
COLUMN = "column_"


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """`outputs` [n, ...] as stored, `y` [n, ...], further `columns` [n, ...]; `examples` one array an input.

    `notes` are what the fitters counted and where the choice of examples stands, as JSON has it.
    """

    outputs: Array
    y: Array | None
    columns: Mapping[str, Array]
    examples: Sequence[Array]
    notes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a state of this run has: type and shape of a sample of each array; at most `most` samples."""

    outputs: tuple[str, tuple[int, ...]]
    columns: Mapping[str, tuple[int, ...]]
    examples: Sequence[tuple[str, tuple[int, ...]]]
    most: int | None


def write_state(path: Path, key: Mapping[str, Any], state: State) -> None:
    """Write a state, beside its place first; one that is there is replaced.

    Raises:
        InputError: the file cannot be written.
    """
    arrays = {"outputs": state.outputs}
    if state.y is not None:
        arrays["y"] = state.y
    arrays |= {f"{COLUMN}{name}": array for name, array in state.columns.items()}
    arrays |= {f"{EXAMPLE}{position}": array for position, array in enumerate(state.examples)}
    arrays["key"] = np.array(json.dumps({"version": VERSION, **key}, sort_keys=True))
    arrays["notes"] = np.array(json.dumps(state.notes))
    with replacing(path, force=True) as file:
        np.savez(file, allow_pickle=False, **arrays)


def read_state(path: Path, key: Mapping[str, Any], expected: Expected) -> State:
    """A state of the run with this key.

    Raises:
        InputError: no such file, not one of these, damaged, or of another run.
    """
    if not path.exists():
        raise InputError(f"{path}: no such file; there is nothing to resume")
    try:
        found = read_arrays(path, str(path), most=None)
        if isinstance(found, np.ndarray):
            raise _DamagedError("it is one array")
        arrays = dict(found)
        _compare_keys(path, _json(arrays, "key"), {"version": VERSION, **key})
        state = State(
            arrays.pop("outputs"),
            arrays.pop("y", None),
            {name.removeprefix(COLUMN): arrays.pop(name) for name in list(arrays) if name.startswith(COLUMN)},
            [arrays.pop(f"{EXAMPLE}{position}") for position in range(len(expected.examples))
             if f"{EXAMPLE}{position}" in arrays],
            _json(arrays, "notes"),
        )  # fmt: skip
        if arrays:
            raise _DamagedError(f"it holds {next(iter(arrays))!r}, which no run writes")
        _check(state, expected)
    except (_DamagedError, KeyError) as error:
        raise InputError(f"{path}: not the state of an interrupted run ({error})") from None
    except InputError as error:
        if str(error).startswith(f"{path}: is of") or str(error).startswith(f"{path}: has"):
            raise
        raise InputError(
            f"{path}: not the state of an interrupted run ({str(error).removeprefix(f'{path}: ')})"
        ) from None
    count = len(state.outputs)
    if expected.most is not None and count > expected.most:
        raise InputError(
            f"{path}: has {counted(count, 'sample')}, this run {expected.most:,}; run without --resume"
        )
    return state


class _DamagedError(Exception):
    """The file is not as it was written."""


def _json(arrays: dict[str, Array], name: str) -> dict[str, Any]:
    """A dictionary that was stored as text."""
    try:
        array = arrays.pop(name)
        if array.ndim or array.dtype.kind != "U":
            raise _DamagedError(f"its {name} is no text")
        found = json.loads(str(array))
    except (ValueError, RecursionError):
        raise _DamagedError(f"its {name} cannot be read") from None
    if not isinstance(found, dict):
        raise _DamagedError(f"its {name} is no list of names and values")
    return found


def _compare_keys(path: Path, found: dict[str, Any], wanted: dict[str, Any]) -> None:
    different = [name for name in wanted if name not in found or found[name] != wanted[name]]
    different += sorted(found.keys() - wanted.keys())
    if different:
        raise InputError(
            f"{path}: is of another run, {named(different, 'differ')}; run without --resume, or as before"
        )


def _check(state: State, expected: Expected) -> None:
    _expect("outputs", state.outputs, *expected.outputs)
    count = len(state.outputs)
    if not count:
        raise _DamagedError("it holds no samples")
    if state.y is not None:
        if state.y.dtype.kind not in "biuf":
            raise _DamagedError(f"its y is of {state.y.dtype}")
        _expect_count("y", state.y, count)
    if state.columns.keys() != expected.columns.keys():
        raise _DamagedError(f"its columns are {', '.join(sorted(state.columns)) or 'none'}")
    for name, shape in expected.columns.items():
        column = state.columns[name]
        if column.dtype.kind != "f":
            raise _DamagedError(f"its column {name} is of {column.dtype}")
        _expect(f"column {name}", column, column.dtype.name, shape)
        _expect_count(f"column {name}", column, count)
    if state.examples and len(state.examples) != len(expected.examples):
        raise _DamagedError("it lacks examples of an input")
    for example, (dtype, shape) in zip(state.examples, expected.examples, strict=False):
        _expect("example", example, dtype, shape)


def _expect(what: str, array: Array, dtype: str, shape: tuple[int, ...]) -> None:
    if array.dtype != dtype or array.ndim == 0 or array.shape[1:] != shape:
        raise _DamagedError(f"its {what} is of {array.dtype} {array.shape}")


def _expect_count(what: str, array: Array, count: int) -> None:
    if array.ndim == 0 or len(array) != count:
        raise _DamagedError(f"its {what} has another number of samples than its outputs")
