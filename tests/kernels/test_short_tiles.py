"""Layers of int16 data by vectors: they are taken, with the bits of the portable kernels and TFLM's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder
from microinfer.kernels import _processor

from support.fast_kernels import assert_same_bits
from support.strategies import activations, generators, int8_values, sizes

pytestmark = pytest.mark.skipif(not _processor.has_vectors(), reason="vectors are switched off")


def int16_values(generator: np.random.Generator, shape: tuple[int, ...]) -> Any:
    if generator.integers(4) == 0:
        return np.full(shape, generator.choice([-32768, 32767]), np.int16)
    return generator.integers(-32768, 32768, shape).astype(np.int16)


@given(
    operator=st.sampled_from(("conv_2d", "depthwise_conv_2d", "fully_connected")),
    depth=st.sampled_from((1, 2, 3, 8, 16, 17, 32, 300)),
    outputs=st.sampled_from((1, 2, 5, 16, 17, 33, 64)),
    batch=st.integers(1, 2),
    size=sizes(3, 7),
    window=sizes(1, 3),
    stride=st.integers(1, 3),
    dilation=st.integers(1, 2),
    activation=activations,
    biased=st.booleans(),
    generator=generators,
)
def test_random_layers(
    operator: str,
    depth: int,
    outputs: int,
    batch: int,
    size: tuple[int, int],
    window: tuple[int, int],
    stride: int,
    dilation: int,
    activation: str,
    biased: bool,
    generator: np.random.Generator,
) -> None:
    builder = ModelBuilder()
    options: dict[str, Any] = {"activation": activation}
    if operator == "fully_connected":
        depth *= 7
        shape: tuple[int, ...] = (size[0], depth)
        weights: tuple[int, ...] = (outputs, depth)
    else:
        options |= {"strides": (stride, stride), "dilation": (dilation, dilation)}
        shape = (batch, *size, depth)
        outputs = outputs if operator == "conv_2d" else depth * (1 + outputs % 3)
        weights = (outputs, *window, depth) if operator == "conv_2d" else (1, *window, outputs)
    x = builder.input(shape, "int16", 0.001, 0)
    drawn = int8_values(generator, weights)
    if generator.integers(3) == 0:
        drawn[...] = -128
    bias = generator.integers(-(1 << 40), 1 << 40, outputs) if biased else None
    y = getattr(builder, operator)(
        x,
        drawn,
        bias,
        weight_scale=0.002,
        scale=float(np.exp(generator.uniform(-8, 2))),
        zero_point=0,
        **options,
    )
    builder.output(y)
    module = "short_tiles.depthwise" if operator == "depthwise_conv_2d" else "short_tiles.conv_2d"
    assert_same_bits(builder, int16_values(generator, shape), module)
