"""Real numbers in int8: the scale and zero point that cover a range, and what is stored."""

from __future__ import annotations

from math import ceil, frexp, ldexp

import numpy as np
from numpy.typing import NDArray

__all__ = ["quantization", "stored"]


def stored(values: NDArray[np.floating], scale: float, zero_point: int) -> NDArray[np.int8]:
    """Real numbers as int8 holds them."""
    made: NDArray[np.int8] = np.clip(np.rint(values / scale) + zero_point, -128, 127).astype(np.int8)
    return made


def quantization(low: float, high: float) -> tuple[float, int]:
    """The scale, of 8 significant bits, and the zero point that cover `low` to `high` and 0."""
    low, high = min(0.0, low), max(0.0, high)
    fraction, exponent = frexp(max(high - low, 1e-6) / 255)
    scale = ldexp(ceil(fraction * 256), exponent - 8)
    return scale, max(-128, min(127, round(-128 - low / scale)))
