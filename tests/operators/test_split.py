"""SPLIT against TFLM."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder

from support.data_movement import assert_agrees, assert_refused, quantization, shapes, values
from support.oracle import tflm  # noqa: F401

DTYPES = ("int8", "int16", "int32", "float32")


def model(
    shape: tuple[int, ...], part: tuple[int, ...], count: int, axis: Any, dtype: str = "int8"
) -> ModelBuilder:
    builder = ModelBuilder()
    kept = quantization(dtype)
    constant = builder.constant(np.array(axis, np.int32))
    x = builder.input(shape, dtype, **kept)
    outputs = [builder.tensor(part, dtype, **kept) for _ in range(count)]
    builder.operator("SPLIT", [constant, x], outputs, {"num_splits": count})
    builder.output(*outputs)
    return builder


@given(
    part=shapes(1, 5, 5),
    count=st.integers(1, 6),
    dtype=st.sampled_from(DTYPES),
    vector=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
    data=st.data(),
)
def test_split(
    part: tuple[int, ...], count: int, dtype: str, vector: bool, seed: int, data: st.DataObject
) -> None:
    rank = len(part)
    axis = data.draw(st.integers(-rank, rank - 1))
    place = axis % rank
    shape = (*part[:place], part[place] * count, *part[place + 1 :])
    builder = model(shape, part, count, [axis] if vector else axis, dtype)
    assert_agrees(builder, values(seed, shape, dtype), outputs=count)


def test_refusals() -> None:
    assert_refused(model((4,), (2,), 2, 1), "axis is 1, expected -1 to 0", by_tflm=False)
    assert_refused(model((5,), (2,), 2, 0), "expected a multiple of 2", by_tflm=False)
    assert_refused(model((4,), (1,), 2, 0), r"outputs\[0\].*expected \(2,\)", by_tflm=False)
    assert_refused(model((4,), (2,), 2, [0, 0]), "expected one element", by_tflm=False)
    assert_refused(model((4,), (2,), 2, 0, "bool"), "is bool", by_tflm=False)


def test_a_computed_axis_is_refused() -> None:
    builder = ModelBuilder()
    axis, x = builder.input((1,), "int32"), builder.input((4,), **quantization("int8"))
    outputs = [builder.tensor((2,), **quantization("int8")) for _ in range(2)]
    builder.operator("SPLIT", [axis, x], outputs)
    builder.output(*outputs)
    assert_refused(builder, "expected a constant")
