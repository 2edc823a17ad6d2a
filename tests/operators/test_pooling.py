"""AVERAGE_POOL_2D and MAX_POOL_2D against TFLM."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder
from microinfer.operators.window import output_size

from support.data_movement import assert_agrees, assert_refused, values
from support.oracle import tflm  # noqa: F401
from support.strategies import activations, generators, int8_values, scales, sizes, zero_points

OPERATORS = ("AVERAGE_POOL_2D", "MAX_POOL_2D")


@pytest.mark.parametrize("operator", OPERATORS)
@given(
    batch=st.integers(1, 3),
    size=sizes(1, 10),
    channels=st.integers(1, 40),
    window=sizes(1, 6),
    strides=sizes(1, 4),
    padding=st.sampled_from(("SAME", "VALID")),
    activation=activations,
    scale=scales(1e-3, 0.3),
    zero_point=zero_points,
    generator=generators,
)
def test_pooling(
    operator: str,
    batch: int,
    size: tuple[int, int],
    channels: int,
    window: tuple[int, int],
    strides: tuple[int, int],
    padding: str,
    activation: str,
    scale: float,
    zero_point: int,
    generator: np.random.Generator,
) -> None:
    assume(all(output_size(padding, size[i], window[i], strides[i], 1) > 0 for i in range(2)))
    builder = ModelBuilder()
    x = builder.input((batch, *size, channels), scale=scale, zero_point=zero_point)
    pool = builder.average_pool_2d if operator == "AVERAGE_POOL_2D" else builder.max_pool_2d
    builder.output(pool(x, window, strides=strides, padding=padding, activation=activation))
    assert_agrees(builder, int8_values(generator, x.shape))


def test_every_mean_is_rounded_away_from_zero() -> None:
    """All sums of four and of six, so that every remainder occurs with either sign."""
    for count in (4, 6):
        sums = np.arange(-128 * count, 127 * count + 1)
        shares = np.stack([(sums + k) // count for k in range(count)], axis=-1)
        values = shares.reshape(1, len(sums), count, 1).astype(np.int8)
        builder = ModelBuilder()
        x = builder.input(values.shape, scale=0.1)
        builder.output(builder.average_pool_2d(x, (1, count)))
        assert_agrees(builder, values)


def build(
    operator: str,
    *,
    target: tuple[int, ...] = (1, 2, 2, 3),
    scale: float = 0.1,
    zero_point: int = 0,
    dtype: str = "int8",
    **options: Any,
) -> ModelBuilder:
    builder = ModelBuilder()
    x = builder.input((1, 4, 4, 3), dtype, scale=0.1, zero_point=0)
    y = builder.tensor(target, dtype, scale, zero_point)
    chosen = {"stride_h": 2, "stride_w": 2, "filter_height": 2, "filter_width": 2, **options}
    builder.operator(operator, [x], [y], chosen)
    builder.output(y)
    return builder


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"filter_height": 0}, "the window along the height is 0"),
        ({"stride_w": 0}, "the stride along the width is 0"),
        ({"filter_width": 5, "padding": "VALID"}, "a window of 5 with dilation 1 does not fit"),
        ({"filter_width": 2**31 - 1}, "overflows TFLM's int32 positions"),
        ({"target": (1, 2, 2, 4)}, "expected batch 1 and 3 channels"),
        ({"target": (1, 4, 2, 3)}, "has a height of 4, expected 2"),
        ({"scale": 0.2}, "pooling does not rescale"),
        ({"zero_point": 1}, "pooling does not rescale"),
        ({"dtype": "uint8"}, "is uint8, expected int8 or int16 or float32; convert again"),
    ],
)
def test_refusals(operator: str, changes: dict[str, Any], message: str) -> None:
    assert_refused(build(operator, **changes), message, by_tflm=False)


@pytest.mark.parametrize("dtype", ["int8", "int16"])
@pytest.mark.parametrize("operator", OPERATORS)
def test_a_pool_that_clamps_nothing_needs_no_scale(operator: str, dtype: str) -> None:
    builder = ModelBuilder()
    x = builder.input((1, 4, 4, 3), dtype)
    y = builder.tensor((1, 2, 2, 3), dtype)
    sizes = {"stride_h": 2, "stride_w": 2, "filter_height": 2, "filter_width": 2}
    builder.operator(operator, [x], [y], sizes)
    builder.output(y)
    assert_agrees(builder, values(3, (1, 4, 4, 3), dtype))
