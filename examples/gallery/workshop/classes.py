"""What a classifier did with samples that it had not seen: counts, as a table and as a picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .parts import table
from .pictures import COLOURS, Field

__all__ = ["confusion", "confusion_field", "confusion_table", "right_of"]

Counts = NDArray[np.int64]


def confusion(y: NDArray[np.integer], found: NDArray[np.integer], classes: int) -> Counts:
    """How often each class (row) got each answer (column)."""
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (y.astype(np.intp), found.astype(np.intp)), 1)
    return counts


def right_of(y: NDArray[np.generic], found: NDArray[np.generic]) -> str:
    """The share that is right, and of how many."""
    right = int((y == found).sum())
    return f"{right / len(y):.1%} right ({right} of {len(y)})"


def confusion_table(counts: Counts, names: Sequence[str]) -> list[str]:
    """A row a class, a column an answer; nought is a dot."""
    rows = [
        [name, *(str(count) if count else "·" for count in row.tolist()), f"{row[number] / row.sum():.1%}"]
        for number, (name, row) in enumerate(zip(names, counts, strict=True))
    ]
    return table(["true \\ answer", *names, "found"], rows)


def confusion_field(counts: Counts, names: Sequence[str], left: float, top: float, size: float) -> Field:
    """The same in squares: the darker, the more of the row."""
    many = len(names)
    one = Field(left, top, size, size, (0, many), (0, many))
    for row, column in np.ndindex(*counts.shape):
        share = counts[row, column] / counts[row].sum()
        if share:
            low = many - 1 - row
            one.square(column, low, 1, 1, COLOURS[0 if row == column else 1], float(max(share, 0.15)))
            colour = "white" if share > 0.5 else ""
            one.words(column + 0.5, low + 0.35, str(counts[row, column]), "middle", colour, 9)
    for number, name in enumerate(names):
        one.words(-0.15, many - number - 0.65, name, "end", size=9)
    return one
