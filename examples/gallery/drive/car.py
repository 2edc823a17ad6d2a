"""A car with a camera that follows the tape: where it goes while its answer is computed.

Lengths are in metres, times in seconds, angles in radians; cars drive side by side in arrays. A frame is
taken each `CAMERA` or each latency, whichever is longer; the camera hands it over `CAMERA` later, and the
answer turns the wheels one latency after that. The car moves on meanwhile, steered by an older answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from track import HALF, STEP, Track, shades

__all__ = [
    "CAMERA",
    "EDGE",
    "SIZE",
    "Answer",
    "Drive",
    "Floors",
    "Images",
    "Marks",
    "Numbers",
    "drive",
    "expert",
]

Numbers: TypeAlias = NDArray[np.float64]
Images: TypeAlias = NDArray[np.float32]
Marks: TypeAlias = NDArray[np.intp]
Answer: TypeAlias = Callable[[Images], Numbers]
"""Angles of the front wheels out of images [n, 24, 32, 1] of 0 to 1."""

SIZE = 24, 32
CAMERA = 0.020
"""From a frame to the next at the most often, and from its middle to its last row."""
EDGE = 0.20
"""Further than that from the line a car has left the track."""
WHEELBASE, LOCK, SERVO, GRIP = 0.16, 0.48, 5.0, 8.0
"""Between the axles; how far the wheels turn; how fast; the most that the tyres hold, in m/s²."""
AHEAD = 0.38
"""How far ahead the point of the line lies that the expert steers for."""
MOUNT, HEIGHT, TILT, VIEW = 0.10, 0.15, 0.70, (0.48, 0.61)
"""The camera before the rear axle, above the floor, how far it looks down, half of what it sees."""


def _seen() -> tuple[Numbers, Numbers]:
    """Where each pixel's ray meets the floor: forward of the rear axle and to the left."""
    down, across = (np.tan(half) * np.linspace(1, -1, count) for half, count in zip(VIEW, SIZE, strict=True))
    below = TILT - np.arctan(down)[:, np.newaxis]
    far = HEIGHT / np.tan(below)
    slant = np.hypot(HEIGHT, far) * np.cos(np.arctan(down))[:, np.newaxis]
    return np.broadcast_to(MOUNT + far, SIZE).copy(), slant * across


FORWARD, LEFT = _seen()
VIGNETTE = 1 - 0.35 * np.add.outer(np.linspace(-1, 1, SIZE[0]) ** 2, np.linspace(-1, 1, SIZE[1]) ** 2) / 2
NOISE = shades(np.random.default_rng(99).normal(0, 0.03, (97, *SIZE)))


class Floors:
    """Tracks side by side, as cars on them see and follow them; `on`: each car's track by its number."""

    def __init__(self, tracks: Sequence[Track]) -> None:
        self.floors = np.stack([track.floor for track in tracks])
        self.counts = np.array([len(track.line) for track in tracks])
        longest = self.counts.max()
        self.lines = np.stack([np.resize(track.line, (longest, 2)) for track in tracks])
        self.headings = np.stack([np.resize(track.heading, longest) for track in tracks])

    def beside(self, on: Marks, at: Marks, aside: Numbers, askew: Numbers) -> Numbers:
        """Poses [n, 3] to the left of points of the line, turned to the left of its direction."""
        heading = self.headings[on, at]
        left = np.stack([-np.sin(heading), np.cos(heading)], 1)
        return np.column_stack([self.lines[on, at] + aside[:, np.newaxis] * left, heading + askew])

    def images(self, on: Marks, poses: Numbers, gain: Numbers, number: Marks) -> Images:
        """What cameras see at poses [n, 3] (x, y, heading); `number` chooses the noise."""
        x, y, heading = (one[:, np.newaxis, np.newaxis] for one in poses.T)
        cos, sin = np.cos(heading), np.sin(heading)
        side = self.floors.shape[1] - 1
        column = np.clip((x + cos * FORWARD - sin * LEFT + HALF) / STEP + 0.5, 0, side).astype(np.intp)
        row = np.clip((y + sin * FORWARD + cos * LEFT + HALF) / STEP + 0.5, 0, side).astype(np.intp)
        light = self.floors[on[:, np.newaxis, np.newaxis], row, column]
        light = light * (gain[:, np.newaxis, np.newaxis] * VIGNETTE) + NOISE[number % len(NOISE)]
        return np.clip(light, 0, 1).astype(np.float32)[..., np.newaxis]

    def nearest(self, on: Marks, poses: Numbers, at: Marks) -> tuple[Marks, Numbers]:
        """The line's point nearest to each pose, sought near the point `at`, and how far it is."""
        window = at[:, np.newaxis] + np.arange(-12, 13)
        places = self.lines[on[:, np.newaxis], window % self.counts[on][:, np.newaxis]]
        away = ((places - poses[:, np.newaxis, :2]) ** 2).sum(2)
        best = away.argmin(1)
        rows = np.arange(len(at))
        return window[rows, best], np.sqrt(away[rows, best])


