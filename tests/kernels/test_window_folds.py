"""Pools and reductions of columns by vectors: taken, with the bits of the portable kernels and TFLM's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder
from microinfer.kernels import _processor

from support.both_ways import assert_both_ways
from support.strategies import activations, generators, int8_values, sizes

pytestmark = pytest.mark.skipif(not _processor.has_vectors(), reason="vectors are switched off")


def drawn(generator: np.random.Generator, dtype: str, shape: tuple[int, ...]) -> Any:
    """Reals of many sizes, some of them infinite, -0 or no number, or all finite."""
    if dtype == "int8":
        return int8_values(generator, shape)
    if dtype == "int16":
        return generator.choice([-32768, -1, 0, 5, 32767], shape).astype(np.int16)
    values = generator.standard_normal(shape) * np.exp(generator.uniform(-8, 8, shape))
    if generator.integers(2):
        odd = generator.random(shape)
        for share, value in ((0.1, -0.0), (0.06, np.inf), (0.04, -np.inf), (0.02, np.nan)):
            values[odd < share] = value
    return values.astype(np.float32)


@given(
    operator=st.sampled_from(("average_pool_2d", "max_pool_2d", "l2_pool_2d")),
    dtype=st.sampled_from(("int8", "int16", "float32")),
    batch=st.integers(1, 2),
    size=sizes(1, 13),
    channels=st.sampled_from((4, 5, 8, 9, 15, 16, 17, 33, 64, 70, 130)),
    window=sizes(1, 6),
    stride=sizes(1, 3),
    padding=st.sampled_from(("SAME", "VALID")),
    activation=activations,
    generator=generators,
)
def test_random_pools(
    operator: str,
    dtype: str,
    batch: int,
    size: tuple[int, int],
    channels: int,
    window: tuple[int, int],
    stride: tuple[int, int],
    padding: str,
    activation: str,
    generator: np.random.Generator,
) -> None:
    dtype = "float32" if operator == "l2_pool_2d" else dtype
    if padding == "VALID":
        window = min(window[0], size[0]), min(window[1], size[1])
    builder = ModelBuilder()
    quantized = {} if dtype == "float32" else {"scale": 0.03, "zero_point": -5 if dtype == "int8" else 0}
    x = builder.input((batch, *size, channels), dtype, **quantized)
    pool = getattr(builder, operator)
    builder.output(pool(x, window, strides=stride, padding=padding, activation=activation))
    value = drawn(generator, dtype, (batch, *size, channels))
    assert_both_ways(builder, [value], "window_folds")
    if operator == "l2_pool_2d":
        assert_both_ways(builder, [value], "window_folds", compare=False, contracts=True)


@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_means_of_many_are_divided_in_float64(dtype: str) -> None:
    builder = ModelBuilder()
    x = builder.input((1, 40, 30, 16), dtype, scale=0.03, zero_point=0)
    builder.output(builder.average_pool_2d(x, (40, 30)))
    limits = np.iinfo(dtype)
    for low in (limits.min, -2, limits.max - 3):
        values = np.random.default_rng(1).integers(low, min(low + 4, limits.max), (1, 40, 30, 16))
        assert_both_ways(builder, [values.astype(dtype)], "window_folds")


@given(
    operator=st.sampled_from(("mean", "sum", "reduce_max", "reduce_min")),
    shape=st.tuples(*[st.integers(1, 9)] * 3, st.sampled_from((4, 7, 16, 40))),
    axes=st.sampled_from(((0,), (1,), (2,), (1, 2), (0, 1))),
    generator=generators,
)
def test_reductions_of_columns(
    operator: str, shape: tuple[int, ...], axes: tuple[int, ...], generator: np.random.Generator
) -> None:
    builder = ModelBuilder()
    builder.output(getattr(builder, operator)(builder.input(shape, "float32"), axes))
    assert_both_ways(builder, [drawn(generator, "float32", shape)], "window_folds")
