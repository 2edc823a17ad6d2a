"""A heart as one electrode pair sees it, synthesised: five kinds of beats, of patients who all differ.

Each beat is a sum of Gaussian waves P, Q, R, S and T, at the angles and with the heights and widths of
McSharry's dynamical model (IEEE Trans. Biomed. Eng. 50(3), 2003), whose solution that is where the heart
turns steadily. What the model does not have, beats of other kinds, moves, widens and turns these waves round.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["COUNT_MV", "KINDS", "LESS", "RATE", "STEPS", "TAPS", "Patient", "beats", "counts"]

KINDS = ("normal", "atrial premature", "ventricular premature", "left bundle branch", "right bundle branch")
CONDUCTIONS = ((0, 1, 2), (3, 2), (4, 2))
"""The kinds that a patient has: of usual conduction, left and right bundle branch blocked."""
RATE, STEPS, TAPS = 100, 30, 5
"""Samples a second; a window of 1.5 s is so many steps of so many samples."""
BEFORE, JITTER = 1.0, 0.012
"""Seconds of the window before the R wave, and how far off whoever finds the wave is."""
COUNT_MV, LESS = 4 / 2048, 16
"""Millivolts of a converter's count, 12 bits over 4 mV either way; and counts in a step of eight bits."""
ANGLES, HEIGHTS, WIDTHS = (-70, -15, 0, 15, 100), (1.2, -5.0, 30.0, -7.5, 0.75), (0.25, 0.1, 0.1, 0.1, 0.4)
"""Of the published model: degrees, a and b of P, Q, R, S, T; a wave is about a b² high."""

Track = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Patient:
    """What is a patient's own, factors of it for P, Q, R, S and T.

    `interval` is in seconds; `degree`: how far a bundle branch is blocked; `ectopic`: the waves of a beat
    that begins in a ventricle, by height, width and the T wave's height.
    """

    conduction: int
    interval: float
    varying: float
    heights: Track
    widths: Track
    degree: float
    early: float
    ectopic: tuple[float, float, float]
    noise: float
    wander: float

    @classmethod
    def drawn(cls, random: np.random.Generator) -> Patient:
        side = 1 if random.random() < 0.65 else -1
        return cls(
            int(random.choice(3, p=(0.5, 0.25, 0.25))),
            random.uniform(0.6, 1.1),
            random.uniform(0.02, 0.07),
            random.lognormal(0, (0.4, 0.4, 0.25, 0.4, 0.4)),
            random.lognormal(0, (0.15, 0.15, 0.15, 0.15, 0.15)),
            random.uniform(0.55, 1.2),
            random.uniform(0.6, 0.82),
            (side * random.uniform(0.6, 1.5), random.uniform(2.2, 3.6), -side * random.uniform(0.2, 0.6)),
            random.uniform(0.01, 0.05),
            random.uniform(0.02, 0.25),
        )

    def waves(self, kind: int, interval: float, random: np.random.Generator) -> Track:
        """A beat's waves, [5, 3]: seconds from the R wave, height in millivolts, width in seconds."""
        slower = np.sqrt(interval)
        made = np.stack([np.array(ANGLES) / 360, np.array(HEIGHTS) * np.square(WIDTHS) * 4, WIDTHS], 1)
        made[:, 2] /= 2 * np.pi
        made[[0, 4]] *= (slower, 1, slower)
        made[:, 1:] *= np.stack([self.heights, self.widths], 1) * random.lognormal(0, 0.06, (5, 2))
        if kind == 1:
            made[0] *= (random.uniform(0.6, 0.95), random.uniform(-0.7, 0.9), random.uniform(0.7, 1.1))
        elif kind == 2:
            tall, wide, back = self.ectopic
            made[0, 1] = 0
            made[1:4, 1:] *= (tall, wide)
            made[1:4, 0] *= wide * 0.8
            made[4, 1] = back * random.lognormal(0, 0.1)
            made[4, 0] += 0.05
        elif kind == 3:
            height = made[2, 1]
            made[1] = (-0.03, 0.55 * height, 0.018)
            made[2, 1:] *= (0.8, 1 + self.degree)
            made[3] = (0.055, 0.6 * height * self.degree, 0.02 * (1 + 0.5 * self.degree))
            made[4, 1] *= -0.8 * self.degree
        elif kind == 4:
            made[3] = (0.055, -0.45 * self.degree * made[2, 1], 0.02 * (1 + 0.6 * self.degree))
        return made

    def window(self, kind: int, random: np.random.Generator) -> Track:
        """Millivolts of one beat of a kind, with what is to be seen of the beats around it."""
        usual = CONDUCTIONS[self.conduction][0]
        steps = self.interval * random.lognormal(0, self.varying, 5)
        if kind in (1, 2):
            steps[2] *= self.early * random.uniform(0.9, 1.1)
            steps[3] = (2 * self.interval - steps[2]) if kind == 2 else steps[3] * 1.1
        places = np.cumsum(steps) - steps[:3].sum()
        time = np.arange(STEPS * TAPS) / RATE - BEFORE + random.uniform(-JITTER, JITTER)
        seen = self.disturbances(time, random)
        for number, place in enumerate(places):
            one = self.waves(kind if number == 2 else usual, steps[number], random)
            at = (time[:, np.newaxis] - place - one[:, 0]) / one[:, 2]
            seen += np.exp(-0.5 * at**2) @ one[:, 1]
        return seen

    def disturbances(self, time: Track, random: np.random.Generator) -> Track:
        """Breath and electrodes below a hertz, muscles above."""
        slow: Track = sum(
            self.wander * random.normal() * np.sin(2 * np.pi * hertz * time + random.uniform(0, 6))
            for hertz in (0.25, random.uniform(0.05, 0.8))
        )
        return slow + random.normal(0, self.noise, len(time))


def beats(
    patients: list[Patient], each: int, random: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """`each` beats of every kind that a patient has: x [n, 30, 5] in millivolts, y [n]."""
    found, kinds = [], []
    for patient in patients:
        for kind in CONDUCTIONS[patient.conduction]:
            for _ in range(each):
                found.append(patient.window(kind, random))
                kinds.append(kind)
    return np.stack(found).reshape(-1, STEPS, TAPS).astype(np.float32), np.array(kinds, np.uint8)


def counts(x: NDArray[np.floating]) -> NDArray[np.int16]:
    """What the converter makes of millivolts: 12 bits."""
    made: NDArray[np.int16] = np.clip(np.rint(x / COUNT_MV), -2048, 2047).astype(np.int16)
    return made
