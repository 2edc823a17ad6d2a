"""Runs that are refused for what their data are: machine code looks, and is asked behind it what it saw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ctypes import c_int64

import numpy as np
from numpy.typing import NDArray

from .spec import Run

__all__ = ["refusing"]


def refusing(runs: Sequence[Run], seen: NDArray[np.int64], refuse: Callable[[], None]) -> Run:
    """One run of several, one of which leaves another number than 0 in `seen` where what they make does not
    count: `refuse` then raises."""
    from ..kernels.data_movement import in_turn

    number = c_int64.from_buffer(seen.data)

    def look() -> None:
        if number.value:
            refuse()

    look.number = number  # type: ignore[attr-defined]
    return in_turn((*runs, look))
