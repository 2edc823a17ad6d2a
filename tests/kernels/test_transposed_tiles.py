"""TRANSPOSE_CONV by the vectors of convolutions: taken, with the bits of the portable kernels and TFLM."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder
from microinfer.kernels import _processor

from support.both_ways import assert_both_ways, kernel_names
from support.strategies import activations, generators, int8_values, sizes

pytestmark = pytest.mark.skipif(not _processor.has_vectors(), reason="vectors are switched off")

MODULES = {"int8": "dot_conv_2d", "int16": "short_tiles", "float32": "real_tiles"}


def drawn(generator: np.random.Generator, dtype: str, shape: tuple[int, ...]) -> Any:
    if dtype == "int8":
        return int8_values(generator, shape)
    if dtype == "int16":
        return generator.integers(-32768, 32768, shape).astype(np.int16)
    values = generator.standard_normal(shape) * np.exp(generator.uniform(-8, 8, shape))
    return values.astype(np.float32)


@given(
    dtype=st.sampled_from(tuple(MODULES)),
    batch=st.integers(1, 2),
    size=sizes(1, 6),
    kernel=sizes(1, 4),
    stride=sizes(1, 3),
    depth=st.sampled_from((1, 3, 4, 16, 17)),
    outputs=st.sampled_from((1, 2, 5, 16, 33)),
    padding=st.sampled_from(("SAME", "VALID")),
    activation=activations,
    infinite=st.booleans(),
    generator=generators,
)
def test_random_layers(
    dtype: str,
    batch: int,
    size: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    depth: int,
    outputs: int,
    padding: str,
    activation: str,
    infinite: bool,
    generator: np.random.Generator,
) -> None:
    real = dtype == "float32"
    assume(not real or all(k >= s for k, s in zip(kernel, stride, strict=True)))
    builder = ModelBuilder()
    options: dict[str, Any] = {"strides": stride, "padding": padding, "activation": activation}
    shape = batch, *size, depth
    if real:
        x, weights = builder.input(shape, dtype), drawn(generator, dtype, (outputs, *kernel, depth))
    else:
        zero = int(generator.integers(-128, 128)) if dtype == "int8" else 0
        x = builder.input(shape, dtype, scale=2.0**-7 if dtype == "int8" else 2.0**-14, zero_point=zero)
        weights = int8_values(generator, (outputs, *kernel, depth))
        options |= {"weight_scale": 0.01, "scale": 0.05 if dtype == "int8" else 0.0005}
        options["zero_point"] = -zero if dtype == "int8" else 0
    builder.output(builder.transpose_conv(x, weights, **options))
    value = drawn(generator, dtype, shape)
    if real and infinite:
        value.reshape(-1)[generator.integers(value.size)] = np.inf
    bytewise = dtype != "int8" or _processor.has_dot_products()
    assert_both_ways(builder, [value], MODULES[dtype] if bytewise else "conv_2d")
    if dtype == "int8":
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_processor, "has_dot_products", lambda: False)
            assert_both_ways(builder, [value], "conv_2d")
    if real and not infinite:
        assert_both_ways(builder, [value], MODULES[dtype], compare=False, contracts=True)


def test_weights_beside_which_padding_would_show_are_left_to_the_portable_kernel() -> None:
    weights = np.full((1, 3, 3, 1), np.inf, np.float32)
    builder = ModelBuilder()
    builder.output(builder.transpose_conv(builder.input((1, 2, 2, 1), "float32"), weights, strides=(2, 2)))
    names, _ = kernel_names(builder.build(), [np.ones((1, 2, 2, 1), np.float32)], "on")
    assert names == {"transpose_conv"}
