"""TRANSPOSE_CONV against TFLM."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder

from support.data_movement import assert_agrees, assert_refused, values
from support.oracle import tflm  # noqa: F401

SCALES = st.floats(2.0**-10, 1.0, width=32)
ZERO_POINTS = st.integers(-128, 127)


def model(
    shape: tuple[int, ...] = (1, 2, 2, 3),
    weights: tuple[int, ...] = (2, 3, 3, 3),
    output: tuple[int, ...] = (1, 4, 4, 2),
    *,
    strides: tuple[int, int] = (2, 2),
    padding: str = "SAME",
    activation: str = "NONE",
    bias: tuple[int, ...] | None = None,
    weight_scale: Any = 0.01,
    scales: tuple[float, float] = (0.1, 0.1),
    zero_points: tuple[int, int] = (3, -4),
    seed: int = 0,
    dtype: str = "int8",
) -> ModelBuilder:
    builder = ModelBuilder()
    x = builder.input(shape, dtype, scale=scales[0], zero_point=zero_points[0])
    w = builder.constant(values(seed + 1, weights, "int8"), scale=weight_scale, quantized_dimension=0)
    extra = []
    if bias is not None:
        limit = 1 << 14
        stored = np.random.default_rng(seed + 2).integers(-limit, limit, bias, np.int32)
        extra.append(builder.constant(stored, scale=scales[0] * np.asarray(weight_scale)))
    y = builder.tensor(output, dtype, scale=scales[1], zero_point=zero_points[1])
    options = {
        "padding": padding,
        "stride_h": strides[0],
        "stride_w": strides[1],
        "fused_activation_function": activation,
    }
    size = builder.constant(np.array(output, np.int32))
    builder.operator("TRANSPOSE_CONV", [size, w, x, *extra], [y], options)
    builder.output(y)
    return builder


@given(
    sizes=st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(1, 6)),
    kernel=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    strides=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    channels=st.tuples(st.integers(1, 20), st.integers(1, 9)),
    padding=st.sampled_from(("SAME", "VALID")),
    activation=st.sampled_from(("NONE", "RELU", "RELU6", "RELU_N1_TO_1")),
    per_channel=st.booleans(),
    bias=st.booleans(),
    extra=st.tuples(st.integers(0, 2), st.integers(0, 2)),
    scales=st.tuples(SCALES, SCALES),
    zero_points=st.tuples(ZERO_POINTS, ZERO_POINTS),
    seed=st.integers(0, 2**32 - 4),
)
def test_transpose_conv(
    sizes: tuple[int, int, int],
    kernel: tuple[int, int],
    strides: tuple[int, int],
    channels: tuple[int, int],
    padding: str,
    activation: str,
    per_channel: bool,
    bias: bool,
    extra: tuple[int, int],
    scales: tuple[float, float],
    zero_points: tuple[int, int],
    seed: int,
) -> None:
    batch, *image = sizes
    wanted = []
    for size, length, stride, more in zip(image, kernel, strides, extra, strict=True):
        # Any output as long as the patches fit: SAME gives `stride` pixels a pixel or a few less.
        full = size * stride if padding == "SAME" else (size - 1) * stride + length
        wanted.append(max(1, full - more if padding == "SAME" else full + more))
    generator = np.random.default_rng(seed)
    weight_scale = generator.uniform(0.001, 0.05, channels[1] if per_channel else 1).astype(np.float32)
    builder = model(
        (batch, *image, channels[0]),
        (channels[1], *kernel, channels[0]),
        (batch, *wanted, channels[1]),
        strides=strides,
        padding=padding,
        activation=activation,
        bias=(channels[1],) if bias else None,
        weight_scale=weight_scale,
        scales=scales,
        zero_points=zero_points,
        seed=seed,
    )
    assert_agrees(builder, values(seed, (batch, *image, channels[0]), "int8"))


@given(
    sizes=st.tuples(st.integers(1, 2), st.integers(1, 5), st.integers(1, 5)),
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    strides=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    channels=st.tuples(st.integers(1, 12), st.integers(1, 9)),
    padding=st.sampled_from(("SAME", "VALID")),
    activation=st.sampled_from(("NONE", "RELU", "RELU6", "RELU_N1_TO_1")),
    bias=st.sampled_from((None, "int64", "int16")),
    real=st.booleans(),
    scale=SCALES,
    seed=st.integers(0, 2**32 - 4),
)
def test_other_types(
    sizes: tuple[int, int, int],
    kernel: tuple[int, int],
    strides: tuple[int, int],
    channels: tuple[int, int],
    padding: str,
    activation: str,
    bias: str | None,
    real: bool,
    scale: float,
    seed: int,
) -> None:
    g = np.random.default_rng(seed)
    b = ModelBuilder()
    shape = (*sizes, channels[0])
    weights = values(seed + 1, (channels[1], *kernel, channels[0]), "float32" if real else "int8")
    options: dict[str, Any] = {"strides": strides, "padding": padding, "activation": activation}
    if real:
        x = b.input(shape, "float32")
        start = None if bias is None else values(seed + 2, (channels[1],), "float32")
    else:
        x = b.input(shape, "int16", scale=0.01)
        options |= {"weight_scale": g.uniform(0.001, 0.05, channels[1]).astype(np.float32), "scale": scale}
        limit = 30000 if bias == "int16" else 1 << 38
        start = None
        if bias is not None:
            stored = g.integers(-limit, limit, channels[1], bias)
            start = b.constant(stored, options["weight_scale"] * np.float32(x.scale))
    b.output(b.transpose_conv(x, weights, start, **options))
    assert_agrees(b, values(seed, shape, "float32" if real else "int16"))


@pytest.mark.parametrize(
    ("builder", "message"),
    [
        (model(shape=(1, 2, 2, 4)), r"inputs\[2\].*has 4 channels, expected 3"),
        (model(output=(1, 4, 4, 3)), "expected batch 1 and 2 channels"),
        (model(output=(2, 4, 4, 2)), "expected batch 1 and 2 channels"),
        (model(bias=(3,)), r"expected \(2,\)"),
        (model(strides=(0, 1)), r"strides \(0, 1\)"),
        (model(dtype="int16", bias=(2,)), r"inputs\[3\].*is int32, expected int64 or int16"),
        (model(dtype="int32"), "is int32, expected int8 or int16 or float32"),
        (model(dtype="int16", scales=(1.0, 2.0**-12), weight_scale=1.0), "asserts"),
    ],
)
def test_refusals(builder: ModelBuilder, message: str) -> None:
    """TFLM reads out of bounds, divides by zero, or has a kernel that is not here."""
    assert_refused(builder, message, by_tflm=False)
