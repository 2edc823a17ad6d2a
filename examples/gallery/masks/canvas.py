"""A picture of 96 x 96 pixels to paint on, what shapes cover of it, and the camera that takes it.

Grids and shapes are float32 and use only operations that every machine rounds alike, so that a seed gives
the same bytes everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin
from typing import TypeAlias

import numpy as np
from colours import Colour
from numpy.typing import NDArray

__all__ = ["SIZE", "Canvas", "Place", "box", "oval", "photograph", "soft_box"]

SIZE = 96
ROWS, COLUMNS = np.mgrid[:SIZE, :SIZE].astype(np.float32)
Grid: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Place:
    """Coordinates of something that lies on the picture: right and down from its middle, in its own unit."""

    u: Grid
    v: Grid
    pixels: float
    """Of a unit."""

    @classmethod
    def at(cls, x: float, y: float, unit: float, degrees: float = 0) -> Place:
        """`unit` is in pixels; turned clockwise."""
        right, down = COLUMNS - np.float32(x), ROWS - np.float32(y)
        along, across = np.float32(cos(radians(degrees)) / unit), np.float32(sin(radians(degrees)) / unit)
        return cls(right * along + down * across, down * along - right * across, unit)

    def covers(self, depth: Grid) -> Grid:
        """How much of each pixel a shape covers, from how deep within it the pixel is, in units."""
        return np.clip(depth * np.float32(self.pixels) + np.float32(0.5), 0, 1)


def oval(u: Grid, v: Grid, width: float, height: float) -> Grid:
    """How deep within an ellipse of these half axes; negative outside."""
    far = np.sqrt(np.square(u / np.float32(width)) + np.square(v / np.float32(height)))
    return (1 - far) * np.float32(min(width, height))


def soft_box(u: Grid, v: Grid, width: float, height: float) -> Grid:
    """The same of a rectangle with round corners."""
    far = np.square(np.square(u / np.float32(width))) + np.square(np.square(v / np.float32(height)))
    return (1 - np.sqrt(np.sqrt(far))) * np.float32(min(width, height))


def box(u: Grid, v: Grid, width: float, height: float) -> Grid:
    """The same of a rectangle."""
    return np.minimum(np.float32(width) - np.abs(u), np.float32(height) - np.abs(v))


class Canvas:
    """The picture: [3, 96, 96], 0 to 255."""

    def __init__(self, colour: Colour) -> None:
        self.pixels = np.empty((3, SIZE, SIZE), np.float32)
        self.pixels[:] = colour[:, np.newaxis, np.newaxis]

    def paint(self, cover: Grid, colour: Colour, opaque: float = 1) -> None:
        rows, columns = (np.flatnonzero(cover.any(axis)) for axis in (1, 0))
        if not len(rows):
            return
        tall, wide = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        seen = self.pixels[:, tall, wide]
        seen += (cover[tall, wide] * np.float32(opaque)) * (colour[:, np.newaxis, np.newaxis] - seen)

    def light(self, gain: Grid, cover: Grid | None = None) -> None:
        """Brighter or darker, everywhere or where a shape covers."""
        self.pixels *= gain if cover is None else 1 + cover * (gain - 1)


def photograph(canvas: Canvas, random: np.random.Generator) -> NDArray[np.uint8]:
    """What a camera makes of it: light, its colour, blur, noise and RGB565; [96, 96, 3]."""
    right, down = (one / np.float32(SIZE) - np.float32(0.5) for one in (COLUMNS, ROWS))
    slopes = random.uniform(-0.5, 0.5, 2).astype(np.float32)
    canvas.light(1 + right * slopes[0] + down * slopes[1])
    gain = random.uniform(0.4, 1.25) * random.uniform(0.88, 1.12, 3)
    seen = canvas.pixels * gain.astype(np.float32)[:, np.newaxis, np.newaxis]
    soft = np.float32(random.uniform(0, 1) ** 2 / 3)
    for axis in (1, 2):
        seen += soft * (np.roll(seen, 1, axis) + np.roll(seen, -1, axis) - 2 * seen)
    noise = random.uniform(0, 4)
    seen += np.float32(noise / 2) * (random.random(seen.shape, np.float32) * 4 - 2)
    levels = np.clip(seen, 0, 255).astype(np.uint8)
    bits = np.array([5, 6, 5], np.uint8)[:, np.newaxis, np.newaxis]
    high = levels >> (8 - bits)
    return np.ascontiguousarray((high << (8 - bits) | high >> (2 * bits - 8)).transpose(1, 2, 0))
