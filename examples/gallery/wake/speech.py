"""Speech and noise, synthesised: words by espeak-ng, rooms, and streams with the word among others.

espeak-ng is a synthesiser of formants (https://github.com/espeak-ng/espeak-ng, GPL-3.0-or-later, which does
not reach what it speaks). It is called as a program, and only where the network is made anew.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["RATE", "WORD", "Speaker", "Stream", "expect_synthesiser", "noise", "stream"]

RATE, SPOKEN_RATE = 16_000, 22_050
WORD = "computer"

Samples = NDArray[np.float64]


def expect_synthesiser() -> None:
    """Exit with 1 where there is none, and say what to install."""
    if shutil.which("espeak-ng") is None:
        raise SystemExit(
            "espeak-ng: not found; it speaks the words that the network is trained with: install it with "
            "`apt install espeak-ng`, `dnf install espeak-ng` or `brew install espeak-ng`. "
            "run.py does without"
        )


@dataclass(frozen=True, slots=True)
class Speaker:
    """Voices of espeak-ng, each an accent and one of the variants, and the words that they say."""

    accents: Sequence[str]
    variants: str
    words: str
    near: Sequence[str]

    def says(self, text: str, random: np.random.Generator) -> Samples:
        """A text in a voice of its own, of spread 1, without the silence around it.

        It is played faster or slower than recorded, too, which is a longer or shorter throat.
        """
        voice = f"{random.choice(self.accents)}+{random.choice(self.variants.split())}"
        told = ["-v", voice, "-s", random.integers(125, 215), "-p", random.integers(15, 85)]
        command = ["espeak-ng", *map(str, told), "--stdout", text]
        spoken = subprocess.run(command, check=True, capture_output=True).stdout
        found = np.frombuffer(spoken[44 : len(spoken) & ~1], "<i2") / 32768
        loud = np.flatnonzero(np.abs(found) > 0.02 * np.abs(found).max(initial=1e-3))
        found = found[loud[0] : loud[-1] + 1] if len(loud) else np.zeros(SPOKEN_RATE // 10)
        count = int(len(found) * RATE / SPOKEN_RATE * random.uniform(0.88, 1.14))
        bins = np.zeros(count // 2 + 1, np.complex128)
        kept = np.fft.rfft(found)[: len(bins)]
        bins[: len(kept)] = kept
        made: Samples = np.fft.irfft(bins, count)
        return made / (made.std() + 1e-9)

    def phrase(self, count: int, random: np.random.Generator) -> str:
        return " ".join(random.choice(self.words.split(), count).tolist())


@dataclass(frozen=True, slots=True)
class Stream:
    """Sound, int16, where each wake word in it is over, and where each piece is, in samples."""

    samples: NDArray[np.int16]
    ends: NDArray[np.int64]
    stops: NDArray[np.int64]


def stream(speaker: Speaker, plan: Sequence[str], random: np.random.Generator) -> Stream:
    """What a plan says, one after another: "word", "talk", "near" or "noise", each up to four seconds.

    The wake word stands alone, or with others before or behind it, and so does one that sounds like it.
    Level, room and noise are drawn for each piece.
    """
    parts, ends, stops, length = [], [], [], 0
    for kind in plan:
        said, end = _said(speaker, kind, random)
        if random.random() < 0.5:
            said = _room(said, random)
        before, behind = (int(RATE * random.uniform(0.1, 1.0)) for _ in range(2))
        said = np.concatenate([np.zeros(before), said, np.zeros(behind)])
        quieter = 10 ** (-random.uniform(5, 30) / 20) if kind != "noise" else 1.0
        mixed = said + quieter * noise(len(said), random)
        level = 10 ** (random.uniform(-36, -18) / 20)
        parts.append(np.clip(np.rint(mixed * level * 32767), -32768, 32767).astype(np.int16))
        if end:
            ends.append(length + before + end)
        length += len(said)
        stops.append(length)
    return Stream(np.concatenate(parts), np.array(ends, np.int64), np.array(stops, np.int64))


def _said(speaker: Speaker, kind: str, random: np.random.Generator) -> tuple[Samples, int]:
    """Sound, and where the word in it ends, or 0."""
    if kind == "noise":
        return np.zeros(4 * RATE), 0
    if kind == "talk":
        return speaker.says(speaker.phrase(int(random.integers(7, 14)), random), random), 0
    parts = [speaker.says(WORD if kind == "word" else str(random.choice(speaker.near)), random)]
    if random.random() < 0.3:
        gap = np.zeros(int(RATE * random.uniform(0.02, 0.3)))
        parts = [speaker.says(speaker.phrase(int(random.integers(1, 5)), random), random), gap, *parts]
    end = sum(len(one) for one in parts)
    if random.random() < 0.4:
        gap = np.zeros(int(RATE * random.uniform(0.02, 0.3)))
        parts += [gap, speaker.says(speaker.phrase(int(random.integers(2, 6)), random), random)]
    return np.concatenate(parts), end if kind == "word" else 0


def _room(sound: Samples, random: np.random.Generator) -> Samples:
    """Sound with its echo: noise that dies away within a quarter of a second or so."""
    count = int(RATE * random.uniform(0.1, 0.35))
    tail = random.standard_normal(count) * np.exp(-6 * np.arange(count) / count) * random.uniform(0.02, 0.12)
    tail[0] = 1.0
    size = 1 << (len(sound) + count).bit_length()
    made: Samples = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(tail, size), size)[: len(sound)]
    return made


def noise(count: int, random: np.random.Generator) -> Samples:
    """Noise of one colour, with hum or blows in it at times, of spread 1."""
    size = 1 << count.bit_length()
    bins = np.fft.rfft(random.standard_normal(size))
    hertz = np.maximum(np.fft.rfftfreq(size, 1 / RATE), 20.0)
    made: Samples = np.fft.irfft(bins * hertz ** -random.choice([0.0, 0.5, 1.0]), size)[:count]
    made /= made.std()
    kind = random.integers(4)
    time = np.arange(count) / RATE
    if kind == 0:
        base = random.uniform(45, 400)
        for order in range(1, 9):
            made += random.uniform(0, 1.2) / order * np.sin(2 * np.pi * base * order * time)
    elif kind == 1:
        swell = 0.5 + 0.5 * np.sin(2 * np.pi * random.uniform(0.5, 6) * time + random.uniform(0, 6))
        made *= 0.1 + swell
    elif kind == 2:
        for at in random.integers(0, count, max(1, count // RATE)):
            blow = np.exp(-np.arange(min(2000, count - at)) / random.uniform(30, 400))
            made[at : at + len(blow)] += 5 * blow * random.standard_normal(len(blow))
    return made / made.std()
