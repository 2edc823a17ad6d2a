"""What a microphone hears of people and rooms: coughs, breath, talk, doors, and noise without any of it.

A cough is a burst, a noisy middle and often a voiced end (Van Hirtum 2002), about 0.42 s in all (median of
7,044 coughs, Hyfe); the rest is drawn by hand: noise and pulses through the resonances of a throat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from insects import RATE, Samples

__all__ = ["PEOPLE", "Person", "noise"]

PEOPLE = ("cough", "breath", "speech", "door")
COUGH_S = 0.42
VOWELS = ((730, 1090), (270, 2290), (300, 870), (530, 1840), (570, 840), (660, 1720))
"""Two resonances in Hz each."""


@dataclass(frozen=True, slots=True)
class Person:
    """A throat and a door: `size` moves resonances, `pitch` is in Hz, `hard` is how much a cough bursts."""

    size: float
    pitch: float
    hard: float
    length: float
    wood: float

    @classmethod
    def drawn(cls, random: np.random.Generator) -> Person:
        return cls(
            random.uniform(0.85, 1.2),
            float(np.exp(random.uniform(np.log(90), np.log(250)))),
            random.uniform(0.8, 2.0),
            random.lognormal(0, 0.2),
            random.uniform(70, 260),
        )

    def heard(self, kind: int, count: int, random: np.random.Generator) -> Samples:
        """So many samples of a kind, 2.5 at most."""
        made = (self.cough, self.breath, self.speech, self.door)[kind](random)
        made = made[:count]
        found = np.zeros(count)
        first = int(random.integers(0, count - len(made) + 1))
        found[first : first + len(made)] = made
        return found

    def cough(self, random: np.random.Generator) -> Samples:
        length = COUGH_S * self.length * random.lognormal(0, 0.12)
        time = np.arange(int(length * RATE)) / RATE
        burst = np.exp(-time / 0.025) * (1 - np.exp(-time / 0.003)) * 2 * self.hard
        middle = 0.6 * np.exp(-(((time / length - 0.35) / 0.3) ** 2))
        voiced = random.uniform(0, 0.7) * np.exp(-(((time / length - 0.8) / 0.12) ** 2))
        hiss = random.normal(0, 1, len(time))
        sound = (burst + middle) * hiss + voiced * 3 * self.pulses(time, 1.4 * self.pitch, random)
        places = [(600, 200), (1500, 400), (2600, 700)]
        return self.throat(sound, places)

    def breath(self, random: np.random.Generator) -> Samples:
        length = random.uniform(0.5, 0.95)
        time = np.arange(int(length * RATE)) / RATE
        rise = random.uniform(0.25, 0.75)
        shape = np.sin(np.pi * (time / length) ** (np.log(0.5) / np.log(rise))) ** 1.5
        low = random.uniform(450, 900)
        return self.throat(shape * random.normal(0, 1, len(time)), [(low, 500), (low * 2.3, 900)])

    def speech(self, random: np.random.Generator) -> Samples:
        parts: list[Samples] = []
        for _ in range(random.integers(2, 5)):
            time = np.arange(int(random.uniform(0.1, 0.24) * RATE)) / RATE
            shape = np.abs(np.sin(np.pi * time / time[-1])) ** 0.6
            first, second = VOWELS[random.integers(len(VOWELS))]
            voice = self.pulses(time, self.pitch * random.lognormal(0, 0.12), random)
            parts.append(self.throat(shape * voice, [(first, 90), (second, 140), (2700, 300)]))
            if random.random() < 0.5:
                rustle = random.normal(0, 0.25, int(random.uniform(0.04, 0.1) * RATE))
                parts.append(np.diff(rustle, prepend=0))
            parts.append(np.zeros(int(random.uniform(0, 0.05) * RATE)))
        return np.concatenate(parts)

    def door(self, random: np.random.Generator) -> Samples:
        """One to four knocks, or one slam: short, low, and with modes that are no multiples."""
        knocks = random.integers(1, 5)
        found = np.zeros(int(0.9 * RATE))
        step = random.uniform(0.12, 0.22)
        for number in range(knocks):
            first = int(RATE * step * number)
            time = np.arange(len(found) - first) / RATE
            modes = self.wood * np.array([1, 1.58, 2.24, 2.92, 4.1])
            tones = np.sin(2 * np.pi * np.outer(modes, time) + random.uniform(0, 6.3, (5, 1)))
            ringing = np.exp(-np.outer(np.linspace(12, 45, 5) * random.uniform(0.7, 1.4), time))
            found[first:] += (tones * ringing).sum(0) * random.uniform(0.5, 1)
            found[first:] += random.normal(0, 1, len(time)) * np.exp(-time / 0.008)
        return found / np.abs(found).max() * 2.5

    def pulses(self, time: Samples, hertz: float, random: np.random.Generator) -> Samples:
        """A voice before its throat: every harmonic, softer towards the upper ones."""
        phase = 2 * np.pi * np.cumsum(hertz * (1 + random.normal(0, 0.1) * (time - time[-1] / 2))) / RATE
        many = max(1, int(0.45 * RATE / hertz))
        found: Samples = sum(np.cos(number * phase) / number for number in range(1, many + 1))
        return found

    def throat(self, sound: Samples, places: list[tuple[float, float]]) -> Samples:
        """Through resonances, each at a frequency and of a width in Hz, to a spread of 1."""
        bins = np.fft.rfftfreq(len(sound), 1 / RATE)
        gain = sum(1 / (1 + ((bins - place * self.size) / width) ** 2) for place, width in places)
        found: Samples = np.fft.irfft(np.fft.rfft(sound) * gain, len(sound))
        return found / max(1e-6, np.abs(found).max()) * 2.5


def noise(count: int, random: np.random.Generator) -> Samples:
    """Of any colour from white to brown, that swells, with a mains hum at times; of spread 1."""
    bins = np.fft.rfftfreq(count, 1 / RATE)
    gain = np.maximum(bins, 40) ** -random.uniform(0, 1)
    found: Samples = np.fft.irfft(np.fft.rfft(random.normal(0, 1, count)) * gain, count)
    time = np.arange(count) / RATE
    found *= 1 + random.uniform(0, 0.5) * np.sin(
        2 * np.pi * (random.uniform(0.2, 2) * time + random.random())
    )
    found /= found.std()
    if random.random() < 0.3:
        hum = sum(np.sin(2 * np.pi * 100 * number * time) / number for number in (1, 2, 3))
        found += random.uniform(0.1, 0.8) * hum
    return found / found.std()
