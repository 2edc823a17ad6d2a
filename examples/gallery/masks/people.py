"""People and their faces, drawn: what one person looks like every time, and one look at them.

A face's coordinates have their origin between the ears, u to the right, v down; 1 is half its height.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from canvas import Canvas, Place, box, oval, soft_box
from colours import Colour, any_colour, between, colour
from coverings import COVERED, draw_mask, mask_colour

__all__ = ["SHOWN", "Person", "Pose", "draw_face"]

SHOWN = ("bare", "beard", "hand in front", "mask on the chin")
"""What the lower half of a face without a mask may be."""


@dataclass(frozen=True, slots=True)
class Person:
    """What stays."""

    skin: Colour
    hair: Colour
    iris: Colour
    clothes: Colour
    head: str
    """Of hair, or over it: short, long, bald, cap, scarf, hood."""
    glasses: str
    """None, clear or dark."""
    beard: float
    """How dense one would be."""
    width: float
    eyes: float
    """How far each is from the middle."""
    size: float
    """Of the eyes."""
    nose: float
    mouth: float

    @classmethod
    def drawn(cls, random: np.random.Generator, hooded: bool = False) -> Person:
        """Somebody; hoods are kept back from training."""
        heads = random.choice(["short", "long", "bald", "cap", "scarf"], p=[0.35, 0.3, 0.1, 0.15, 0.1])
        return cls(
            skin=between(random, colour(70, 45, 32), colour(240, 205, 180)),
            hair=between(random, colour(15, 12, 12), colour(190, 150, 100))
            if random.random() < 0.85
            else between(random, colour(150, 150, 150), colour(225, 225, 225)),
            iris=between(random, colour(40, 25, 15), colour(80, 120, 150)),
            clothes=any_colour(random),
            head="hood" if hooded else str(heads),
            glasses=str(random.choice(["none", "clear", "dark"], p=[0.65, 0.23, 0.12])),
            beard=random.uniform(0.5, 0.95),
            width=random.uniform(0.66, 0.84),
            eyes=random.uniform(0.27, 0.36),
            size=random.uniform(0.1, 0.15),
            nose=random.uniform(0.1, 0.17),
            mouth=random.uniform(0.17, 0.3),
        )


@dataclass(frozen=True, slots=True)
class Pose:
    """What is another one in every picture."""

    x: float
    y: float
    half: float
    """Of the face's height, in pixels."""
    tilt: float
    turn: float
    """To the side: how far the middle of the face goes."""

    @classmethod
    def drawn(cls, random: np.random.Generator, tilt: tuple[float, float] = (0, 20)) -> Pose:
        """Somewhere in the picture, nearly all of the face within it; `tilt`: in degrees, either way."""
        half = random.uniform(22, 38)
        room = min(15.0, 46 - half)
        x, y = 48 + random.uniform(-room, room), 48 + random.uniform(-room, room)
        return cls(x, y, half, random.choice([-1, 1]) * random.uniform(*tilt), random.uniform(-0.2, 0.2))


def draw_face(canvas: Canvas, person: Person, pose: Pose, lower: str, random: np.random.Generator) -> None:
    """Shoulders to hat, and of the lower half what it is."""
    place = Place.at(pose.x, pose.y, pose.half, pose.tilt)
    u, v, cover, paint = place.u, place.v, place.covers, canvas.paint
    wide, skin, hair = person.width, person.skin, person.hair
    shade = skin * np.float32(0.78)
    if person.head in ("long", "scarf"):
        stuff = person.clothes[::-1] if person.head == "scarf" else hair
        paint(cover(soft_box(u, v - 0.25, wide + 0.2, 1.35)), stuff)
    if person.head == "hood":
        paint(cover(oval(u, v - 0.05, wide + 0.38, 1.42)), person.clothes * np.float32(0.8))
        paint(cover(oval(u, v - 0.05, wide + 0.16, 1.2)), person.clothes * np.float32(0.45))
    paint(cover(box(u, v - 1.1, 0.36, 0.5)), shade)
    paint(cover(oval(u, v - 2.3, 1.75, 1.05)), person.clothes)
    if person.head not in ("scarf", "hood"):
        for side in (-1, 1):
            paint(cover(oval(u - side * (wide + 0.02), v - 0.02, 0.1, 0.2)), shade)
    face = cover(oval(u, v, wide, 1))
    paint(face, skin)
    along = np.float32(random.uniform(-0.35, 0.35))
    u = u - np.float32(pose.turn)
    _draw_eyes(canvas, place, person, pose.turn, random)
    if lower in SHOWN:
        _draw_mouth(canvas, place, person, pose.turn, lower, face, random)
    paint(cover(oval(u, v - 0.24, person.nose, 0.13)), shade, 0.7)
    paint(cover(box(u - 0.3 * person.nose, v - 0.03, 0.03, 0.22)), shade, 0.6)
    canvas.light(1 + along * np.clip(place.u, -1, 1), face)
    _draw_head(canvas, place, person, random)
    if lower == "mask on the chin":
        mask = cover(soft_box(u, v - 0.95, wide * 0.86, 0.24))
        paint(mask, mask_colour(str(random.choice(COVERED)), random))
    elif lower == "hand in front":
        _draw_hand(canvas, place, person, pose.turn, random)
    elif lower not in SHOWN:
        draw_mask(canvas, place, lower, wide, pose.turn, random)


