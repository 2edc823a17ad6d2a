"""DEPTHWISE_CONV_2D against TFLM: geometry, depth multiplier, quantisation, activations, batches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder
from microinfer.operators.window import output_size

from support.data_movement import assert_agrees, assert_refused
from support.oracle import tflm  # noqa: F401
from support.strategies import activations, generators, int8_values, int32_values, scales, sizes, zero_points


@given(
    batch=st.integers(1, 3),
    size=sizes(1, 9),
    window=sizes(1, 5),
    strides=sizes(1, 3),
    dilation=st.one_of(st.just((1, 1)), sizes(1, 4)),
    padding=st.sampled_from(("SAME", "VALID")),
    channels=st.one_of(st.integers(1, 20), st.sampled_from((16, 32, 33))),
    multiplier=st.sampled_from((1, 1, 2, 3, 4, 8)),
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
def test_depthwise_conv_2d(
    batch: int,
    size: tuple[int, int],
    window: tuple[int, int],
    strides: tuple[int, int],
    dilation: tuple[int, int],
    padding: str,
    channels: int,
    multiplier: int,
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
    outputs = channels * multiplier
    values = int8_values(generator, (1, *window, outputs)) >> (8 - bits)
    scale: Any = weight_scale * generator.uniform(0.01, 1, outputs) if per_channel else weight_scale
    builder = ModelBuilder()
    x = builder.input((batch, *size, channels), scale=input_scale, zero_point=zero_point[0])
    dtype = "int4" if bits == 4 else "int8"
    y = builder.depthwise_conv_2d(
        x,
        builder.constant(values, scale, quantized_dimension=3, dtype=dtype),
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


def test_weights_computed_at_run_time() -> None:
    generator = np.random.default_rng(3)
    builder = ModelBuilder()
    x = builder.input((2, 5, 4, 3), scale=0.1, zero_point=4)
    w = builder.input((1, 3, 2, 6), scale=0.05)
    builder.output(builder.depthwise_conv_2d(x, w, scale=0.4, zero_point=-1))
    assert_agrees(builder, *(int8_values(generator, handle.shape) for handle in (x, w)))


def build(
    *,
    weights: tuple[int, ...] = (1, 3, 3, 4),
    target: tuple[int, ...] = (1, 4, 4, 4),
    bias: tuple[int, ...] | None = None,
    minus_one: bool = False,
    **options: Any,
) -> ModelBuilder:
    builder = ModelBuilder()
    inputs: list[Any] = [builder.input((1, 4, 4, 2), scale=0.1)]
    inputs.append(builder.constant(np.ones(weights, np.int8), 0.1))
    if bias is not None:
        inputs.append(builder.constant(np.zeros(bias, np.int32)))
    if minus_one:
        inputs.append(None)
    y = builder.tensor(target, scale=0.3)
    chosen = {"stride_h": 1, "stride_w": 1, "depth_multiplier": 2, **options}
    builder.operator("DEPTHWISE_CONV_2D", inputs, [y], chosen)
    builder.output(y)
    return builder


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"depth_multiplier": 1}, "2 input channels x depth_multiplier 1 = 2"),
        ({"depth_multiplier": 0}, "x depth_multiplier 0 = 0"),
        ({"depth_multiplier": -2}, "x depth_multiplier -2 = -4"),
        ({"weights": (2, 3, 3, 4)}, "expected 1 in front"),
        ({"stride_w": -1}, "the stride along the width is -1"),
        ({"target": (1, 3, 4, 4)}, "outputs\\[0\\] has a height of 3, expected 4"),
        ({"target": (1, 4, 4, 2)}, "expected batch 1 and 4 channels"),
        ({"bias": (3,)}, "expected 4 elements, one an output channel"),
        ({"minus_one": True}, "crashes TFLM here; leave the third input out"),
    ],
)
def test_refusals(changes: dict[str, Any], message: str) -> None:
    assert_refused(build(**changes), message, by_tflm=False)
