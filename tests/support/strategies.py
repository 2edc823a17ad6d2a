"""Hypothesis strategies that operator tests share: quantisation, sizes, activations, seeded values."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

__all__ = ["activations", "generators", "int8_values", "int32_values", "scales", "sizes", "zero_points"]

activations = st.sampled_from(("NONE", "RELU", "RELU6", "RELU_N1_TO_1"))
zero_points = st.one_of(st.integers(-128, 127), st.sampled_from((-128, 0, 127)))
generators = st.integers(0, 2**32 - 1).map(np.random.default_rng)
"""For arrays: hypothesis draws the shape and the seed, numpy fills."""


def scales(low: float = 1e-3, high: float = 1.0) -> st.SearchStrategy[float]:
    """Spread evenly over the orders of magnitude between `low` and `high`; float32 values."""
    exponents = st.floats(float(np.log2(low)), float(np.log2(high)))
    return exponents.map(lambda exponent: float(np.float32(2.0**exponent)))


def sizes(low: int, high: int, count: int = 2) -> st.SearchStrategy[tuple[int, ...]]:
    return st.tuples(*[st.integers(low, high)] * count)


def int8_values(generator: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.int8]:
    """Every value equally often, or only the two outermost, one time in eight."""
    values = generator.integers(-128, 128, shape).astype(np.int8)
    if generator.integers(8) == 0:
        values = np.where(values < 0, np.int8(-128), np.int8(127))
    return values


def int32_values(generator: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.int32]:
    """Small numbers mostly; one time in eight over the whole range, so that sums wrap."""
    limit = 1 << (31 if generator.integers(8) == 0 else int(generator.integers(1, 20)))
    return generator.integers(-limit, limit, shape).astype(np.int32)