def _draw_eyes(
    canvas: Canvas, place: Place, person: Person, turn: float, random: np.random.Generator
) -> None:
    v, cover, paint = place.v, place.covers, canvas.paint
    size, open_, raised = person.size, random.uniform(0.3, 0.75), random.uniform(-0.03, 0.05)
    look = random.uniform(-0.3, 0.3) * size
    for side in (-1, 1):
        u = place.u - np.float32(turn + side * person.eyes)
        paint(cover(oval(u, v + 0.14, size * 1.35, size * 0.95)), person.skin * np.float32(0.82), 0.6)
        paint(cover(oval(u, v + 0.14, size, size * open_)), colour(235, 232, 228))
        iris = np.minimum(
            oval(u - look, v + 0.14, size * 0.5, size * 0.5), oval(u, v + 0.14, size, size * open_)
        )
        paint(cover(iris), person.iris)
        paint(cover(oval(u - look, v + 0.14, size * 0.24, size * 0.24)), colour(8, 8, 8))
        lift = np.square(u) * np.float32(-1.5)
        paint(cover(box(u, v + 0.33 + raised + lift, size * 1.35, 0.035)), person.hair * np.float32(0.7))
    if person.glasses == "none":
        return
    dark = person.glasses == "dark"
    frame = person.hair * np.float32(0.4)
    for side in (-1, 1):
        depth = soft_box(place.u - np.float32(turn + side * person.eyes), v + 0.12, 0.23, 0.17)
        if dark:
            paint(cover(depth), frame, 0.93)
        paint(cover(0.035 - np.abs(depth)), frame)
    paint(cover(box(place.u - np.float32(turn), v + 0.14, 0.1, 0.025)), frame)
    for side in (-1, 1):
        paint(cover(box(place.u - side * np.float32(0.66), v + 0.14, 0.14, 0.025)), frame)


def _draw_mouth(
    canvas: Canvas,
    place: Place,
    person: Person,
    turn: float,
    lower: str,
    face: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    random: np.random.Generator,
) -> None:
    u, v, cover, paint = place.u - np.float32(turn), place.v - np.float32(0.52), place.covers, canvas.paint
    if lower == "beard":
        ring = np.minimum(oval(u, v - 0.02, person.width, 0.58), -oval(u, v + 0.28, 0.4, 0.3))
        paint(face * cover(ring), person.hair * np.float32(0.8), person.beard)
    bend = random.uniform(-0.6, 0.9)
    curved = v + np.square(u) * np.float32(bend)
    lips = person.skin * colour(0.82, 0.55, 0.55)
    thick = random.uniform(0.04, 0.08)
    paint(cover(oval(u, curved, person.mouth, thick)), lips)
    if random.random() < 0.35:
        gap = random.uniform(0.3, 0.9) * thick
        paint(cover(oval(u, curved, person.mouth * 0.8, gap)), colour(60, 20, 20))
        paint(cover(oval(u, curved + gap * 0.4, person.mouth * 0.7, gap * 0.5)), colour(235, 230, 220), 0.8)
    else:
        paint(cover(box(u, curved, person.mouth, 0.012)), lips * np.float32(0.5))


def _draw_head(canvas: Canvas, place: Place, person: Person, random: np.random.Generator) -> None:
    """What is on top: hair, a cap, a scarf's rim."""
    u, v, cover, paint, wide = place.u, place.v, place.covers, canvas.paint, person.width
    if person.head in ("short", "long"):
        line = random.uniform(0.42, 0.6)
        top = np.minimum(oval(u, v + 0.3, wide + 0.1, 0.86), -v - np.float32(line) + np.square(u) * 0.9)
        paint(cover(top), person.hair)
    elif person.head == "cap":
        dark = person.clothes[::-1] * np.float32(0.9)
        paint(cover(np.minimum(oval(u, v + 0.35, wide + 0.08, 0.85), -v - 0.45)), dark)
        paint(
            cover(soft_box(u - np.float32(random.uniform(-0.3, 0.3)), v + 0.46, wide + 0.05, 0.07)),
            dark * np.float32(0.6),
        )
    elif person.head == "scarf":
        rim = np.minimum(oval(u, v, wide + 0.22, 1.24), -oval(u, v - 0.12, wide - 0.08, 0.86))
        paint(cover(rim), person.clothes[::-1])


def _draw_hand(
    canvas: Canvas, place: Place, person: Person, turn: float, random: np.random.Generator
) -> None:
    side = random.choice([-1, 1])
    u = (place.u - np.float32(turn)) * np.float32(side) + np.float32(random.uniform(-0.1, 0.1))
    v = place.v - np.float32(random.uniform(0.5, 0.65))
    skin = person.skin * np.float32(random.uniform(0.85, 1.08))
    canvas.paint(place.covers(box(u - 0.75, v - 0.75, 0.25, 0.75)), person.clothes)
    canvas.paint(place.covers(soft_box(u - 0.4, v - 0.1, 0.38, 0.34)), skin)
    for finger in range(4):
        long = 0.42 - 0.04 * abs(finger - 1.3)
        depth = soft_box(u + 0.05, v + np.float32(0.2 - 0.15 * finger), long, 0.075)
        canvas.paint(place.covers(depth), skin * np.float32(0.97 - 0.04 * (finger % 2)))
