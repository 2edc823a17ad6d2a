"""What kernels are run on whose time hangs on their data: software floating point above all.

Prices are fitted to the mean of the first patterns; all of them say how far off that may be.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avr_draws import Random
from microinfer import Interpreter

__all__ = ["DRAWN", "PATTERNS", "inputs_of"]

DRAWN, PATTERNS = 4, 9
"""Reals: four times of both signs and around 1, then within 2^-20 to 2^20 but angles below 2^7, half of them
0, whole numbers below 256, below 1, and near 0. Integers: of the whole range, then small, mostly 0, and of
the whole range again."""
ZEROS = 0.05
WIDEST, ANGLES = 20, 7
POSITIVE = ("LOG ", "SQRT ", "RSQRT ")
"""Families of functions that have no value below 0."""
NORMS = "L2_NORMALIZATION int8"
"""The family whose rows take least where they are 0 throughout."""


def reals(rng: Random, shape: Sequence[int], pattern: int, widest: int = WIDEST) -> NDArray[Any]:
    normal = rng.standard_normal(shape)
    if pattern == DRAWN:
        return np.copysign(2.0 ** rng.uniform(-WIDEST, widest, shape), normal)
    if pattern == DRAWN + 1:
        return np.maximum(normal, 0)
    if pattern == DRAWN + 2:
        return rng.integers(0, 256, shape).astype(float)
    if pattern == DRAWN + 3:
        return rng.random(shape)
    if pattern == DRAWN + 4:
        return 0.05 * normal
    return np.where(rng.random(shape) < ZEROS, 0, 3 * normal)


def wholes(rng: Random, shape: Sequence[int], kind: np.dtype[Any], pattern: int) -> NDArray[Any]:
    limits = np.iinfo(kind)
    small = pattern == DRAWN
    low, high = (max(limits.min, -9), 9) if small else (limits.min, limits.max)
    drawn = rng.integers(low, high, shape, kind, endpoint=True)
    return np.where(rng.random(shape) < 0.7, 0, drawn) if pattern == DRAWN + 1 else drawn


def inputs_of(interpreter: Interpreter, family: str, number: int, pattern: int) -> list[NDArray[Any]]:
    """An array an input."""
    rng = np.random.default_rng([number, pattern, *family.encode()])
    found: list[NDArray[Any]] = []
    for detail in interpreter.get_input_details():
        shape, kind = tuple(detail["shape"]), np.dtype(detail["dtype"])
        if kind.kind == "b":
            made = rng.random(shape) < {DRAWN: 0.9, DRAWN + 1: 0.1}.get(pattern, 0.5)
        elif detail["name"].startswith("indices"):
            made = rng.integers(0, 2, shape)
        elif kind.kind == "f":
            made = reals(rng, shape, pattern, ANGLES if family.startswith(("SIN ", "COS ")) else WIDEST)
            made = abs(made) if family.startswith(POSITIVE) else made
        else:
            made = wholes(rng, shape, kind, pattern)
            made = np.zeros_like(made) if (family, pattern) == (NORMS, DRAWN + 1) else made
        found.append(made.astype(kind))
    return found
