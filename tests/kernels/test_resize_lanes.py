"""Bilinear resizing by vectors of channels: taken, with the bits of the portable kernels and TFLM's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder
from microinfer.kernels import _processor

from support.both_ways import assert_both_ways, kernel_names
from support.strategies import generators, int8_values, sizes

pytestmark = pytest.mark.skipif(not _processor.has_vectors(), reason="vectors are switched off")


@given(
    dtype=st.sampled_from(("int8", "float32")),
    batch=st.integers(1, 2),
    size=sizes(1, 6),
    wanted=sizes(1, 11),
    channels=st.sampled_from((4, 5, 7, 8, 9, 15, 16, 17, 33)),
    corners=st.sampled_from(({}, {"align_corners": True}, {"half_pixel_centers": True})),
    generator=generators,
)
def test_random_sizes(
    dtype: str,
    batch: int,
    size: tuple[int, int],
    wanted: tuple[int, int],
    channels: int,
    corners: dict[str, bool],
    generator: np.random.Generator,
) -> None:
    builder = ModelBuilder()
    shape = batch, *size, channels
    if dtype == "int8":
        x = builder.input(shape, scale=0.05, zero_point=-7)
        value = int8_values(generator, shape)
    else:
        x = builder.input(shape, "float32")
        value = (generator.standard_normal(shape) * np.exp(generator.uniform(-8, 8, shape))).astype(
            np.float32
        )
        value[generator.random(shape) < 0.1] = -0.0
    builder.output(builder.resize_bilinear(x, list(wanted), **corners))
    assert_both_ways(builder, [value], "resize_lanes")
    if dtype == "float32":
        assert_both_ways(builder, [value], "resize_lanes", compare=False, contracts=True)


@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_few_channels_are_blended_as_before(dtype: str) -> None:
    builder = ModelBuilder()
    x = builder.input((1, 4, 4, 3), dtype, **({"scale": 0.05} if dtype == "int8" else {}))
    builder.output(builder.resize_bilinear(x, [8, 8]))
    names, _ = kernel_names(builder.build(), [np.zeros((1, 4, 4, 3), dtype)], "on")
    assert names == {"resize_bilinear"}
