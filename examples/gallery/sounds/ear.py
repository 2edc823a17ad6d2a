"""From 40 ms of sound to 32 features by TFLM's signal library, and the clips that it hears."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from insects import INSECTS, RATE, Insect
from numpy.typing import NDArray
from people import PEOPLE, Person, noise

import microinfer
from microinfer import ModelBuilder

__all__ = ["BANDS", "FRAMES", "HOP", "KINDS", "RANGE", "clips", "ear", "features"]

KINDS = ("nothing", *INSECTS, *PEOPLE)
HOP, FRAME, BANDS, FRAMES = 320, 512, 32, 24
"""Samples of a step and of a frame, bands of a frame, steps of a clip: 0.96 s."""
LOW_HZ, HIGH_HZ, ONE = 120.0, 3900.0, 1 << 12
STEP, ZERO = 0.15, -128
"""Of a feature: so many natural logarithms of an amplitude, 1.3 dB."""
RANGE = (0.0, 255 * STEP)
SPREADS = 60.0, 600.0
"""Of the noise, in counts of 16 bits."""
LOUDER = ((12.0, 28.0), (5.0, 26.0))
"""How loud insects at a distance of 1, and people are above the noise, in dB."""


def ear() -> bytes:
    """Int16 [320] at 8 kHz to int8 [1, 32]: window, FFT, mel bands, roots, logarithms."""
    b = ModelBuilder("sounds_ear", "Mel bands of sound by TFLM's signal library; made by microinfer.")
    samples = b.input((HOP,), "int16", name="samples")
    frames, _ = b.signal_framer(samples, FRAME, HOP, prefill=True)
    window = np.rint(ONE * np.hanning(FRAME + 2)[1:-1]).astype(np.int16)
    scaled, bits = b.signal_fft_auto_scale(b.reshape(b.signal_window(frames, window, shift=12), (FRAME,)))
    energy = b.signal_energy(b.signal_rfft(scaled, FRAME))
    bands = b.signal_filter_bank_square_root(b.signal_filter_bank(energy, *bank()), bits)
    logs = b.signal_filter_bank_log(bands, output_scale=1600, scale=1 / 1600)
    b.output(b.quantize(b.reshape(logs, (1, BANDS)), scale=STEP, zero_point=ZERO))
    return b.build()


def bank() -> tuple[NDArray[np.int16], ...]:
    """Triangles over the mel scale, in the tables that SignalFilterBank takes."""

    def mel(hertz: Any) -> Any:
        return 1127 * np.log1p(np.asarray(hertz) / 700)

    bins = mel(np.arange(FRAME // 2 + 1) * RATE / FRAME)
    tables: list[list[int]] = [[0], [0], [], [], []]
    weights, rests, firsts, starts, widths = tables
    for low, high in pairwise(np.linspace(mel(LOW_HZ), mel(HIGH_HZ), BANDS + 2)):
        inside = np.flatnonzero((bins > low) & (bins <= high))
        part = np.floor(ONE * (bins[inside] - low) / (high - low)).astype(int).tolist()
        firsts.append(int(inside[0]) if len(inside) else 0)
        starts.append(len(weights) if len(inside) else 0)
        widths.append(max(1, len(inside)))
        weights += [ONE - one for one in part]
        rests += part
    return tuple(np.array(table, np.int16) for table in tables)


def clip(kind: int, insect: Insect | None, person: Person, random: np.random.Generator) -> NDArray[np.int16]:
    """A step before and 24 of sound: [8000]; noise, and above it what the kind says."""
    count = (FRAMES + 1) * HOP
    spread = np.exp(random.uniform(*np.log(SPREADS)))
    sound = noise(count, random)
    if insect is not None:
        sound += 10 ** (random.uniform(*LOUDER[0]) / 20) * 2 * insect.heard(count, random)
    elif kind:
        loud = 10 ** (random.uniform(*LOUDER[1]) / 20)
        sound[HOP:] += loud * person.heard(kind - 1 - len(INSECTS), count - HOP, random)
    made: NDArray[np.int16] = np.clip(np.rint(spread * sound), -32768, 32767).astype(np.int16)
    return made


def clips(people: int, random: np.random.Generator) -> tuple[NDArray[np.int16], NDArray[np.uint8]]:
    """A clip of every kind by each of so many people and as many insects of each kind: sound, y."""
    found, kinds = [], []
    for _ in range(people):
        person = Person.drawn(random)
        for kind in range(len(KINDS)):
            number = kind - 1
            insect = Insect.drawn(number, random) if 0 <= number < len(INSECTS) else None
            found.append(clip(kind, insect, person, random))
            kinds.append(kind)
    return np.stack(found), np.array(kinds, np.uint8)


def features(sound: NDArray[np.int16]) -> NDArray[np.int8]:
    """What the ear makes of clips: [clips, 24, 32, 1]. It hears one after another, as it would all day."""
    heard = microinfer.Interpreter(ear()).run_batch(sound.reshape(-1, HOP), keep_state=True)
    made: NDArray[np.int8] = heard.reshape(len(sound), FRAMES + 1, BANDS, 1)[:, 1:].copy()
    return made
