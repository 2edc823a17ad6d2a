"""Groups, depth multipliers, weights with a zero point and of four bits go by dot products of bytes, too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder
from microinfer.kernels import _processor
from microinfer.operators import dot_products

from support.fast_kernels import assert_same_bits
from support.strategies import activations, generators, int8_values, int32_values, sizes, zero_points

pytestmark = pytest.mark.skipif(
    not _processor.has_dot_products(), reason="no dot products of bytes here, or switched off"
)


def channel_scales(generator: np.random.Generator, channels: int) -> Any:
    return np.exp(generator.uniform(-7, generator.choice([-3, 3]), channels)).astype(np.float32)


@given(
    groups=st.sampled_from((1, 2, 3, 4, 5, 8, 12, 16, 24)),
    depth=st.sampled_from((1, 2, 3, 4, 8, 20)),
    outputs=st.sampled_from((1, 2, 3, 4, 8, 16, 17, 40, 72)),
    size=sizes(3, 9),
    window=sizes(1, 3),
    stride=st.integers(1, 2),
    dilation=st.integers(1, 2),
    padding=st.just("SAME"),
    activation=activations,
    zero_point=st.tuples(zero_points, zero_points),
    generator=generators,
)
def test_groups(
    groups: int,
    depth: int,
    outputs: int,
    size: tuple[int, int],
    window: tuple[int, int],
    stride: int,
    dilation: int,
    padding: str,
    activation: str,
    zero_point: tuple[int, int],
    generator: np.random.Generator,
) -> None:
    channels = groups * outputs
    builder = ModelBuilder()
    x = builder.input((2, *size, groups * depth), scale=0.05, zero_point=zero_point[0])
    y = builder.conv_2d(
        x,
        int8_values(generator, (channels, *window, depth)),
        int32_values(generator, (channels,)) // (1 << 10),
        weight_scale=channel_scales(generator, channels),
        strides=(stride, stride),
        dilation=(dilation, dilation),
        padding=padding,
        activation=activation,
        scale=0.3,
        zero_point=zero_point[1],
    )
    builder.output(y)
    module = "dot_depthwise" if depth == 1 and groups > 1 else "dot_conv_2d"
    assert_same_bits(builder, int8_values(generator, x.shape), module)


@given(
    depth=st.sampled_from((2, 3, 8, 15, 16, 17, 24, 32, 40)),
    multiplier=st.sampled_from((1, 2, 3, 4, 5, 8, 9)),
    size=sizes(3, 9),
    window=sizes(1, 3),
    stride=st.integers(1, 3),
    padding=st.just("SAME"),
    zero_point=st.tuples(zero_points, zero_points),
    generator=generators,
)
def test_depth_multipliers(
    depth: int,
    multiplier: int,
    size: tuple[int, int],
    window: tuple[int, int],
    stride: int,
    padding: str,
    zero_point: tuple[int, int],
    generator: np.random.Generator,
) -> None:
    channels = depth * multiplier
    builder = ModelBuilder()
    x = builder.input((2, *size, depth), scale=0.05, zero_point=zero_point[0])
    y = builder.depthwise_conv_2d(
        x,
        int8_values(generator, (1, *window, channels)),
        int32_values(generator, (channels,)) // (1 << 10),
        weight_scale=channel_scales(generator, channels),
        strides=(stride, stride),
        padding=padding,
        scale=0.3,
        zero_point=zero_point[1],
    )
    builder.output(y)
    assert_same_bits(builder, int8_values(generator, x.shape), "dot_depthwise")


@given(
    rows=st.integers(1, 6),
    depth=st.sampled_from((1, 3, 16, 33, 100)),
    outputs=st.sampled_from((1, 5, 16, 33, 130)),
    weight_zero_point=zero_points,
    zero_point=zero_points,
    generator=generators,
)
def test_weights_with_a_zero_point(
    rows: int,
    depth: int,
    outputs: int,
    weight_zero_point: int,
    zero_point: int,
    generator: np.random.Generator,
) -> None:
    builder = ModelBuilder()
    x = builder.input((rows, depth), scale=0.05, zero_point=zero_point)
    w = builder.constant(int8_values(generator, (outputs, depth)), 0.02, weight_zero_point)
    builder.output(builder.fully_connected(x, w, scale=0.4, zero_point=3))
    assert_same_bits(builder, int8_values(generator, x.shape), "dot_conv_2d")


@pytest.mark.parametrize("operator", ["conv_2d", "depthwise_conv_2d", "fully_connected"])
def test_weights_of_four_bits(operator: str) -> None:
    generator = np.random.default_rng(7)
    builder = ModelBuilder()
    flat = operator == "fully_connected"
    x = builder.input((2, 24) if flat else (1, 6, 5, 24), scale=0.05, zero_point=-7)
    shape = {"conv_2d": (20, 3, 3, 24), "depthwise_conv_2d": (1, 3, 3, 24), "fully_connected": (20, 24)}[
        operator
    ]
    w = builder.constant(generator.integers(-8, 8, shape), 0.02, 0, dtype="int4")
    builder.output(getattr(builder, operator)(x, w, scale=0.1))
    assert_same_bits(builder, int8_values(generator, x.shape), "dot_")


def test_neighbouring_groups_share_lanes() -> None:
    merged, groups = dot_products._merged(np.ones((24, 1, 1, 2), np.int8), 12)
    assert (merged.shape, groups) == ((24, 1, 1, 12), 2)
    assert merged.sum() == 48


def test_weights_of_nine_bits_are_a_sum() -> None:
    weights = np.arange(-255, 256, dtype=np.int16)
    parts = dot_products._parts(weights)
    assert len(parts) == 3
    assert np.array_equal(sum(part.astype(np.int16) for part in parts), weights)
