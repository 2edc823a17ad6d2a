"""PAD and PADV2 against TFLM."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder

from support.data_movement import (
    SCALE,
    ZERO_POINT,
    assert_agrees,
    assert_refused,
    quantization,
    shapes,
    values,
)
from support.oracle import tflm  # noqa: F401

DTYPES = ("int8", "int16", "int32", "float32")
SEEDS = st.integers(0, 2**32 - 1)


def model(
    shape: tuple[int, ...],
    paddings: Any,
    dtype: str = "int8",
    zero_point: int = ZERO_POINT,
    *,
    operator: str = "PAD",
    value: Any = None,
    value_quantization: dict[str, Any] | None = None,
    computed: bool = False,
    target: tuple[int, ...] | None = None,
) -> ModelBuilder:
    builder = ModelBuilder()
    amounts = np.asarray(paddings)
    kept = {"scale": SCALE, "zero_point": zero_point} if dtype == "int8" else quantization(dtype)
    x = builder.input(shape, dtype, **kept)
    if target is None:
        target = tuple(int(size + sum(pair)) for size, pair in zip(shape, amounts, strict=True))
    y = builder.tensor(target, dtype, **kept)
    extra = []
    if computed:
        extra.append(builder.input((1,), dtype, **(value_quantization or kept)))
    elif value is not None:
        extra.append(builder.constant(np.array(value, dtype), **(value_quantization or kept)))
    builder.operator(operator, [x, builder.constant(amounts), *extra], [y])
    builder.output(y)
    return builder


def paddings_of(rank: int) -> st.SearchStrategy[Any]:
    pair = st.tuples(st.integers(0, 3), st.integers(0, 3))
    return st.lists(pair, min_size=rank, max_size=rank).map(lambda pairs: np.array(pairs, np.int32))


@given(
    shape=shapes(1, 5, 5),
    dtype=st.sampled_from(DTYPES),
    zero_point=st.integers(-128, 127),
    seed=SEEDS,
    data=st.data(),
)
def test_pad(shape: tuple[int, ...], dtype: str, zero_point: int, seed: int, data: st.DataObject) -> None:
    builder = model(shape, data.draw(paddings_of(len(shape))), dtype, zero_point)
    assert_agrees(builder, values(seed, shape, dtype))


@given(
    shape=shapes(1, 5, 5),
    dtype=st.sampled_from(DTYPES),
    operator=st.sampled_from(("PAD", "PADV2")),
    computed=st.booleans(),
    seed=SEEDS,
    data=st.data(),
)
def test_pad_with_a_value(
    shape: tuple[int, ...], dtype: str, operator: str, computed: bool, seed: int, data: st.DataObject
) -> None:
    value = values(seed + 1, (1,), dtype)
    paddings = data.draw(paddings_of(len(shape)))
    builder = model(shape, paddings, dtype, operator=operator, value=value[0], computed=computed)
    assert_agrees(builder, values(seed, shape, dtype), *([value] if computed else []))


ONE = np.array([[1, 1]], np.int32)


def test_refusals() -> None:
    assert_refused(model((3,), ONE, target=(4,)), r"has shape \(4,\), expected \(5,\)")
    assert_refused(model((1,) * 6, np.zeros((6, 2), np.int32)), "6 dimensions")
    assert_refused(model((3,), np.array([[1, 1], [0, 0]], np.int32), target=(5,)), r"expected \(1, 2\)")
    other = {"scale": SCALE * 2, "zero_point": ZERO_POINT}
    assert_refused(model((3,), ONE, value=1, value_quantization=other), "expected those of")
    assert_refused(model((3,), ONE, value=[1, 2]), "expected one element")


def test_int64_paddings_are_refused() -> None:
    """A device reads them as int32, so that every second number is the upper half of one."""
    assert_refused(model((3,), ONE.astype(np.int64)), "is int64, expected int32")


def test_negative_paddings_are_refused() -> None:
    assert_refused(model((3,), np.array([[-1, 1]], np.int32)), "no negative", by_tflm=False)


def test_computed_paddings_are_refused() -> None:
    builder = ModelBuilder()
    x, paddings = builder.input((3,), **quantization("int8")), builder.input((1, 2), "int32")
    y = builder.tensor((5,), **quantization("int8"))
    builder.operator("PAD", [x, paddings], [y])
    builder.output(y)
    assert_refused(builder, "expected a constant")
