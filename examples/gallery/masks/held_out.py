"""All pictures that are held out, drawn anew: the data of `microinfer validate --data held_out.py:usual`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent))

from scenes import class_of, held_out

__all__ = ["beyond", "usual"]

Sample = tuple[NDArray[np.int8], int]


def usual() -> Iterator[Sample]:
    """550 pictures of the kinds that are trained with, of people who are not."""
    pictures, kinds, count = held_out()
    return _drawn(pictures[:count], kinds[:count])


def beyond() -> Iterator[Sample]:
    """90 that go further: hoods, checked masks, heads tilted by more than 20 degrees."""
    pictures, kinds, count = held_out()
    return _drawn(pictures[count:], kinds[count:])


def _drawn(pictures: NDArray[np.uint8], kinds: NDArray[np.uint8]) -> Iterator[Sample]:
    for picture, kind in zip((pictures ^ 128).view(np.int8), kinds.tolist(), strict=True):
        yield picture, class_of(kind)
