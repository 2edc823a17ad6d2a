"""Colours drawn at random."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Colour", "any_colour", "between", "colour"]

Colour: TypeAlias = NDArray[np.float32]
"""Red, green and blue, 0 to 255."""


def colour(red: float, green: float, blue: float) -> Colour:
    return np.array([red, green, blue], np.float32)


def between(random: np.random.Generator, low: Colour, high: Colour) -> Colour:
    """A colour on the line between two, and a little off."""
    return np.clip(low + (high - low) * random.random() + random.uniform(-12, 12, 3), 0, 255).astype(
        np.float32
    )


def any_colour(random: np.random.Generator) -> Colour:
    """Grey as often as bright."""
    found = random.uniform(10, 250, 3)
    return (found + random.random() * (found.mean() - found)).astype(np.float32)
