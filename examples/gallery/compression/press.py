"""The force of a press over a stroke, synthesised: 64 samples of 8 bits, usual or with one of four faults."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["FAULTS", "LENGTH", "strokes"]

LENGTH = 64
FAULTS = ("no part", "two blows", "dull tool", "loose die")

Force = NDArray[np.int8]


def strokes(count: int, fault: str, random: np.random.Generator) -> Force:
    """`count` strokes: [count, 64], the converter's 8 bits less 128."""
    return np.stack([_stroke(fault, random) for _ in range(count)])


def _stroke(fault: str, random: np.random.Generator) -> Force:
    time = np.arange(LENGTH, dtype=float)
    begin, strength = random.normal(22.0, 0.4), random.normal(1.0, 0.03)
    width, rest = random.normal(9.0, 0.2), random.normal(-100.0, 1.0)
    if fault == "no part":
        strength *= random.uniform(0.3, 0.8)
    elif fault == "dull tool":
        width *= random.uniform(1.15, 1.5)
    force = 190 * strength * _blow(time, begin, width)
    if fault == "two blows":
        force += 190 * random.uniform(0.15, 0.5) * _blow(time, begin + random.uniform(14, 24), width)
    elif fault == "loose die":
        after = np.maximum(time - begin - 4, 0)
        force += random.uniform(8, 25) * np.sin(after * random.uniform(0.9, 1.4)) * np.exp(-after / 15)
    force += rest + random.normal(0, 1.0, LENGTH)
    held: Force = np.clip(np.rint(force), -128, 127).astype(np.int8)
    return held


def _blow(time: NDArray[np.float64], begin: float, width: float) -> NDArray[np.float64]:
    """Rises as the tool meets the part, falls as it breaks through."""
    since = (time - begin) / width
    found: NDArray[np.float64] = np.exp(-(since**2)) + 0.35 * np.exp(-((since - 1.1) ** 2) / 0.3)
    return found
