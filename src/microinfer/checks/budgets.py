"""Budgets by model and by board, of a `microinfer.toml`.

    [budgets."kws*.tflite"]                # of these models on every board
    max-arena = "24k"

    [budgets."kws*.tflite"."nucleo-*"]     # of these models on these boards
    max-latency = "20ms"

    [budgets."*"."arduino-uno"]            # of every model on this board
    max-latency = "500ms"

A model goes by its file's name, with or without its ending, by its path from the settings file, or by its
name in the zoo; a board by its profile's name, or what else
it is called. `*` stands for any letters. They hold before those of
`[check]`, key by key. Where several speak of one key, the one that names the model more closely holds, then
the one that names the board more closely: a whole name before a pattern, a long pattern before a short one, a
later one before an earlier.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Any

from ..errors import InputError
from ..parts.names import called, profile_names
from ..parts.profile import Profile
from ..words.dataclass import dataclass, replace
from ..words.quantities import parse, parse_bytes
from ..words.spelling import nearest_note
from .limits import Limits

__all__ = ["LIMITS", "Budget", "describe", "expect_boards", "expect_models", "limits_of", "read_budgets"]

EVERY = "*"
MOST_FOLDERS = 2_000
"""In which it is looked for the file of a model that a budget names."""


@dataclass(frozen=True, slots=True)
class Budget:
    """One key of a table of budgets: the patterns of model and board, the field of `Limits`, its value."""

    model: str
    board: str
    field: str
    value: float | int
    where: str


def describe(value: object) -> str:
    """What was found in a settings file, for its errors."""
    return "a table" if isinstance(value, dict) else f"{value!r} ({type(value).__name__})"


def _bytes(value: object, where: str) -> int:
    if isinstance(value, str):
        return parse_bytes(value, where)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise InputError(f'{where}: found {describe(value)}, expected bytes, such as 65536 or "64k"')


def _quantity(unit: str) -> Callable[[object, str], float]:
    def read(value: object, where: str) -> float:
        if isinstance(value, str):
            return parse(value, unit, where)
        example = '"50ms"' if unit == "s" else '"2mJ"'
        raise InputError(f"{where}: found {describe(value)}, expected text with a unit, such as {example}")

    return read


LIMITS: Mapping[str, tuple[str, Callable[[object, str], float | int]]] = MappingProxyType(
    {
        "max-latency": ("latency_s", _quantity("s")),
        "max-energy": ("energy_j", _quantity("J")),
        "max-arena": ("arena_bytes", _bytes),
        "max-flash": ("flash_bytes", _bytes),
        "max-stack": ("stack_bytes", _bytes),
    }
)
"""Key of a settings file to the field of `Limits`, and what reads its value."""


def read_budgets(table: object, path: Path) -> tuple[Budget, ...]:
    """The table `budgets` of a settings file.

    Raises:
        InputError: an unknown key, or a wrong value; the message names both.
    """
    where = f"{path}: key 'budgets"
    if not isinstance(table, dict):
        raise InputError(f"{where}': found {describe(table)}, expected a table a model")
    found: list[Budget] = []
    for model, content in table.items():
        at = f'{where}."{model}"'
        if not isinstance(content, dict):
            raise InputError(
                f"{at}': found {describe(content)}, expected a table: between budgets and their keys stands "
                f'the name of a model, or a pattern, such as [budgets."*"]'
            )
        for key, value in content.items():
            if isinstance(value, dict):
                for inner, held in value.items():
                    found.append(_budget(model, key, inner, held, f'{at}."{key}"'))
            else:
                found.append(_budget(model, EVERY, key, value, at))
    return tuple(found)


def _budget(model: str, board: str, key: str, value: Any, at: str) -> Budget:
    if key not in LIMITS:
        raise InputError(
            f"{at}.{key}': unknown{nearest_note(key, LIMITS)}, expected one of {', '.join(sorted(LIMITS))}"
        )
    field, read = LIMITS[key]
    return Budget(model, board, field, read(value, f"{at}.{key}'"), f"{at}'")


def expect_boards(budgets: Sequence[Budget], parts: Sequence[Profile]) -> None:
    """Hold that every board which is named whole is one that there is, or one of the `parts`.

    Raises:
        InputError: there is none; the message has the nearest.
    """
    known = {*profile_names(), *(part.name for part in parts)}
    for budget in budgets:
        if budget.board not in known and not _is_pattern(budget.board) and called(budget.board) is None:
            note = nearest_note(budget.board, known)
            raise InputError(
                f"{budget.where}: no part or board {budget.board!r}{note}; one of your own that is "
                f"not checked now goes by a pattern, such as {budget.board[:-1] + '*'!r}"
            )


def expect_models(budgets: Sequence[Budget], checked: Iterable[tuple[str, str]], root: str) -> None:
    """Hold that every model which is named whole is one that is checked, of the zoo, or a file in `root` or
    below it. Where that holds too many files to look at, nothing is said.

    Args:
        checked: names and paths, as `limits_of` takes them.
        root: the folder of the settings file.

    Raises:
        InputError: there is none; the message has the nearest.
    """
    known = {name for model, path in checked for name in _names(model, path, root)}
    missing = [one for one in budgets if not _is_pattern(one.model) and one.model not in known]
    if not missing:
        return
    from .. import zoo

    known.update((*zoo.names(), *zoo.further()))
    missing = [one for one in missing if one.model not in known]
    missing = [one for one in missing if not (Path(root) / one.model).exists()]
    if not missing:
        return
    for position, (folder, folders, files) in enumerate(os.walk(root)):
        if position >= MOST_FOLDERS:
            return
        folders[:] = [name for name in folders if not name.startswith(".")]
        for file in files:
            if file.endswith(".tflite"):
                known.update(_names(PurePath(file).stem, str(Path(folder) / file), root))
    for budget in missing:
        if budget.model not in known:
            raise InputError(
                f"{budget.where}: no model {budget.model!r}{nearest_note(budget.model, known)}; expected the "
                "name of a model that is checked, of a .tflite file in this folder or below, or of the zoo; "
                f"one that is not there now goes by a pattern, such as {budget.model[:-1] + '*'!r}"
            )


def limits_of(
    budgets: Sequence[Budget], base: Limits, model: str, path: str, board: str, root: str
) -> Limits:
    """The budgets of one model on one board, over those of `base`.

    Args:
        model: its name.
        path: where it lies, "" for one of the zoo.
        root: the folder of the settings file.
    """
    names = _names(model, path, root)
    held = [
        budget
        for budget in budgets
        if any(fnmatchcase(name, budget.model) for name in names) and _is_board(board, budget.board)
    ]
    held.sort(key=lambda budget: (*_closeness(budget.model), *_closeness(budget.board)))
    return replace(base, **{budget.field: budget.value for budget in held})  # type: ignore[arg-type]


def _names(model: str, path: str, root: str) -> tuple[str, ...]:
    if not path:
        return (model,)
    pure = PurePath(path)
    try:
        below = os.path.relpath(path, root)
    except ValueError:  # another drive
        below = path
    return (model, pure.name, pure.stem, PurePath(below).as_posix())


def _is_board(board: str, wanted: str) -> bool:
    """Whether a budget's board is this one: by its name, by a pattern, or by what people call it."""
    return fnmatchcase(board, wanted) or (not _is_pattern(wanted) and called(wanted) == board)


def _is_pattern(text: str) -> bool:
    return any(sign in text for sign in "*?[")


def _closeness(text: str) -> tuple[bool, int]:
    return not _is_pattern(text), sum(sign not in "*?" for sign in text)
