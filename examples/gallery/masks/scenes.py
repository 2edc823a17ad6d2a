"""Pictures of a camera at a door: rooms with nobody in them, people with a mask, people without."""

from __future__ import annotations

import numpy as np
from canvas import SIZE, Canvas, Place, box, oval, photograph, soft_box
from colours import any_colour, between, colour
from coverings import COVERED, KEPT_BACK, draw_mask
from numpy.typing import NDArray
from people import SHOWN, Person, Pose, draw_face

__all__ = ["BEYOND", "CLASSES", "EMPTY", "KINDS", "class_of", "held_out", "scenes"]

CLASSES = ("nobody", "mask", "no mask")
EMPTY = ("a room", "like a head", "a mask alone")
KINDS = (*EMPTY, *COVERED, *SHOWN)
"""What is drawn, a number each."""
BEYOND = len(KINDS)
"""The number of a checked mask, which is among what is never trained with."""


def class_of(kind: int) -> int:
    if kind == BEYOND:
        return 1
    return 0 if kind < len(EMPTY) else 1 if kind < len(EMPTY) + len(COVERED) else 2


HELD, EACH, FARTHER = 100, 50, 30
"""Of what is held out: people, pictures of each kind, and of each kind beyond what is trained with."""


def held_out() -> tuple[NDArray[np.uint8], NDArray[np.uint8], int]:
    """Pictures of people whom training has not met, their kinds, and how many of them are as trained.

    The rest is beyond that: hoods, checked masks, heads tilted by 20 to 35 degrees.
    """
    random = np.random.default_rng(77)
    people = [Person.drawn(random) for _ in range(HELD)]
    kinds = np.repeat(np.arange(len(KINDS), dtype=np.uint8), EACH)
    farther = np.repeat(np.array([1, 2, BEYOND, BEYOND, 7, 8], np.uint8), FARTHER // 2)
    hooded = [Person.drawn(random, hooded=at % 2 == 0) for at in range(HELD)]
    drawn = scenes(people, kinds.tolist(), random), scenes(hooded, farther.tolist(), random, (20, 35))
    return np.concatenate(drawn), np.concatenate([kinds, farther]), len(kinds)


def scenes(
    people: list[Person], kinds: list[int], random: np.random.Generator, tilt: tuple[float, float] = (0, 20)
) -> NDArray[np.uint8]:
    """A picture of each kind, of the people in turn; [pictures, 96, 96, 3]."""
    found = np.empty((len(kinds), SIZE, SIZE, 3), np.uint8)
    for at, kind in enumerate(kinds):
        canvas = _room(random)
        if kind < len(EMPTY):
            _nobody(canvas, EMPTY[kind], random)
        else:
            lower = KEPT_BACK if kind == BEYOND else KINDS[kind]
            draw_face(canvas, people[at % len(people)], Pose.drawn(random, tilt), lower, random)
        if random.random() < 0.25:
            _clutter(canvas, random, near_edge=True)
        found[at] = photograph(canvas, random)
    return found


def _room(random: np.random.Generator) -> Canvas:
    """A wall, lit unevenly, and what stands and hangs there."""
    wall = any_colour(random)
    canvas = Canvas(wall)
    if random.random() < 0.4:
        place = Place.at(48, random.uniform(55, 90), 48, random.uniform(-6, 6))
        canvas.paint(place.covers(place.v), any_colour(random))
    if random.random() < 0.3:
        place = Place.at(48, 48, random.uniform(4, 16), random.uniform(0, 180))
        canvas.paint(
            (place.u - np.floor(place.u) < 0.5).astype(np.float32),
            any_colour(random),
            random.uniform(0.1, 0.8),
        )
    for _ in range(random.integers(0, 7)):
        _clutter(canvas, random)
    return canvas


def _clutter(canvas: Canvas, random: np.random.Generator, near_edge: bool = False) -> None:
    x, y = random.uniform(-5, 101, 2)
    if near_edge:
        x = random.choice([-4.0, 100.0])
    place = Place.at(x, y, random.uniform(4, 22), random.uniform(0, 180))
    shape = (oval, box, soft_box)[random.integers(3)]
    depth = shape(place.u, place.v, random.uniform(0.2, 1.4), random.uniform(0.4, 1.4))
    if random.random() < 0.25:
        depth = 0.12 - np.abs(depth)
    canvas.paint(place.covers(depth), any_colour(random), random.uniform(0.6, 1))


def _nobody(canvas: Canvas, kind: str, random: np.random.Generator) -> None:
    pose = Pose.drawn(random)
    place = Place.at(pose.x, pose.y, pose.half, pose.tilt)
    u, v = place.u, place.v
    if kind == "like a head":
        skin = (
            between(random, colour(70, 45, 32), colour(240, 205, 180))
            if random.random() < 0.6
            else any_colour(random)
        )
        if random.random() < 0.5:
            canvas.paint(place.covers(oval(u, v - 2.3, 1.75, 1.05)), any_colour(random))
        canvas.paint(place.covers(oval(u, v, random.uniform(0.6, 1), 1)), skin)
        if random.random() < 0.5:
            canvas.paint(place.covers(np.minimum(oval(u, v + 0.3, 0.85, 0.86), -v - 0.3)), any_colour(random))
        for _ in range(random.integers(0, 3)):
            off, down = random.uniform(-0.5, 0.5), random.uniform(-0.7, 0.7)
            canvas.paint(
                place.covers(oval(u - off, v - down, random.uniform(0.1, 0.4), 0.08)), any_colour(random)
            )
    elif kind == "a mask alone":
        lower = str(random.choice(COVERED))
        draw_mask(canvas, place, lower, random.uniform(0.66, 0.84), pose.turn, random)
