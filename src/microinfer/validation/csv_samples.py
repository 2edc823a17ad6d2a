"""Samples in a CSV file: one a line, with or without a line of names above."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..operators.spec import Array
from ..words.printing import counted

__all__ = ["read_table"]

ANSWERS = ("label", "labels", "y", "target", "class", "answer")


def read_table(path: Path, elements: int, x: str | None, y: str | None) -> tuple[str, Array, Array | None]:
    """(words, samples [n, elements] float64, answers [n] or [n, columns] or None).

    Without --y the answers are the column of that name, else the last one if there is one too many.

    Raises:
        InputError: with the line and the column of what is wrong.
    """
    rows, names, first_line = _read(path)
    if not rows:
        raise InputError(f"{path}: holds no samples")
    width = len(rows[0])
    answer_columns = _answers(path, names, width, elements, y)
    if x is not None:
        columns = [_column(path, names, width, name) for name in x.split(",")]
    else:
        columns = [column for column in range(width) if column not in answer_columns]
    if len(columns) != elements:
        raise InputError(
            f"{path}: {counted(len(columns), 'column')} of numbers a line, expected {elements}, the "
            "elements of the "
            f"model's input{'; name the column of answers with --y' if len(columns) > elements else ''}"
        )
    samples = _numbers(path, rows, columns, names, first_line)
    if not answer_columns:
        return f"{path} (no answers)", samples, None
    found = ", ".join(names[column] if names else f"column {column + 1}" for column in answer_columns)
    words = f"{path} (answers in {found})"
    if len(answer_columns) == 1:
        text = [row[answer_columns[0]].strip() for row in rows]
        empty = next((line for line, word in enumerate(text) if not word), None)
        if empty is not None:
            raise InputError(f"{path}: line {first_line + empty}: no answer in {found}")
        far = next((line for line, word in enumerate(text) if not _fits(word)), None)
        if far is not None and all(map(_is_whole, text)):
            place = f"{path}: line {first_line + far}"
            raise InputError(f"{place}: the answer {text[far][:40]} in {found} takes more than 64 bits")
        return words, samples, _plainest(text)
    return words, samples, _numbers(path, rows, answer_columns, names, first_line)


def _read(path: Path) -> tuple[list[list[str]], list[str], int]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            head = file.read(4096)
            file.seek(0)
            delimiter = max(",;\t", key=head.count)
            rows = [row for row in csv.reader(file, delimiter=delimiter, strict=True) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: not a table of text ({error})") from error
    if rows and not any(map(_is_number, rows[0])):
        names, rows, first_line = [name.strip() for name in rows[0]], rows[1:], 2
    elif (
        rows
        and not all(map(_is_number, rows[0]))
        and any(word.strip().lower() in ANSWERS for word in rows[0])
    ):
        # Pixels are often named by numbers, the answers hardly ever.
        names, rows, first_line = [name.strip() for name in rows[0]], rows[1:], 2
    else:
        names, first_line = [], 1
    for number, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise InputError(
                f"{path}: line {first_line + number} has {counted(len(row), 'column')}, expected "
                f"{len(rows[0])} as above"
            )
    return rows, names, first_line


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _column(path: Path, names: Sequence[str], width: int, name: str) -> int:
    name = name.strip()
    if name in names:
        return names.index(name)
    if name.lstrip("-").isdigit() and -width <= int(name) < width:
        return int(name) % width
    raise InputError(f"{path}: no column {name!r}; there are {', '.join(names) if names else f'{width}'}")


def _answers(path: Path, names: Sequence[str], width: int, elements: int, y: str | None) -> list[int]:
    if y is not None:
        return [_column(path, names, width, name) for name in y.split(",")]
    lower = [name.lower() for name in names]
    known = [lower.index(name) for name in ANSWERS if name in lower]
    if known:
        return known[:1]
    return [width - 1] if width == elements + 1 else []


def _numbers(
    path: Path, rows: Sequence[Sequence[str]], columns: Sequence[int], names: Sequence[str], first_line: int
) -> Array:
    made = np.empty((len(rows), len(columns)))
    for number, row in enumerate(rows):
        try:
            made[number] = [float(row[column]) for column in columns]
        except ValueError:
            wrong = next(column for column in columns if not _is_number(row[column]))
            name = f" ({names[wrong]})" if names else ""
            raise InputError(
                f"{path}: line {first_line + number}, column {wrong + 1}{name}: {row[wrong]!r} is no number"
            ) from None
    return made


def _is_whole(word: str) -> bool:
    return word.removeprefix("-").isdecimal()


def _fits(word: str) -> bool:
    """Whether what is a whole number is one of 64 bits."""
    return not _is_whole(word) or (len(word) < 40 and -(1 << 63) <= int(word) < 1 << 63)


def _plainest(text: Sequence[str]) -> Array:
    """Whole numbers, numbers or words: the plainest that all are."""
    words = np.array(text)
    for kind in (np.int64, np.float64):
        try:
            return words.astype(kind)
        except (OverflowError, ValueError):
            continue
    return words
