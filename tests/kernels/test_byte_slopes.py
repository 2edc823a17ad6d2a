"""PRELU of int8, 64 elements at once: taken where it can be, with portable bits and TFLM's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder
from microinfer.kernels import byte_sums
from microinfer.kernels._processor import has_dot_products
from microinfer.operators.quantization import quantize_multiplier

from support.both_ways import assert_both_ways, kernel_names
from support.strategies import generators, int8_values, scales, zero_points

pytestmark = pytest.mark.skipif(
    not has_dot_products(), reason="no dot products of bytes here, or switched off"
)

POWERS = st.integers(-8, 2).map(lambda power: 2.0**power)


@given(
    size=st.one_of(st.integers(64, 400), st.sampled_from((1, 63, 64, 65, 128))),
    channels=st.sampled_from((1, 3, 16)),
    input_scale=st.one_of(scales(1e-3), POWERS),
    alpha_scale=st.one_of(scales(1e-3), POWERS),
    output_scale=st.one_of(scales(1e-3, 8.0), POWERS),
    offsets=st.tuples(*[zero_points] * 3),
    constant=st.booleans(),
    generator=generators,
)
def test_random_slopes(
    size: int,
    channels: int,
    input_scale: float,
    alpha_scale: float,
    output_scale: float,
    offsets: tuple[int, int, int],
    constant: bool,
    generator: np.random.Generator,
) -> None:
    builder = ModelBuilder()
    shape = 1, size, channels
    x = builder.input(shape, scale=input_scale, zero_point=offsets[0])
    values: list[Any] = [int8_values(generator, shape), int8_values(generator, (1, 1, channels))]
    quantized = {"scale": alpha_scale, "zero_point": offsets[1]}
    alpha = (
        builder.constant(values.pop(), *quantized.values())
        if constant
        else builder.input((1, 1, channels), **quantized)
    )
    builder.output(builder.prelu(x, alpha, scale=output_scale, zero_point=offsets[2]))
    single = [np.float64(np.float32(scale)) for scale in (input_scale, alpha_scale, output_scale)]
    _, shift = quantize_multiplier(float(single[0] / single[2]), "")
    _, slope_shift = quantize_multiplier(float(single[0] * single[1] / single[2]), "")
    names, _ = kernel_names(builder.build(), values, "on")
    clear = shift <= 0 and slope_shift < 0 and size * channels >= byte_sums.LEAST
    if not clear:
        assert names <= {"arithmetic", "strided_moves"}
        assert_both_ways(builder, values, "arithmetic", unlike=False)
    else:
        assert_both_ways(builder, values, "byte_sums")
