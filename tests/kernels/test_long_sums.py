"""Sums of long rows of int8 by vectors: taken, with the bits of the portable kernel and TFLM's."""

from __future__ import annotations

import numpy as np
import pytest

from microinfer.builder import ModelBuilder
from microinfer.kernels import _processor, long_sums

from support.both_ways import assert_both_ways, kernel_names

pytestmark = pytest.mark.skipif(not _processor.has_vectors(), reason="vectors are switched off")


def summing(name: str, shape: tuple[int, ...], axes: tuple[int, ...], zero_point: int) -> ModelBuilder:
    builder = ModelBuilder()
    x = builder.input(shape, scale=0.05, zero_point=zero_point)
    builder.output(getattr(builder, name)(x, axes, scale=0.05 if name == "mean" else 30.0, zero_point=-3))
    return builder


@pytest.mark.parametrize("name", ["sum", "mean"])
@pytest.mark.parametrize("filled", [None, -128, 127])
@pytest.mark.parametrize("count", [64, 65, 127, 128 * 64, 128 * 64 + 1, 129 * 64 + 63, 3 * 128 * 64 + 5])
def test_rows_of_any_length(name: str, filled: int | None, count: int) -> None:
    drawn = np.random.default_rng(count).integers(-128, 128, (3, count))
    value = (drawn if filled is None else np.full((3, count), filled)).astype(np.int8)
    assert_both_ways(summing(name, (3, count), (1,), 7), [value], "long_sums")


def test_all_of_an_image_and_what_is_copied_before() -> None:
    value = np.random.default_rng(1).integers(-128, 128, (1, 16, 16, 5)).astype(np.int8)
    for axes in ((1, 2, 3), (1, 3)):
        assert_both_ways(summing("mean", value.shape, axes, -4), [value], "long_sums")


def test_short_rows_are_summed_as_before() -> None:
    value = np.zeros((3, long_sums.BLOCK - 1), np.int8)
    names, _ = kernel_names(summing("sum", value.shape, (1,), 0).build(), [value], "on")
    assert names == {"reduce"}
