"""Wing beats as a microphone hears them: tones with harmonics that drift and warble, from near and far.

Frequencies: Aedes aegypti, female 400 to 480 Hz, male about 600 Hz; Culiseta annulata 262 Hz; bees and
hoverflies 164 to 240 Hz, as published (the page names the sources), and 8 to 13 Hz more a degree Celsius for
Aedes (Villarreal et al. 2017). Harmonics up to the sixth are whole multiples of the fundamental, and the
amplitude falls with the distance to the power 2.3 (Arthur et al. 2014).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["INSECTS", "RATE", "Insect"]

RATE = 8000
"""Samples a second."""
INSECTS = ("bee or hoverfly", "Culiseta", "Aedes, female", "Aedes, male")
RANGES = ((164.0, 240.0), (262.0, 262.0), (400.0, 480.0), (600.0, 600.0))
"""Fundamentals in Hz; an insect's own differs by SPREAD from it, as does a degree."""
SPREAD, A_DEGREE, DEGREES = 0.03, 0.022, 2.5
"""Of the fundamental: of individuals, and of a degree; degrees of a night about the published one."""
WARBLE_HZ, PARTIALS, FALLS = 5.0, 6, 2.3

Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Insect:
    """What is an individual's own: fundamental in Hz at the usual temperature, and its harmonics."""

    kind: int
    hertz: float
    partials: Samples

    @classmethod
    def drawn(cls, kind: int, random: np.random.Generator) -> Insect:
        hertz = random.uniform(*RANGES[kind]) * (1 + SPREAD * random.uniform(-1, 1))
        falling = 10 ** (-random.uniform(3, 8) * np.arange(PARTIALS) / 20)
        return cls(kind, hertz, falling * random.lognormal(0, 0.4, PARTIALS))

    def heard(self, count: int, random: np.random.Generator) -> Samples:
        """So many samples of it flying past, 1 at a distance of 1; it may come late and be gone early."""
        time = np.arange(count) / RATE
        hertz = self.hertz * (1 + A_DEGREE * random.normal(0, DEGREES / 2))
        warble = random.uniform(0.002, 0.012) * np.sin(
            2 * np.pi * (WARBLE_HZ * random.uniform(0.7, 1.4) * time + random.random())
        )
        drift = random.normal(0, 0.012) * (time - time[-1] / 2)
        phase = 2 * np.pi * np.cumsum(hertz * (1 + warble + drift)) / RATE
        found = np.zeros(count)
        for number, height in enumerate(self.partials, 1):
            if number * hertz < 0.48 * RATE:
                found += height * np.sin(number * phase + random.uniform(0, 6.3))
        nearest, passes = random.uniform(1, 2.2), random.uniform(0.2, 0.8) * time[-1]
        far = np.hypot(nearest, random.uniform(0, 3) * (time - passes))
        return found / np.abs(self.partials).sum() * far**-FALLS
