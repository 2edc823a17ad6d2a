"""Quantisations for the tests of operators that compute: scales as files hold them, zero points, inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

SEEDS = st.integers(0, 2**32 - 1)


def scales(low: float = -12.0, high: float = 2.0) -> st.SearchStrategy[float]:
    """float32 numbers from 2^low to 2^high, powers of two among them."""
    exponents = st.floats(low, high) | st.integers(int(low), int(high)).map(float)
    return exponents.map(lambda exponent: float(np.float32(2.0**exponent)))


def zero_points(dtype: str = "int8") -> st.SearchStrategy[int]:
    limits = np.iinfo(dtype)
    return st.integers(int(limits.min), int(limits.max))


@st.composite
def quantizations(
    draw: st.DrawFn, dtype: str = "int8", low: float = -12.0, high: float = 2.0
) -> dict[str, Any]:
    """Arguments of a builder's tensor; int16 is symmetric, int32 has none."""
    if dtype == "int32":
        return {}
    zero_point = draw(zero_points(dtype)) if dtype in ("int8", "uint8") else 0
    return {"scale": draw(scales(low, high)), "zero_point": zero_point}
