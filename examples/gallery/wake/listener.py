"""From 20 ms of sound to 40 features, by operators of the model itself; and from its answers to an alarm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from microinfer import ModelBuilder
from microinfer.builder import Handle
from microinfer.zoo.sound import CHANNELS, HOP, even_channels

__all__ = ["HOP", "KINDS", "QUIET", "RANGE", "SMOOTH", "alarms", "features", "scores"]

KINDS = ("word", "talk", "near", "noise")
"""What a piece of a stream is."""
RANGE = 12.0
"""Natural logarithms that int8 covers."""
SMOOTH, QUIET = 5, 50
"""Frames whose probabilities are added up, and frames after an alarm without another."""


def features(b: ModelBuilder, samples: Handle) -> Handle:
    """40 features of int8, [1, 1, 1, 40], of 320 samples, by TFLM's signal library.

    As its audio_preprocessor_int8, but that one goes from int16 to int8 by CAST, MUL, ADD, DIV, MINIMUM,
    MAXIMUM and CAST, this one by QUANTIZE.
    """
    even = even_channels(b, samples)
    logs = b.signal_filter_bank_log(even, output_scale=1600, scale=1 / 1600)
    return b.reshape(b.quantize(logs, scale=RANGE / 255, zero_point=-128), (1, 1, 1, CHANNELS))


def scores(probability: NDArray[np.int8]) -> NDArray[np.int64]:
    """The sum of the last probabilities at each frame: what a device compares with the threshold."""
    whole = np.concatenate([np.zeros(SMOOTH, np.int64), np.cumsum(probability.astype(np.int64) + 128)])
    return whole[SMOOTH:] - whole[:-SMOOTH]


def alarms(score: NDArray[np.integer], threshold: int) -> list[int]:
    """The frames at which it says that it has heard the word."""
    found, last = [], -QUIET
    for frame in np.flatnonzero(score > threshold).tolist():
        if frame - last > QUIET:
            found.append(frame)
            last = frame
    return found