def expert(floors: Floors, on: Marks, poses: Numbers, at: Marks) -> Numbers:
    """Pure pursuit: the wheels' angles that lead along a circle to the line's point `AHEAD`."""
    target = floors.lines[on, (at + round(AHEAD / STEP)) % floors.counts[on]] - poses[:, :2]
    left = np.cos(poses[:, 2]) * target[:, 1] - np.sin(poses[:, 2]) * target[:, 0]
    curve = 2 * left / (target**2).sum(1)
    return np.clip(np.arctan(WHEELBASE * curve), -LOCK, LOCK)


@dataclass(frozen=True)
class Drive:
    """What became of cars: `laps` [cars], whether each came round, or left the track before.

    `car`, `places` [n, 2], `away` and `lasted` are steps of all cars: whose, where to, how far from the line,
    how long. `seeing`, `poses` [m, 3] and `at` are frames: whose, taken where, by which point of the line.
    """

    laps: NDArray[np.bool_]
    car: Marks
    places: Numbers
    away: Numbers
    lasted: Numbers
    seeing: Marks
    poses: Numbers
    at: Marks


def drive(floors: Floors, on: Marks, speed: Numbers, latency: Numbers, answer: Answer) -> Drive:
    """Drive each car once round its track, from a start that is a little off the line and askew."""
    at = np.zeros(len(on), np.intp)
    aside = np.where(on % 2, 0.04, -0.04)
    poses = floors.beside(on, at, aside, -aside)
    gain = 0.8 + 0.04 * ((on * 7 + 3) % 11)
    spans = np.minimum(CAMERA, latency), np.maximum(CAMERA, latency)
    substeps = int(np.ceil(spans[1].max() / 0.02))
    wheels, older, newer = np.zeros((3, len(on)))
    laps, live, number = np.zeros(len(on), bool), np.arange(len(on)), 0
    steps: list[tuple[Marks, Numbers, Numbers, Numbers]] = []
    frames: list[tuple[Marks, Numbers, Marks]] = []
    while len(live):
        frames.append((live, poses[live], at[live]))
        images = floors.images(on[live], poses[live], gain[live], on[live] * 13 + number * 29)
        found = np.clip(answer(images), -LOCK, LOCK)
        there = np.ones(len(live), bool)
        for span, command in ((spans[0], older), (spans[1] - spans[0], newer)):
            step = span[live] / substeps
            for _ in range(substeps):
                _move(poses, wheels, live, speed[live], command[live], step)
                at[live], away = floors.nearest(on[live], poses[live], at[live])
                steps.append((live[there], poses[live, :2][there], away[there], step[there]))
                there &= away <= EDGE
        older[live], newer[live] = newer[live], found
        number += 1
        laps[live] = there & (at[live] >= floors.counts[on[live]])
        live = live[there & ~laps[live]]
    moved = (np.concatenate(one) for one in zip(*steps, strict=True))
    return Drive(laps, *moved, *(np.concatenate(one) for one in zip(*frames, strict=True)))


def _move(
    poses: Numbers, wheels: Numbers, live: Marks, speed: Numbers, command: Numbers, step: Numbers
) -> None:
    """A kinematic bicycle; where the tyres do not hold, the curve is wider than the wheels say."""
    turned = wheels[live] + np.clip(command - wheels[live], -SERVO * step, SERVO * step)
    most = GRIP / speed**2
    turn = speed * np.clip(np.tan(turned) / WHEELBASE, -most, most) * step
    heading = poses[live, 2] + turn / 2
    poses[live, 0] += speed * np.cos(heading) * step
    poses[live, 1] += speed * np.sin(heading) * step
    poses[live, 2] += turn
    np.round(poses, 7, out=poses)
    wheels[live] = turned
