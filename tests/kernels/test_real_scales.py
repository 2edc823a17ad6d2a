"""Requantisation by real numbers: what is found makes of every sum what the integers do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from microinfer.builder import ModelBuilder
from microinfer.kernels import _processor, dot_products
from microinfer.kernels.multiply_add import fused
from microinfer.kernels.real_scales import real_scales
from microinfer.operators import dot_products as binds

from support.agreement import same_bits
from support.fast_kernels import assert_same_bits
from support.strategies import generators, int8_values, int32_values


def by_integers(totals: np.ndarray, multiplier: int, right: int) -> list[int]:
    """Of each sum, as TFLM: a doubling high product, then a shift that rounds halves away from zero."""
    found = []
    for total in totals.tolist():
        high = (total * multiplier + (1 << 30)) >> 31
        magnitude = (abs(high) + (1 << (right - 1))) >> right
        found.append(magnitude if high >= 0 else -magnitude)
    return found


def by_reals(totals: np.ndarray, scale: np.float32, nudge: np.float32) -> list[int]:
    return [
        int(fused(np.float32(total), scale, np.float32(-nudge if total < 0 else nudge))) for total in totals
    ]


@given(
    multiplier=st.integers(1 << 30, (1 << 31) - 1),
    right=st.integers(1, 12),
    most=st.sampled_from((300, 20_000, 1_000_000, (1 << 30) - 1)),
    limits=st.sampled_from(((-128, 127), (0, 255), (-255, 0), (0, 40))),
)
def test_found_scales_are_exact(multiplier: int, right: int, most: int, limits: tuple[int, int]) -> None:
    found = real_scales(
        np.array([multiplier], np.int32),
        np.array([-right], np.int32),
        np.array([most], np.int64),
        *limits,
    )
    if found is None:
        return
    places = [round((value - 0.5) * 2.0 ** (31 + right) / multiplier) for value in range(-256, 258)]
    near = np.add.outer(np.array(places), np.arange(-3, 4)).reshape(-1)
    edges = np.array([-most, 1 - most, -2, -1, 0, 1, 2, most - 1, most])
    totals = np.unique(np.concatenate([near, edges]))
    totals = totals[np.abs(totals) <= most]
    assert_array_equal(
        np.clip(by_reals(totals, found[0][0], found[1][0]), *limits),
        np.clip(by_integers(totals, multiplier, right), *limits),
    )


def test_most_channels_have_scales() -> None:
    generator = np.random.default_rng(3)
    for right, least in ((5, 1.0), (8, 0.95), (10, 0.7)):
        count = 300
        multipliers = generator.integers(1 << 30, 1 << 31, count).astype(np.int32)
        found = [
            real_scales(multipliers[c : c + 1], np.full(1, -right, np.int32), np.full(1, 1 << 22), -128, 127)
            for c in range(count)
        ]
        assert sum(one is not None for one in found) >= least * count


def test_sums_of_a_power_of_two_have_none_where_both_signs_tie() -> None:
    """A scale of 1/4 has ties in both directions, away from zero, which a nudge above a half breaks, and one
    channel that has no scale leaves the layer to integers."""
    multipliers = np.array([1 << 30], np.int32)
    for right in range(1, 9):
        found = real_scales(multipliers, np.array([-right], np.int32), np.array([1 << 20]), -128, 127)
        if found is not None:
            totals = np.arange(-2000, 2000)
            assert by_reals(totals, found[0][0], found[1][0]) == by_integers(totals, 1 << 30, right)


@pytest.mark.skipif(not _processor.has_dot_products(), reason="no dot products of bytes here")
@pytest.mark.parametrize("operator", ["conv_2d", "depthwise_conv_2d"])
@given(
    generator=generators,
    depth=st.sampled_from((8, 16, 24, 64)),
    activation=st.sampled_from(("NONE", "RELU6")),
)
def test_layers_of_many_pixels(
    operator: str, generator: np.random.Generator, depth: int, activation: str
) -> None:
    builder = ModelBuilder()
    x = builder.input((1, 14, 15, depth), scale=0.05, zero_point=int(generator.integers(-128, 128)))
    shape = (depth, 3, 3, depth) if operator == "conv_2d" else (1, 3, 3, depth)
    y = getattr(builder, operator)(
        x,
        int8_values(generator, shape),
        int32_values(generator, (depth,)) // (1 << 16),
        weight_scale=np.exp(generator.uniform(-7, -5, depth)).astype(np.float32),
        scale=0.04,
        zero_point=int(generator.integers(-128, 128)),
        activation=activation,
    )
    builder.output(y)
    assert binds.MANY_PIXELS <= 14 * 15
    name = assert_same_bits(builder, int8_values(generator, x.shape), f"dot_{operator}")
    assert name.endswith(dot_products.SUFFIXES[dot_products.REAL]) or not name.endswith("_wide")


@pytest.mark.parametrize("operator", ["conv_2d", "depthwise_conv_2d", "transpose_conv"])
@pytest.mark.parametrize("dtype", ["int8", "int16"])
@given(generator=generators)
def test_a_mask_of_one_channel(operator: str, dtype: str, generator: np.random.Generator) -> None:
    """Of one output channel the multipliers are one number: kernels want an array of their own of it."""
    builder = ModelBuilder()
    depth = 1 if operator == "depthwise_conv_2d" else 8
    x = builder.input((1, 14, 15, depth), dtype, scale=0.05, zero_point=0)
    weights = int8_values(generator, (1, 3, 3, depth))
    builder.output(getattr(builder, operator)(x, weights, weight_scale=0.01, scale=0.4, zero_point=0))
    same_bits(builder, generator.integers(-128, 128, x.shape).astype(dtype))
