"""The fixed-point arithmetic against its definitions in plain integers, and the multipliers against math."""

from __future__ import annotations

from fractions import Fraction
from math import isclose

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from microinfer.errors import UnsupportedError
from microinfer.kernels._jit import kernel
from microinfer.kernels.fixed_point import (
    multiply_by_quantized_multiplier,
    rounding_divide_by_pot,
    saturating_left_shift,
    truncating_divide,
)
from microinfer.kernels.lanes import load, requantize, store
from microinfer.model.tables import Quantization, Tensor
from microinfer.operators.quantization import (
    activation_range,
    quantize_multiplier,
    quantize_multiplier_smaller_than_one,
    round_half_away,
)

INT32 = st.integers(-(2**31), 2**31 - 1)
EDGES = np.array([-(2**31), 1 - 2**31, -(2**30), -1, 0, 1, 2**30, 2**31 - 1], np.int32)


@kernel("void(int32[::1], int32[::1], int64, int64[::1])")
def scaled(x: NDArray[np.int32], multipliers: NDArray[np.int32], shift: int, y: NDArray[np.int64]) -> None:
    for i in range(len(x)):
        y[i] = multiply_by_quantized_multiplier(x[i], multipliers[i], shift)


@kernel("void(int32[::1], int32[::1], int64, int32[::1])")
def scaled_in_lanes(x: NDArray[np.int32], table: NDArray[np.int32], low: int, y: NDArray[np.int32]) -> None:
    multiplier, up, down = load(table, 0), load(table, 16), load(table, 32)
    total = requantize(load(x, 0), multiplier, up, down, 0, low, -1 - low)
    store(y, 0, total)


def by_definition(x: int, multiplier: int, shift: int) -> int:
    """gemmlowp's two roundings, in integers without bounds."""
    left, right = max(shift, 0), max(-shift, 0)
    x = ((x << left) + 2**31) % 2**32 - 2**31
    product = x * multiplier
    nudged = product + (2**30 if product >= 0 else 1 - 2**30)
    high = abs(nudged) // 2**31 * (1 if nudged >= 0 else -1)
    if x == multiplier == -(2**31):
        high = 2**31 - 1
    half = Fraction(1, 2)
    quotient = Fraction(abs(high), 2**right)
    rounded = int(quotient + half)
    return rounded if high >= 0 else -rounded


@pytest.mark.parametrize("shift", range(-31, 31))
def test_multiply_by_quantized_multiplier(shift: int) -> None:
    generator = np.random.default_rng(shift + 31)
    x = np.concatenate([EDGES, generator.integers(-(2**31), 2**31, 40), generator.integers(-999, 999, 40)])
    multipliers = generator.integers(2**30, 2**31, len(x)).astype(np.int32)
    multipliers[:8] = [2**30, 2**31 - 1] * 4
    x = x.astype(np.int32)
    expected = [by_definition(int(a), int(m), shift) for a, m in zip(x, multipliers, strict=True)]
    found = np.empty(len(x), np.int64)
    scaled(x, multipliers, shift, found)
    assert_array_equal(found, expected)
    scaled.py_func(x, multipliers, shift, found)
    assert_array_equal(found, expected)
    shifts = np.full(16, max(shift, 0), np.int32), np.full(16, max(-shift, 0), np.int32)
    for first in range(0, 80, 16):
        part = slice(first, first + 16)
        table = np.concatenate([multipliers[part], *shifts]).astype(np.int32)
        narrow = np.empty(16, np.int32)
        scaled_in_lanes(x[part].copy(), table, -(2**31), narrow)
        assert_array_equal(narrow, expected[part])


def test_the_one_product_that_saturates() -> None:
    lowest = np.full(1, -(2**31), np.int32)
    found = np.empty(1, np.int64)
    scaled(lowest, lowest, 0, found)
    assert found[0] == 2**31 - 1


@given(x=INT32, exponent=st.integers(0, 31))
def test_divide_and_shift(x: int, exponent: int) -> None:
    quotient = Fraction(x, 2**exponent)
    away = int(abs(quotient) + Fraction(1, 2)) * (1 if x >= 0 else -1)
    assert rounding_divide_by_pot(x, exponent) == away
    saturated = max(-(2**31), min(2**31 - 1, x << exponent))
    assert saturating_left_shift(x, exponent) == saturated


@given(a=INT32, b=st.integers(1, 2**31 - 1))
def test_truncating_divide(a: int, b: int) -> None:
    assert truncating_divide(a, b) == int(Fraction(a, b))


@given(real=st.floats(2.0**-31, 2.0**29))
def test_quantize_multiplier(real: float) -> None:
    multiplier, shift = quantize_multiplier(real)
    assert 2**30 <= multiplier < 2**31
    assert isclose(multiplier * 2.0 ** (shift - 31), real, rel_tol=2.0**-30)


def test_multipliers_at_the_edges() -> None:
    assert quantize_multiplier(0.0) == (0, 0)
    assert quantize_multiplier(1.0) == (2**30, 1)
    assert quantize_multiplier(0.5) == (2**30, 0)
    assert quantize_multiplier(-0.5) == (-(2**30), 0)
    assert quantize_multiplier(1 - 2.0**-40) == (2**30, 1)
    assert quantize_multiplier(2.0**-32) == (2**30, -31)
    assert quantize_multiplier(2.0**-33) == (0, 0)
    assert quantize_multiplier_smaller_than_one(0.25) == (2**30, -1)
    for real in (2.0**30, float("inf"), float("nan")):
        with pytest.raises(UnsupportedError, match="the effective scale is"):
            quantize_multiplier(real)
    for real in (0.0, 1.0, 1 - 2.0**-40):
        with pytest.raises(UnsupportedError, match="the effective scale"):
            quantize_multiplier_smaller_than_one(real)


@given(x=st.floats(-(2.0**31), 2.0**31))
def test_round_half_away(x: float) -> None:
    exact = Fraction(x)
    assert round_half_away(x) == int(abs(exact) + Fraction(1, 2)) * (1 if x >= 0 else -1)


def tensor(scale: float, zero_point: int, dtype: str = "int8") -> Tensor:
    values = np.array([scale], np.float32), np.array([zero_point], np.int64)
    return Tensor(0, "t", dtype, (1,), Quantization(*values))


def test_activation_range() -> None:
    assert activation_range("NONE", tensor(0.1, 3)) == (-128, 127)
    assert activation_range("RELU", tensor(0.1, 3)) == (3, 127)
    assert activation_range("RELU6", tensor(0.1, -128)) == (-128, -68)
    assert activation_range("RELU6", tensor(0.01, -128)) == (-128, 127)
    assert activation_range("RELU_N1_TO_1", tensor(0.4, 0)) == (-3, 3)
    assert activation_range("TANH", tensor(0.1, 3)) == (-128, 127)
    assert activation_range(1, tensor(0.1, 3, "int16")) == (3, 32767)
    for name, scale in (("SWISH", 1.0), (17, 1.0), ("RELU6", 1e-12)):
        with pytest.raises(UnsupportedError):
            activation_range(name, tensor(scale, 0))
