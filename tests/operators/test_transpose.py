"""TRANSPOSE against TFLM."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder

from support.data_movement import assert_agrees, assert_refused, quantization, shapes, values
from support.oracle import tflm  # noqa: F401

DTYPES = ("int8", "int16", "float32")


def model(
    shape: tuple[int, ...],
    permutation: Sequence[int],
    dtype: str = "int8",
    target: tuple[int, ...] | None = None,
) -> ModelBuilder:
    builder = ModelBuilder()
    x = builder.input(shape, dtype, **quantization(dtype))
    if target is None:
        target = tuple(shape[axis] for axis in permutation)
    y = builder.tensor(target, dtype, **quantization(dtype))
    builder.operator("TRANSPOSE", [x, builder.constant(np.array(permutation, np.int32))], [y])
    builder.output(y)
    return builder


@given(shape=shapes(1, 5, 9), dtype=st.sampled_from(DTYPES), seed=st.integers(0, 2**32 - 1), data=st.data())
def test_transpose(shape: tuple[int, ...], dtype: str, seed: int, data: st.DataObject) -> None:
    permutation = data.draw(st.permutations(range(len(shape))))
    assert_agrees(model(shape, permutation, dtype), values(seed, shape, dtype))


@pytest.mark.parametrize(
    ("builder", "message"),
    [
        (model((2, 3), [0, 2], target=(2, 3)), "expected each of 0 to 1 once"),
        (model((2, 3), [-1, 0], target=(3, 2)), "expected each of 0 to 1 once"),
        (model((2, 3), [0], target=(2, 3)), r"expected \(2,\)"),
        (model((1,) * 6, range(6)), "6 dimensions"),
    ],
)
def test_refusals(builder: ModelBuilder, message: str) -> None:
    assert_refused(builder, message)


@pytest.mark.parametrize(
    ("builder", "message"),
    [
        (model((2, 3), [0, 0], target=(2, 2)), "expected each of 0 to 1 once"),
        (model((2, 3), [1, 0], target=(2, 3)), r"expected \(3, 2\)"),
        (model((2, 3), [1, 0], "int32"), "is int32"),
    ],
)
def test_refusals_of_our_own(builder: ModelBuilder, message: str) -> None:
    assert_refused(builder, message, by_tflm=False)
