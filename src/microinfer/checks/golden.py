"""What was expected beside what came out: golden outputs, as arrays or checksums."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..operators.spec import Array
from ..words.printing import counted

if TYPE_CHECKING:
    pass

__all__ = ["first_difference", "in_order", "wanted_crc"]


def wanted_crc(expected: Any) -> int | None:
    if isinstance(expected, int) and not isinstance(expected, bool):
        return expected
    if isinstance(expected, str) and expected.lower().startswith("crc32:"):
        try:
            return int(expected[6:], 16)
        except ValueError:
            raise InputError(f"{expected!r}: expected eight hexadecimal digits after crc32:") from None
    return None


def in_order(given: Any, names: list[str], what: str) -> list[Any]:
    if isinstance(given, np.ndarray):
        given = [given]
    if isinstance(given, Mapping):
        if len(given) == len(names) == 1:
            return list(given.values())
        missing = [name for name in names if name not in given]
        if missing:
            raise InputError(f"no array for {what} {missing[0]!r}; got {', '.join(map(str, given))}")
        return [given[name] for name in names]
    arrays = list(given)
    if len(arrays) != len(names):
        raise InputError(f"got {counted(len(arrays), 'array')}, the model has {len(names)} {what}s")
    return arrays


def first_difference(got: Array, want: Array) -> str:
    """How two arrays differ, in words; empty where they do not in any bit."""
    if got.dtype != want.dtype or got.shape != want.shape:
        return f"is {got.dtype} {list(got.shape)}, expected {want.dtype} {list(want.shape)}"
    if got.tobytes() == np.ascontiguousarray(want).tobytes():
        return ""
    width = got.dtype.itemsize
    bits = [np.ascontiguousarray(a).view(np.uint8).reshape(-1, width) for a in (got, want)]
    wrong = np.flatnonzero((bits[0] != bits[1]).any(axis=1))
    first = int(wrong[0])
    place = [int(index) for index in np.unravel_index(first, got.shape)] if got.ndim else []
    largest = np.abs(got.ravel()[wrong].astype(np.float64) - want.ravel()[wrong].astype(np.float64)).max()
    return (
        f"differs in {len(wrong)} of {got.size} values, by {largest:g} at most; first at {place}: "
        f"{got.ravel()[first]}, expected {want.ravel()[first]}"
    )
