"""IF and WHILE as machine code, whose subgraphs are one kernel each: (function, argument) by addresses."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._helpers import Native
from ._jit import Run, kernel
from .chain import address

__all__ = ["LOOP", "MOST", "TAKEN", "begin", "bind_choice", "bind_loop", "choose", "loop"]

TAKEN, MOST, LOOP = range(3)
"""Turns of all loops of an inference, how many they may be, and which loop, counted from 1, wanted more."""
call_entry = Native("_entries", "call_entry")
_FLAG, _PLACES = "Array(uint8, 1, 'C', readonly=True)", "Array(int64, 1, 'C', readonly=True)"


@kernel("void(int64[::1])")
def begin(turns: Any) -> None:
    """An inference begins."""
    turns[0] = 0
    turns[2] = 0


@kernel(f"void({_FLAG}, {_PLACES})")
def choose(flag: Any, sides: Any) -> None:
    """The first side where the flag is not 0, else the second."""
    at = 0 if flag[0] != 0 else 2
    call_entry(sides[at], sides[at + 1])


@kernel(f"void({_FLAG}, {_PLACES}, int64[::1], int64)")
def loop(flag: Any, parts: Any, turns: Any, number: Any) -> None:
    """The first part, then the second for as long as the flag, which both set, is not 0."""
    call_entry(parts[0], parts[1])
    while flag[0] != 0:
        turns[0] += 1
        if turns[0] > turns[1]:
            turns[2] = number
            return
        call_entry(parts[2], parts[3])


def _places(runs: Sequence[Run]) -> NDArray[np.int64]:
    found = np.array([word for run in runs for word in address(run)], np.int64)
    found.flags.writeable = False
    return found


def _bytes(flag: NDArray[Any]) -> NDArray[np.uint8]:
    seen = flag.reshape(-1).view(np.uint8)
    seen.flags.writeable = False
    return seen


def bind_choice(flag: NDArray[Any], sides: Sequence[Run]) -> Run:
    """IF of two kernels' runs."""
    run: Any = choose.bind(_bytes(flag), _places(sides))
    run.runs = tuple(sides)
    return run  # type: ignore[no-any-return]


def bind_loop(flag: NDArray[Any], parts: Sequence[Run], turns: array[int], number: int) -> Run:
    """WHILE of two kernels' runs: what comes before the first look at the flag, and a turn."""
    run: Any = loop.bind(_bytes(flag), _places(parts), np.frombuffer(turns, np.int64), number)
    run.runs = tuple(parts)
    return run  # type: ignore[no-any-return]
