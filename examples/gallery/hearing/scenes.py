"""Somebody speaks, something makes noise: scenes of three seconds whose two parts are known apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from speech import Samples, Speaker

__all__ = ["NOISES", "SECONDS", "Scenes", "scenes"]

NOISES = ("fan", "hum", "traffic", "clatter", "babble")
RATE, SECONDS = 16_000, 3


@dataclass(frozen=True, slots=True)
class Scenes:
    """What is heard and what is said in it, in int16's units, [scenes, samples]; noises, and ratios in dB."""

    noisy: NDArray[np.int16]
    clean: NDArray[np.float32]
    noise: NDArray[np.uint8]
    ratio: NDArray[np.int8]


def scenes(
    speaker: Speaker, plan: list[tuple[int, float]], others: list[Samples], random: np.random.Generator
) -> Scenes:
    """A scene for each noise and ratio in dB of the plan. `others`: voices for babble."""
    noisy, clean = [], []
    for kind, ratio in plan:
        said = np.zeros(SECONDS * RATE)
        phrase = speaker.says(speaker.phrase(int(random.integers(5, 9)), random), random)
        begin = int(RATE * random.uniform(0.1, 0.6))
        phrase = phrase[: len(said) - begin]
        said[begin : begin + len(phrase)] = phrase
        said /= said.std()
        level = 10 ** (random.uniform(-36, -24) / 20) * 32768
        noise = _noise(NOISES[kind], len(said), others, random) * 10 ** (-ratio / 20)
        noisy.append(np.clip(np.rint((said + noise) * level), -32768, 32767).astype(np.int16))
        clean.append((said * level).astype(np.float32))
    kinds, ratios = zip(*plan, strict=True)
    return Scenes(np.stack(noisy), np.stack(clean), np.array(kinds, np.uint8), np.array(ratios, np.int8))


def _noise(kind: str, count: int, others: list[Samples], random: np.random.Generator) -> Samples:
    """Of spread 1."""
    time = np.arange(count) / RATE
    if kind == "babble":
        made = np.zeros(count)
        for place in random.choice(len(others), 6):
            made += np.roll(np.resize(others[place], count), random.integers(count))
        return made / made.std()
    bins = np.fft.rfft(random.standard_normal(count))
    hertz = np.maximum(np.fft.rfftfreq(count, 1 / RATE), 40.0)
    steep = random.uniform(0, 1.2)
    corner = random.uniform(200, 4000)
    made = np.fft.irfft(bins * hertz**-steep / (1 + (hertz / corner) ** 2) ** 0.25, count)
    made /= made.std()
    if kind == "hum":
        base = random.uniform(45, 300)
        for order in range(1, 12):
            turns = base * order * time + random.random()
            made += random.uniform(0, 1.5) / order * np.sin(2 * np.pi * turns)
    elif kind == "traffic":
        made *= 0.2 + np.square(np.sin(2 * np.pi * random.uniform(0.1, 0.8) * time + random.uniform(0, 6)))
    elif kind == "clatter":
        made *= 0.2
        for at in random.integers(0, count, int(count / RATE * random.uniform(2, 6))):
            blow = np.exp(-np.arange(min(4000, count - at)) / random.uniform(60, 600))
            made[at : at + len(blow)] += random.uniform(1, 4) * blow * random.standard_normal(len(blow))
    return made / made.std()
