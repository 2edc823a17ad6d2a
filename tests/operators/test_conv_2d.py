"""CONV_2D against TFLM: geometry, groups, quantisation, activations, batches, weights of 8 and 4 bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from microinfer.builder import ModelBuilder
from microinfer.operators.window import Axis, output_size, padding_before

from support.data_movement import assert_agrees, assert_refused
from support.oracle import tflm  # noqa: F401
from support.strategies import activations, generators, int8_values, int32_values, scales, sizes, zero_points

paddings = st.sampled_from(("SAME", "VALID"))


@given(
    batch=st.integers(1, 3),
    size=sizes(1, 9),
    window=sizes(1, 5),
    strides=sizes(1, 3),
    dilation=st.one_of(st.just((1, 1)), sizes(1, 4)),
    padding=paddings,
    groups=st.sampled_from((1, 1, 1, 2, 3)),
    group_channels=st.tuples(st.integers(1, 9), st.integers(1, 35)),
    activation=activations,
    input_scale=scales(),
    output_scale=scales(),
    weight_scale=scales(),
    zero_point=st.tuples(zero_points, zero_points),
    per_channel=st.booleans(),
    bias=st.booleans(),
    bits=st.sampled_from((8, 8, 4)),
    generator=generators,
)
def test_conv_2d(
    batch: int,
    size: tuple[int, int],
    window: tuple[int, int],
    strides: tuple[int, int],
    dilation: tuple[int, int],
    padding: str,
    groups: int,
    group_channels: tuple[int, int],
    activation: str,
    input_scale: float,
    output_scale: float,
    weight_scale: float,
    zero_point: tuple[int, int],
    per_channel: bool,
    bias: bool,
    bits: int,
    generator: np.random.Generator,
) -> None:
    for i in range(2):
        assume(output_size(padding, size[i], window[i], strides[i], dilation[i]) > 0)
    channels, outputs = group_channels[0], groups * group_channels[1]
    values = int8_values(generator, (outputs, *window, channels))
    scale: Any = weight_scale * generator.uniform(0.01, 1, outputs) if per_channel else weight_scale
    builder = ModelBuilder()
    x = builder.input((batch, *size, groups * channels), scale=input_scale, zero_point=zero_point[0])
    y = builder.conv_2d(
        x,
        builder.constant(values >> (8 - bits), scale, dtype="int4" if bits == 4 else "int8"),
        int32_values(generator, (outputs,)) if bias else None,
        strides=strides,
        padding=padding,
        dilation=dilation,
        activation=activation,
        scale=output_scale,
        zero_point=zero_point[1],
    )
    builder.output(y)
    assert_agrees(builder, int8_values(generator, x.shape))


@pytest.mark.parametrize("outputs", [1, 8, 15, 16, 17, 31, 48])
@pytest.mark.parametrize("pixels", [1, 2, 3, 4, 5, 9])
def test_every_remainder_of_pixels_and_channels(outputs: int, pixels: int) -> None:
    generator = np.random.default_rng(outputs * 10 + pixels)
    builder = ModelBuilder()
    x = builder.input((1, 1, pixels, 3), scale=0.1, zero_point=-5)
    weights = int8_values(generator, (outputs, 1, 2, 3))
    builder.output(builder.conv_2d(x, weights, weight_scale=0.02, scale=0.3, zero_point=9))
    assert_agrees(builder, int8_values(generator, x.shape))


def test_weights_and_bias_computed_at_run_time() -> None:
    generator = np.random.default_rng(3)
    builder = ModelBuilder()
    x = builder.input((2, 5, 4, 3), scale=0.1, zero_point=4)
    w = builder.input((6, 3, 2, 3), scale=0.05)
    bias = builder.input((6,), "int32", scale=0.005)
    builder.output(builder.conv_2d(x, w, bias, scale=0.4, zero_point=-1))
    arrays = [int8_values(generator, handle.shape) for handle in (x, w)]
    assert_agrees(builder, *arrays, generator.integers(-500, 500, 6).astype(np.int32))


@given(
    size=st.integers(1, 12),
    window=st.integers(1, 9),
    stride=st.integers(1, 9),
    dilation=st.sampled_from((1, 2, 3, 5, 40)),
    padding=paddings,
)
def test_useful_taps_of_an_axis(size: int, window: int, stride: int, dilation: int, padding: str) -> None:
    output = output_size(padding, size, window, stride, dilation)
    assume(output > 0)
    axis = Axis(
        size, output, window, stride, dilation, padding_before(output, size, window, stride, dilation)
    )
    inside = {
        tap: [p for p in range(output) if 0 <= p * stride - axis.pad + tap * dilation < size]
        for tap in range(window)
    }
    assert list(axis.useful) == [tap for tap, positions in inside.items() if positions]
    assert axis.inside == sum(map(len, inside.values()))
    places = [axis.start + p * stride + i * dilation for p in range(output) for i in range(len(axis.useful))]
    assert all(0 <= place < axis.extent for place in places)
    assert axis.extent <= 3 * size + stride


def build(
    *,
    shape: tuple[int, ...] = (1, 4, 4, 2),
    dtype: str = "int8",
    weights: Any = None,
    weight_scale: Any = 0.1,
    bias: Any = None,
    target: tuple[int, ...] = (1, 4, 4, 3),
    target_dtype: str = "int8",
    operator: str = "CONV_2D",
    **options: Any,
) -> ModelBuilder:
    builder = ModelBuilder()
    x = builder.input(shape, dtype, **({} if dtype == "float32" else {"scale": 0.1}))
    w = np.ones((3, 3, 3, 2), np.int8) if weights is None else weights
    inputs = [x, builder.constant(w, weight_scale)]
    if bias is not None:
        inputs.append(builder.constant(bias))
    y = builder.tensor(target, target_dtype, **({} if target_dtype == "float32" else {"scale": 0.3}))
    builder.operator(operator, inputs, [y], {"stride_h": 1, "stride_w": 1, **options})
    builder.output(y)
    return builder


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"stride_h": 0}, "the stride along the height is 0"),
        ({"dilation_w_factor": -1}, "the dilation along the width is -1"),
        ({"target": (1, 4, 5, 3)}, "outputs\\[0\\] has a width of 5, expected 4"),
        ({"target": (2, 4, 4, 3)}, "expected batch 1 and 3 channels"),
        ({"shape": (1, 4, 8)}, "expected 4 dimensions"),
        ({"shape": (1, 4, 4, 3)}, "3 input channels, expected the last dimension to divide them"),
        ({"shape": (1, 4, 4, 4)}, "4 input channels, expected the last dimension to divide them"),
        ({"bias": np.zeros(2, np.int32)}, "expected 3 elements, one an output channel"),
        ({"bias": np.zeros(3, np.int64)}, "is int64, expected int32"),
        ({"weights": np.ones((3, 3, 3, 2), np.float32), "weight_scale": None}, "is float32, expected int8"),
        ({"weight_scale": None}, "has no scale and zero point"),
        ({"weight_scale": 1e30}, "beyond that TFLM's int32 arithmetic is undefined"),
        ({"dilation_h_factor": 2**31 - 1}, "overflows TFLM's int32 positions"),
    ],
)
def test_refusals(changes: dict[str, Any], message: str) -> None:
    assert_refused(build(**changes), message, by_tflm=False)


def test_other_types_are_refused_with_what_to_do() -> None:
    model = build(dtype="uint8", target_dtype="uint8")
    wanted = "is uint8, expected int8 or int16 or float32; convert again with full-integer"
    assert_refused(model, wanted, by_tflm=False)
    hybrid = build(dtype="float32", target_dtype="float32")
    assert_refused(hybrid, "is int8, expected float32")


def test_a_window_that_mostly_misses_the_input_takes_no_memory() -> None:
    generator = np.random.default_rng(0)
    builder = ModelBuilder()
    x = builder.input((1, 3, 3, 2), scale=0.1)
    weights = int8_values(generator, (4, 3, 3, 2))
    y = builder.conv_2d(x, weights, weight_scale=0.1, dilation=(10**8, 10**8), scale=1.0)
    builder.output(y)
    assert_agrees(builder, int8_values(generator, x.shape))


def test_constant_input() -> None:
    generator = np.random.default_rng(0)
    builder = ModelBuilder()
    x = builder.input((1, 2, 2, 3), scale=0.5)
    fixed = builder.constant(int8_values(generator, (1, 2, 2, 5)), 0.1, 3)
    y = builder.conv_2d(fixed, int8_values(generator, (3, 1, 1, 5)), weight_scale=0.1, scale=0.5)
    builder.output(builder.maximum(x, y))
    assert_agrees(builder, int8_values(generator, x.shape))


def test_offsets_are_plain_arithmetic() -> None:
    from microinfer.operators.conv_2d import pixel_offsets, run_offsets

    axis = Axis(4, 4, 3, 1, 1, 1)
    assert_array_equal(pixel_offsets(axis, axis, 12, 2)[:6], [0, 2, 4, 6, 12, 14])
    assert_array_equal(run_offsets(axis, axis, 12, 2, whole_rows=True), [0, 12, 24])
