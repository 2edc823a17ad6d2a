"""A picture of pixels in SVG: half as fine, sixteen levels of each colour, runs along its rows."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

__all__ = ["mosaic"]

BLOCK, ALIKE = 2, 11
"""Pixels of a square's side, and how far from a run's first square of 0 to 255 its others may be."""


def mosaic(pixels: NDArray[np.uint8], left: float, top: float, side: float) -> str:
    """Pixels [height, width, 3], as wide as high, at a place in an SVG document."""
    across = len(pixels) // BLOCK
    squares = pixels.reshape(across, BLOCK, across, BLOCK, 3).astype(np.int64).sum((1, 3)) // BLOCK**2
    runs: defaultdict[str, list[str]] = defaultdict(list)
    for y, row in enumerate(squares):
        first = 0
        while first < across:
            unlike = np.abs(row[first:] - row[first]).max(1) > ALIKE
            wide = int(unlike.argmax()) if unlike.any() else across - first
            colour = (row[first : first + wide].mean(0) / 17 + 0.5).astype(int)
            runs["".join(f"{level:x}" for level in colour)].append(f"M{first} {y}h{wide}")
            first += wide
    drawn = "".join(f"<path stroke='#{colour}' d='{''.join(one)}'/>" for colour, one in runs.items())
    place = f"translate({left:.1f} {top + side / across / 2:.2f}) scale({side / across:.3f})"
    return f"<g transform='{place}' stroke-width='1.05' fill='none'>{drawn}</g>"
