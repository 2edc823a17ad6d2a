"""FULLY_CONNECTED against TFLM: rows, ranks, keep_num_dims, zero points of weights, weights of 4 bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder

from support.data_movement import assert_agrees, assert_refused
from support.oracle import tflm  # noqa: F401
from support.strategies import activations, generators, int8_values, int32_values, scales, zero_points


@given(
    leading=st.lists(st.integers(1, 4), min_size=0, max_size=3),
    depth=st.one_of(st.integers(1, 20), st.integers(1, 200)),
    outputs=st.one_of(st.integers(1, 20), st.integers(1, 70)),
    keep_num_dims=st.booleans(),
    activation=activations,
    input_scale=scales(),
    output_scale=scales(),
    weight_scale=scales(),
    zero_point=st.tuples(zero_points, zero_points),
    weight_zero_point=st.one_of(st.just(0), zero_points),
    per_channel=st.booleans(),
    bias=st.booleans(),
    bits=st.sampled_from((8, 8, 4)),
    generator=generators,
)
def test_fully_connected(
    leading: list[int],
    depth: int,
    outputs: int,
    keep_num_dims: bool,
    activation: str,
    input_scale: float,
    output_scale: float,
    weight_scale: float,
    zero_point: tuple[int, int],
    weight_zero_point: int,
    per_channel: bool,
    bias: bool,
    bits: int,
    generator: np.random.Generator,
) -> None:
    per_channel = per_channel and bits == 8
    values = int8_values(generator, (outputs, depth)) >> (8 - bits)
    scale: Any = weight_scale * generator.uniform(0.01, 1, outputs) if per_channel else weight_scale
    builder = ModelBuilder()
    x = builder.input((*leading, depth), scale=input_scale, zero_point=zero_point[0])
    w = builder.constant(
        values,
        scale,
        0 if per_channel else weight_zero_point >> (8 - bits),
        dtype="int4" if bits == 4 else "int8",
    )
    y = builder.fully_connected(
        x,
        w,
        int32_values(generator, (outputs,)) if bias else None,
        keep_num_dims=keep_num_dims,
        activation=activation,
        scale=output_scale,
        zero_point=zero_point[1],
    )
    builder.output(y)
    assert_agrees(builder, int8_values(generator, x.shape))


@pytest.mark.parametrize("rows", [1, 5])
def test_product_of_two_activations(rows: int) -> None:
    generator = np.random.default_rng(rows)
    builder = ModelBuilder()
    x = builder.input((rows, 11), scale=0.1, zero_point=4)
    w = builder.input((6, 11), scale=0.05, zero_point=-7)
    builder.output(builder.fully_connected(x, w, scale=0.4, zero_point=-1))
    assert_agrees(builder, *(int8_values(generator, handle.shape) for handle in (x, w)))


@pytest.mark.parametrize("rows", [1, 4])
def test_a_bias_that_overflows_wraps(rows: int) -> None:
    builder = ModelBuilder()
    x = builder.input((rows, 4), scale=1e-3, zero_point=-128)
    bias = np.array([2**31 - 1, -(2**31), 2**31 - 50000], np.int32)
    y = builder.fully_connected(x, np.full((3, 4), 127, np.int8), bias, weight_scale=1e-3, scale=10.0)
    builder.output(y)
    assert_agrees(builder, np.full((rows, 4), 127, np.int8))


def build(
    *,
    shape: tuple[int, ...] = (2, 8),
    weights: tuple[int, ...] = (3, 8),
    target: tuple[int, ...] = (2, 3),
    weight_scale: Any = 0.1,
    weight_dtype: str = "int8",
    bias: tuple[int, ...] | None = None,
    bias_scale: float | None = None,
    **options: Any,
) -> ModelBuilder:
    builder = ModelBuilder()
    inputs = [builder.input(shape, scale=0.1)]
    inputs.append(builder.constant(np.ones(weights, np.int8), weight_scale, dtype=weight_dtype))
    if bias is not None:
        inputs.append(builder.constant(np.zeros(bias, np.int32), bias_scale))
    y = builder.tensor(target, scale=0.3)
    builder.operator("FULLY_CONNECTED", inputs, [y], options)
    builder.output(y)
    return builder


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"shape": (2, 7)}, "expected rows of 8 elements"),
        ({"target": (3, 2)}, "expected 2 rows of 3 elements"),
        ({"target": (3, 3)}, "expected 2 rows of 3 elements"),
        ({"weights": (1, 3, 8)}, "expected 2 dimensions"),
        ({"weights": (0, 8), "target": (2, 0)}, "expected no empty dimension"),
        ({"bias": (2,)}, "expected 3 elements, one an output channel"),
        ({"bias": (3,), "bias_scale": 5.0}, "expected input scale x weight scale = 0.01"),
        ({"weights_format": 1}, "TFLM has no shuffled weights"),
        ({"weight_scale": [0.1, 0.2, 0.3], "weight_dtype": "int4"}, "is int4 with 3 scales"),
    ],
)
def test_refusals(changes: dict[str, Any], message: str) -> None:
    assert_refused(build(**changes), message, by_tflm=False)
