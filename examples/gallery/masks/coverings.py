"""Masks, drawn in the coordinates of a face, with somebody behind them or not."""

from __future__ import annotations

import numpy as np
from canvas import Canvas, Place, oval, soft_box
from colours import Colour, any_colour, colour

__all__ = ["COVERED", "KEPT_BACK", "draw_mask", "mask_colour"]

COVERED = ("surgical", "respirator", "cloth", "striped")
"""What is trained with."""
KEPT_BACK = "checked"
"""What is not."""


def mask_colour(kind: str, random: np.random.Generator) -> Colour:
    """One that its kind is sold in."""
    usual = {
        "surgical": [(150, 195, 220), (225, 230, 232), (150, 210, 190), (230, 180, 195)],
        "respirator": [(235, 235, 232), (35, 35, 38), (150, 152, 156)],
    }
    if kind in usual:
        red, green, blue = usual[kind][random.integers(len(usual[kind]))]
        return np.clip(colour(red, green, blue) + random.uniform(-14, 14, 3), 0, 255).astype(np.float32)
    return any_colour(random)


def draw_mask(
    canvas: Canvas, place: Place, kind: str, wide: float, turn: float, random: np.random.Generator
) -> None:
    """A mask over nose and mouth, and what holds it."""
    u, v, cover, paint = place.u - np.float32(turn), place.v, place.covers, canvas.paint
    made, height, down = mask_colour(kind, random), random.uniform(0.42, 0.5), random.uniform(0.5, 0.56)
    loop = colour(225, 225, 225) if random.random() < 0.7 else made
    for side in (-1, 1):
        for start, slope in ((0.22, 0.25), (0.72, -0.55)):
            along = place.u * np.float32(side)
            line = v - np.float32(start) + (along - np.float32(wide * 0.7)) * np.float32(slope)
            paint(cover(np.minimum(0.022 - np.abs(line), 0.2 - np.abs(along - wide * 0.85))), loop)
    peak = np.abs(u) * np.float32(0.35 if kind == "respirator" else 0.16)
    depth = np.minimum(soft_box(u, v - np.float32(down), wide * 0.93, height), v - np.float32(0.06) - peak)
    depth = np.minimum(depth, oval(place.u, v, wide + 0.06, 1.1))
    mask = cover(depth)
    paint(mask, made)
    if kind == "surgical":
        for fold in (-0.14, 0.02, 0.18):
            paint(
                mask * cover(0.018 - np.abs(v - np.float32(down + fold) + np.square(u) * 0.1)),
                made * np.float32(0.8),
            )
    elif kind == "respirator":
        paint(mask * cover(0.02 - np.abs(u)), made * np.float32(0.75))
        paint(mask * cover(-u), made * np.float32(0.88), 0.6)
    elif kind in ("striped", KEPT_BACK):
        second, step = any_colour(random), np.float32(random.uniform(4, 8))
        angle = random.uniform(-1, 1) if kind == "striped" else 0
        bands = (u + np.float32(angle) * v) * step
        on = (bands - np.floor(bands) < 0.5).astype(np.float32)
        if kind == KEPT_BACK:
            rows = v * step
            on = np.abs(on - (rows - np.floor(rows) < 0.5))
        paint(mask * on, second)
    canvas.light(1 - np.clip(v - np.float32(down), 0, 1) * np.float32(0.5), mask)
