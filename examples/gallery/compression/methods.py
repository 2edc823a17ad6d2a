"""What each method sends of a stroke, bit by bit as in methods.c, and what is made of it where it arrives."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DOOR",
    "METHODS",
    "WAVES",
    "cosines",
    "from_cosines",
    "from_door",
    "score",
    "swinging_door",
    "waves",
]

LENGTH, DOOR, WAVES = 64, 4, 12
METHODS = ("swinging door", "cosines", "score")
"""As firmware.c runs them, one after the other.

The door is 4 of the converter's 256 steps wide to either side; of the cosines it is the 12 lowest."""

Stroke = NDArray[np.int8]
Values = NDArray[np.float64]


def swinging_door(x: Stroke) -> bytes:
    """The first sample, then place and value of each at which a line has to end (E. H. Bristol, 1990)."""
    values = x.tolist()
    sent, anchor = [values[0]], 0
    up = down = None
    for t in range(1, LENGTH):
        while True:
            over, rise = t - anchor, values[t] - values[anchor]
            if up is None or (rise - DOOR) * up[1] > up[0] * over:
                up = (rise - DOOR, over)
            if down is None or (rise + DOOR) * down[1] < down[0] * over:
                down = (rise + DOOR, over)
            if up[0] * down[1] <= down[0] * up[1]:
                break
            anchor = t - 1
            sent += [anchor, values[anchor]]
            up = down = None
    sent += [LENGTH - 1, values[-1]]
    return bytes(each & 255 for each in sent)


def from_door(sent: bytes) -> Values:
    """Straight lines between what was sent."""
    places = [0, *sent[1::2]]
    values = np.frombuffer(bytes([sent[0], *sent[2::2]]), np.int8)
    return np.interp(np.arange(LENGTH), places, values)


def waves() -> NDArray[np.int8]:
    """The cosines of the transform in 8 bits: [12, 64]."""
    at = np.pi * np.outer(np.arange(WAVES), 2 * np.arange(LENGTH) + 1) / (2 * LENGTH)
    return np.rint(127 * np.cos(at)).astype(np.int8)


def cosines(x: Stroke) -> bytes:
    """The first coefficients of the discrete cosine transform, a byte each."""
    sums = waves().astype(np.int32) @ x.astype(np.int32)
    shift = np.where(np.arange(WAVES) == 0, 13, 12)
    return np.clip((sums + (1 << (shift - 1))) >> shift, -128, 127).astype(np.int8).tobytes()


def from_cosines(sent: bytes) -> Values:
    """The transform's inverse of what was sent."""
    made: Values = np.frombuffer(sent, np.int8) @ waves().astype(float) * (2 << 12) / (127.0**2 * LENGTH)
    return made


def score(x: Stroke, back: Stroke) -> int:
    """The sum of squared differences of int8 numbers."""
    return int(((x.astype(np.int32) - back) ** 2).sum())
