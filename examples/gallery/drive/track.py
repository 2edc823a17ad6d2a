"""Tracks drawn from a seed: a dark tape in a closed curve, on a floor with shadows, dirt and worn places.

Lengths are in metres. A track's line is a point each centimetre, a floor a brightness each centimetre.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["HALF", "HELD", "STEP", "TRAIN", "Track", "shades"]

Line = NDArray[np.float64]
STEP, HALF, TAPE = 0.01, 2.4, 0.04
"""Between two points of a line and of a floor; half a floor's side; the tape's width."""
TRAIN, HELD = range(1, 17), range(101, 107)
"""Seeds of tracks to train with, and held out."""
SHARPEST = 0.42
"""The smallest radius of a curve."""


@dataclass(frozen=True)
class Track:
    """`line` [points, 2], `heading` [points] in radians along it, `floor` [y, x], 0 is black and 1 white."""

    line: Line
    heading: Line
    floor: NDArray[np.float32]

    @classmethod
    def drawn(cls, seed: int) -> Track:
        random = np.random.default_rng(seed)
        line, heading = _line(random)
        return cls(line, heading, _floor(line, random))

    @property
    def length(self) -> float:
        return len(self.line) * STEP


def _line(random: np.random.Generator) -> tuple[Line, Line]:
    """A circle with waves, driven round in either direction; drawn again until no curve is too sharp."""
    around = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
    while True:
        radius = np.full(around.shape, 1.45)
        for waves in range(2, 6):
            phase = random.uniform(0, 2 * np.pi)
            radius += random.normal(0, 0.5 / waves) * np.cos(waves * around + phase)
        x, y = radius * np.cos(around), radius * np.sin(around)
        if random.random() < 0.5:
            x, y = x[::-1], y[::-1]
        ahead = np.stack([np.roll(x, -1) - x, np.roll(y, -1) - y], axis=1)
        steps = np.hypot(ahead[:, 0], ahead[:, 1])
        turn = np.diff(np.unwrap(np.arctan2(ahead[:, 1], ahead[:, 0])))
        bend = np.abs(turn) / steps[1:]
        if radius.min() > 0.5 and radius.max() < HALF - 0.3 and 1.8 < bend.max() < 1 / SHARPEST:
            break
    way = np.concatenate([[0], np.cumsum(steps)])
    at = np.arange(int(way[-1] / STEP)) * (way[-1] / int(way[-1] / STEP))
    line = np.stack([np.interp(at, way, np.append(one, one[0])) for one in (x, y)], axis=1)
    line = line.round(7)
    further = np.roll(line, -1, 0) - np.roll(line, 1, 0)
    return line, np.arctan2(further[:, 1], further[:, 0])


def _floor(line: Line, random: np.random.Generator) -> NDArray[np.float32]:
    side = round(2 * HALF / STEP)
    x, y = np.meshgrid(*[np.arange(side) * STEP - HALF] * 2)
    floor = np.full((side, side), random.uniform(0.5, 0.75))
    floor += random.normal(0, 0.02, floor.shape)
    for _ in range(150):
        _blot(floor, random.uniform(-HALF, HALF, 2), random.uniform(0.01, 0.04), random.normal(0, 0.25))
    away = np.full(floor.shape, np.inf)
    reach = 6
    grid = np.round((line + HALF) / STEP).astype(int)
    for (px, py), (column, row) in zip(line, grid, strict=True):
        near = np.s_[row - reach : row + reach + 1, column - reach : column + reach + 1]
        np.minimum(away[near], np.hypot(x[near] - px, y[near] - py), out=away[near])
    ink = np.clip((TAPE / 2 - away) / STEP + 0.5, 0, 1)
    for _ in range(12):
        _blot(ink, line[random.integers(len(line))], random.uniform(0.02, 0.06), -random.uniform(0.5, 1))
    ink = np.clip(ink, 0, 1)
    floor = floor * (1 - ink) + random.uniform(0.08, 0.2) * ink
    angle, phase = random.uniform(0, 2 * np.pi, 2)
    floor *= 1 + 0.25 * np.sin(1.3 * (np.cos(angle) * x + np.sin(angle) * y) + phase)
    for _ in range(3):
        angle = random.uniform(0, np.pi)
        across = np.cos(angle) * x + np.sin(angle) * y - random.uniform(-1.5, 1.5)
        edge = (random.uniform(0.05, 0.25) - np.abs(across)) / random.uniform(0.01, 0.05)
        floor *= 1 - random.uniform(0.2, 0.5) / (1 + np.exp(np.clip(-edge, -30, 30)))
    return shades(np.clip(floor, 0, 1))


def shades(light: Line) -> NDArray[np.float32]:
    """Light in steps of 1/1024, so that every computer's sines and exponentials make the same of it."""
    return (np.rint(light * 1024) / 1024).astype(np.float32)


def _blot(floor: Line, at: Line, radius: float, change: float) -> None:
    """Make a round place darker or lighter, softly."""
    row, column = (round((place + HALF) / STEP) for place in at[::-1])
    reach = round(3 * radius / STEP)
    rows = np.arange(max(0, row - reach), min(len(floor), row + reach + 1))
    columns = np.arange(max(0, column - reach), min(len(floor), column + reach + 1))
    away = ((rows - row) ** 2)[:, np.newaxis] + (columns - column) ** 2
    floor[np.ix_(rows, columns)] += change * np.exp(-away / 2 / (radius / STEP) ** 2)
