"""SELECT_V2 by units of a pixel's elements: taken, with the bits of the portable kernels and TFLM's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from microinfer.builder import ModelBuilder
from microinfer.kernels import _processor

from support.both_ways import assert_both_ways, kernel_names

pytestmark = pytest.mark.skipif(not _processor.has_vectors(), reason="vectors are switched off")


def choosing(
    dtype: str, condition: tuple[int, ...], *shapes: tuple[int, ...]
) -> tuple[ModelBuilder, list[Any]]:
    builder, rng = ModelBuilder(), np.random.default_rng(5)
    scaled = {} if dtype == "float32" else {"scale": 0.05, "zero_point": 0}
    inputs = [builder.input(condition, "bool"), *(builder.input(shape, dtype, **scaled) for shape in shapes)]
    builder.output(builder.select_v2(*inputs))
    values = [rng.integers(0, 2, condition).astype(bool)]
    return builder, values + [rng.integers(-99, 100, shape).astype(dtype) for shape in shapes]


@pytest.mark.parametrize("dtype", ["int8", "int16", "float32"])
@pytest.mark.parametrize("channels", [2, 8, 9, 15, 16, 17, 31, 33, 64, 65, 130])
def test_units_of_any_length(dtype: str, channels: int) -> None:
    shape = 2, 5, 3, channels
    builder, values = choosing(dtype, (2, 5, 3, 1), shape, shape)
    if channels * np.dtype(dtype).itemsize >= 8:
        assert_both_ways(builder, values, "chosen_units")
    else:
        assert_both_ways(builder, values, "element_pairs", unlike=False)


@pytest.mark.parametrize("condition", [(5, 1, 1), (1, 1, 1), (1,), (2, 5, 1, 1)])
def test_conditions_of_other_shapes(condition: tuple[int, ...]) -> None:
    units = condition in ((1, 1, 1), (1,), (2, 5, 1, 1))
    builder, values = choosing("int8", condition, (2, 5, 3, 16), (2, 5, 3, 16))
    assert_both_ways(builder, values, "chosen_units" if units else "element_pairs", unlike=units)


def test_what_broadcasts_is_chosen_as_before() -> None:
    for shapes in (((2, 5, 3, 1), (16,), (2, 5, 3, 16)), ((2, 1, 3, 1), (2, 5, 3, 16), (2, 5, 3, 16))):
        builder, values = choosing("int8", *shapes)
        names, _ = kernel_names(builder.build(), values, "on")
        assert "chosen_units" not in names
        assert_both_ways(builder, values, "element_pairs", unlike=False)
