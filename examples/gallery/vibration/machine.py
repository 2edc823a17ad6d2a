"""A fan's vibration, synthesised: healthy at any load, or with one of four faults; and its spectrum in bands.

The shaft turns about 25 times a second. Where a fault shows in the spectrum is as in the textbooks on
condition monitoring (ISO 13373-2 has the table): unbalance at the shaft's own frequency, looseness at its
halves and harmonics, a bearing's outer race as blows at 3.58 times the shaft that ring at a resonance, a
cracked blade as side bands of the blades' frequency.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["BANDS", "FAULTS", "bands", "windows"]

RATE, LENGTH, SEGMENT, BANDS = 1024, 4096, 512, 64
"""Samples a second, samples a window of four seconds and a segment of it, bands of 8 Hz."""
FAULTS = ("unbalance", "looseness", "outer race", "blade")
BLADES, OUTER_RACE = 7, 3.58

Signal = NDArray[np.float64]


def windows(count: int, fault: str, random: np.random.Generator) -> Signal:
    """`count` windows of four seconds in m/s², each of a fan at a speed and load of its own."""
    return np.stack([_window(fault, random) for _ in range(count)])


def _window(fault: str, random: np.random.Generator) -> Signal:
    time = np.arange(LENGTH) / RATE
    shaft = random.normal(25.0, 0.5)
    load = random.uniform(0.6, 1.4)
    weak = random.uniform(0.0, 1.0)  # how far the fault has come

    def tone(order: float, size: float) -> Signal:
        phase = random.uniform(0, 2 * np.pi)
        drawn = size * load * random.lognormal(0.0, 0.1)
        made: Signal = drawn * np.sin(2 * np.pi * shaft * order * time + phase)
        return made

    found = sum(tone(order, 0.5 / order) for order in range(1, 6)) + tone(BLADES, 0.4)
    found = found + tone(2 * BLADES, 0.12) + tone(100 / shaft, 0.2)
    found += _ringing(random.normal(0, 0.35 * np.sqrt(load), LENGTH), 180.0, 0.06)
    if fault == "unbalance":
        found += tone(1, 0.9 + 1.6 * weak)
    elif fault == "looseness":
        found += sum(tone(order / 2, (0.12 + 0.25 * weak)) for order in (1, 3, 5, 7, 9, 11))
    elif fault == "outer race":
        blows = np.zeros(LENGTH)
        at = np.arange(random.uniform(0, 1), RATE / shaft / OUTER_RACE * LENGTH, RATE / shaft / OUTER_RACE)
        at = at + random.normal(0, 0.4, len(at))
        blows[np.unique(at[(at >= 0) & (at < LENGTH)].astype(int))] = 2.0 + 4.0 * weak
        found += _ringing(blows, 330.0, 0.08)
    elif fault == "blade":
        sides = (BLADES - 2, BLADES - 1, BLADES + 1, BLADES + 2)
        found += sum(tone(order, (0.12 + 0.25 * weak)) for order in sides)
    return found + random.normal(0, 0.05, LENGTH)


def _ringing(force: Signal, frequency: float, damping: float) -> Signal:
    """What a resonance makes of a force: its response to a blow, over a quarter of a second."""
    time = np.arange(RATE // 4) / RATE
    decay = np.exp(-2 * np.pi * frequency * damping * time)
    made: Signal = np.convolve(force, decay * np.sin(2 * np.pi * frequency * time))[:LENGTH]
    return made


def bands(signal: Signal) -> NDArray[np.float32]:
    """The energy of each band as its logarithm to base ten: [windows, 64].

    The mean over segments of half a second that overlap by half, each under a Hann window (Welch's method).
    """
    cut = np.lib.stride_tricks.sliding_window_view(signal, SEGMENT, 1)[:, :: SEGMENT // 2]
    spectrum = np.abs(np.fft.rfft(cut * np.hanning(SEGMENT)))[..., : SEGMENT // 2] ** 2
    energy = spectrum.mean(1).reshape(len(signal), BANDS, -1).sum(2)
    return np.log10(energy + 1e-3).astype(np.float32)
