"""What the shapes for an ATmega328P are drawn from: sizes, shapes and weights that fit 2 KB of SRAM."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from microinfer.builder import ModelBuilder
from microinfer.builder.model_writer import Handle

Random = np.random.Generator
SRAM = 1500
FLASH = 20000
SCALE = {"scale": 0.05, "zero_point": -3}


class TooLargeError(Exception):
    """This draw does not fit the part; another one is made."""


def log_uniform(rng: Random, low: int, high: int) -> int:
    """Evenly over the orders of magnitude, both ends included."""
    return int(np.floor(2.0 ** rng.uniform(np.log2(low), np.log2(high + 1))))


def must_fit(*sizes: int, flash: int = 0) -> None:
    if sum(sizes) > SRAM or flash > FLASH:
        raise TooLargeError


def random_weights(rng: Random, shape: Sequence[int]) -> Any:
    return rng.integers(-127, 128, tuple(shape)).astype(np.int8)


def image(b: ModelBuilder, rng: Random, channels: int = 24) -> Handle:
    batch = 2 if rng.random() < 0.1 else 1
    shape = (batch, log_uniform(rng, 1, 16), log_uniform(rng, 1, 16), log_uniform(rng, 1, channels))
    must_fit(prod(shape))
    return b.input(shape, scale=0.02, zero_point=int(rng.integers(-128, 128)))


def random_shape(rng: Random, rank: int, limit: int = 600) -> tuple[int, ...]:
    while True:
        shape = tuple(log_uniform(rng, 1, 16) for _ in range(rank))
        if prod(shape) <= limit:
            return shape


def nest(rng: Random, least: int, most: int, limit: int = 500) -> tuple[int, ...]:
    """A shape whose axes are few or many whatever its size, so that small ones too have nested loops."""
    rank = int(rng.integers(least, most + 1))
    largest = 200 if rank == 1 else int(rng.choice([2, 3, 6, 16]))
    while True:
        shape = tuple(log_uniform(rng, 1 if rng.random() < 0.15 else 2, largest) for _ in range(rank))
        if prod(shape) <= limit:
            return shape
