"""A hand with an accelerometer, synthesised: five gestures and everything else, by people with habits.

What the sensor sees is the acceleration along its three axes in g, gravity included, 32 times a second.
A gesture is a path in space, differentiated twice, in a frame that tilts as the person holds it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["GESTURES", "LENGTH", "RATE", "Person", "recordings"]

GESTURES = ("none", "circle", "wave", "push", "twist", "double tap")
RATE, LENGTH = 32, 64
"""Samples a second, and in a recording of two seconds."""
Track = NDArray[np.float64]


@dataclass(frozen=True)
class Person:
    """How fast, how far, how steadily and with which tilt, in radians about x and y, somebody moves."""

    speed: float
    size: float
    tremor: float
    tilt: tuple[float, float]
    left_handed: bool

    @classmethod
    def drawn(cls, random: np.random.Generator) -> Person:
        tilt = random.normal(0, 0.4, 2)
        return cls(
            random.lognormal(0, 0.2),
            random.lognormal(-0.2, 0.4),
            random.uniform(0.01, 0.1),
            (float(tilt[0]), float(tilt[1])),
            bool(random.random() < 0.12),
        )


def recordings(
    people: list[Person], each: int, random: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """`each` recordings of every gesture by everyone: x [n, 64, 1, 3] in g, y [n]."""
    found, kinds = [], []
    for person in people:
        for kind, _ in enumerate(GESTURES):
            for _ in range(each):
                found.append(_recording(person, kind, random))
                kinds.append(kind)
    x = np.stack(found)[:, :, np.newaxis].astype(np.float32)
    return x, np.array(kinds, np.uint8)


def _recording(person: Person, kind: int, random: np.random.Generator) -> Track:
    time = np.arange(LENGTH) / RATE
    speed = person.speed * random.lognormal(0, 0.15)
    size = person.size * random.lognormal(0, 0.2)
    turn = np.zeros(LENGTH)
    moved = np.zeros((LENGTH, 3))
    middle = random.uniform(0.55, 1.45)
    name = GESTURES[kind]
    if name == "none":
        moved, turn = _anything(time, speed, size, random)
    elif name == "circle":
        around = 2 * np.pi * 1.1 * speed * (time - middle)
        shape = _rise(time, middle, 0.5 / speed)
        way = -1 if person.left_handed else 1
        moved[:, 0] = 0.45 * size * np.sin(way * around) * shape
        moved[:, 2] = 0.45 * size * np.cos(around) * shape
    elif name == "wave":
        moved[:, 0] = 0.7 * size * np.sin(2 * np.pi * 1.8 * speed * (time - middle))
        moved[:, 0] *= _rise(time, middle, 0.55 / speed)
        turn = 0.3 * moved[:, 0]
    elif name == "push":
        moved[:, 1] = 0.9 * size * _blow(time, middle, 0.16 / speed)
    elif name == "twist":
        turn = 1.2 * size**0.5 * np.exp(-(((time - middle) * speed / 0.28) ** 2))
        turn *= -1 if person.left_handed else 1
    else:
        gap = 0.28 / speed
        moved[:, 2] = -1.1 * size * (_blow(time, middle, 0.05) + _blow(time, middle + gap, 0.05))
    return _sensed(person, moved, turn, random)


def _rise(time: Track, middle: float, half: float) -> Track:
    """About 1 for `half` a second on either side of the middle, about 0 elsewhere."""
    shape: Track = 1 / (1 + np.exp((np.abs(time - middle) - half) / 0.06))
    return shape


def _blow(time: Track, middle: float, width: float) -> Track:
    """The acceleration of a short move there: forward, then back."""
    at = (time - middle) / width
    shape: Track = -1.65 * at * np.exp(-(at**2) / 2)
    return shape


def _anything(time: Track, speed: float, size: float, random: np.random.Generator) -> tuple[Track, Track]:
    """Rest, a walk, or handling without meaning: what a gesture must not be taken for."""
    moved, turn = np.zeros((LENGTH, 3)), np.zeros(LENGTH)
    what = random.integers(0, 3)
    if what == 1:
        step = 2 * np.pi * 1.9 * speed * time + random.uniform(0, 2 * np.pi)
        moved[:, 2] = 0.3 * size * np.sin(step)
        moved[:, 0] = 0.12 * size * np.sin(step / 2)
        moved[:, 1] = 0.15 * size * np.sin(step + 1)
    elif what == 2:
        smooth = np.exp(-(((np.arange(15) - 7) / random.uniform(1.5, 4)) ** 2))
        for axis in range(3):
            moved[:, axis] = 0.28 * size * np.convolve(random.normal(0, 1, LENGTH), smooth, "same")
        turn = 0.25 * np.convolve(random.normal(0, 1, LENGTH), smooth, "same")
    return moved, turn


def _sensed(person: Person, moved: Track, turn: Track, random: np.random.Generator) -> Track:
    """Gravity in the sensor's frame, held with a tilt and turned about y, the move, tremor and noise."""
    about_x, about_y = np.array(person.tilt) + random.normal(0, 0.12, 2)
    roll = about_y + turn
    gravity = np.stack(
        [np.sin(roll), np.full(LENGTH, np.sin(about_x)), np.cos(roll) * np.cos(about_x)], axis=1
    )
    cos, sin = np.cos(about_y), np.sin(about_y)
    held = np.stack(
        [cos * moved[:, 0] + sin * moved[:, 2], moved[:, 1], cos * moved[:, 2] - sin * moved[:, 0]], axis=1
    )
    shake = person.tremor * np.sin(
        2 * np.pi * 9 * np.arange(LENGTH)[:, np.newaxis] / RATE + random.uniform(0, 6, 3)
    )
    noise = random.normal(0, 0.05, (LENGTH, 3))
    seen: Track = np.clip(gravity + held + shake + noise, -2, 2)
    return seen
