"""Digits that somebody says one after another, in a stream with pauses, rooms and noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from speech import Speaker, noise

__all__ = ["NONE", "RATE", "SECONDS", "WORDS", "Said", "said"]

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
"""Label 1 is zero, label 10 is nine, and label 0 says nothing."""
RATE, SECONDS, MOST, NONE = 16_000, 3, 5, 255


@dataclass(frozen=True, slots=True)
class Said:
    """Sound, int16 [samples], three seconds for each row of labels: [rows, 5], NONE where there are fewer.

    `spans`: where in its three seconds each row is spoken, as shares of them, [rows, 2].
    """

    samples: NDArray[np.int16]
    labels: NDArray[np.uint8]
    spans: NDArray[np.float64]


def said(speaker: Speaker, rows: int, random: np.random.Generator) -> Said:
    parts, labels, spans = [], np.full((rows, MOST), NONE, np.uint8), np.zeros((rows, 2))
    room = SECONDS * RATE
    for row in range(rows):
        count = int(random.integers(2, MOST + 1))
        while True:
            digits = random.integers(0, 10, count)
            spoken = speaker.says(" ".join(WORDS[one] for one in digits), random)
            if len(spoken) < room - RATE // 3:
                break
            count -= 1
        labels[row, :count] = digits + 1
        sound = np.zeros(room)
        begin = int(random.integers(RATE // 20, room - len(spoken) - RATE // 5))
        sound[begin : begin + len(spoken)] = spoken
        spans[row] = begin / room, (begin + len(spoken)) / room
        if random.random() < 0.4:
            sound = _echo(sound, random)
        sound += 10 ** (-random.uniform(8, 30) / 20) * noise(room, random)
        level = 10 ** (random.uniform(-36, -20) / 20) * 32767
        parts.append(np.clip(np.rint(sound * level), -32768, 32767).astype(np.int16))
    return Said(np.concatenate(parts), labels, spans)


def _echo(sound: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """Noise that dies away within a quarter of a second or so."""
    count = int(RATE * random.uniform(0.1, 0.3))
    tail = random.standard_normal(count) * np.exp(-6 * np.arange(count) / count) * random.uniform(0.02, 0.1)
    tail[0] = 1.0
    size = 1 << (len(sound) + count).bit_length()
    made: NDArray[np.float64] = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(tail, size), size)
    return made[: len(sound)]
