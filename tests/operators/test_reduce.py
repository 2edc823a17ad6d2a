"""MEAN, SUM and REDUCE_MAX against TFLM."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder

from support.data_movement import assert_agrees, assert_refused, shapes, values
from support.oracle import tflm  # noqa: F401
from support.scales import SEEDS, quantizations

PLAIN = {"scale": 0.1, "zero_point": 3}


def model(
    operator: str,
    shape: tuple[int, ...],
    axes: Any,
    keep_dims: bool = False,
    dtype: str = "int8",
    source: dict[str, Any] = PLAIN,
    target: dict[str, Any] = PLAIN,
    target_shape: tuple[int, ...] | None = None,
) -> ModelBuilder:
    builder = ModelBuilder()
    reduced = {int(axis) % len(shape) for axis in np.ravel(axes)} if shape else set()
    if target_shape is None:
        target_shape = tuple(
            1 if axis in reduced else size
            for axis, size in enumerate(shape)
            if keep_dims or axis not in reduced
        )
    x = builder.input(shape, dtype, **source)
    y = builder.tensor(target_shape, dtype, **target)
    builder.operator(operator, [x, builder.constant(np.array(axes, np.int32))], [y], {"keep_dims": keep_dims})
    builder.output(y)
    return builder


def axes_of(rank: int) -> st.SearchStrategy[Any]:
    """Some axes in any order, negative and repeated ones too, or one without brackets."""
    axis = st.integers(-rank, rank - 1)
    return axis | st.lists(axis, max_size=rank + 1)


@pytest.mark.parametrize("operator", ["MEAN", "SUM"])
@given(
    shape=shapes(1, 6, 6),
    dtype=st.sampled_from(["int8", "int8", "int16"]),
    keep_dims=st.booleans(),
    same=st.booleans(),
    seed=SEEDS,
    data=st.data(),
)
def test_sums(
    operator: str,
    shape: tuple[int, ...],
    dtype: str,
    keep_dims: bool,
    same: bool,
    seed: int,
    data: st.DataObject,
) -> None:
    source, target = (data.draw(quantizations(dtype)) for _ in range(2))
    axes = data.draw(axes_of(len(shape)))
    builder = model(operator, shape, axes, keep_dims, dtype, source, source if same else target)
    assert_agrees(builder, values(seed, shape, dtype))


@given(shape=shapes(1, 6, 6), keep_dims=st.booleans(), kind=quantizations(), seed=SEEDS, data=st.data())
def test_reduce_max(
    shape: tuple[int, ...], keep_dims: bool, kind: dict[str, Any], seed: int, data: st.DataObject
) -> None:
    axes = data.draw(axes_of(len(shape)))
    builder = model("REDUCE_MAX", shape, axes, keep_dims, "int8", kind, kind)
    assert_agrees(builder, values(seed, shape, "int8"))


@pytest.mark.parametrize("shape", [(1, 25, 5, 64), (3, 7, 9, 17), (1, 1, 1, 256)])
@pytest.mark.parametrize("axes", [(1, 2), (2, 1), (3,), (0, 3), (0, 2), (0, 1, 2, 3), ()])
def test_shapes_of_real_networks(shape: tuple[int, ...], axes: tuple[int, ...]) -> None:
    target = {"scale": 0.07, "zero_point": -20}
    assert_agrees(model("MEAN", shape, axes, True, target=target), values(1, shape, "int8"))


def test_refusals() -> None:
    assert_refused(model("MEAN", (2, 3), [1], target_shape=(3,)), "expected 2 elements", by_tflm=False)
    builder = model("MEAN", (2, 3), [2], target_shape=(2,))
    assert_refused(builder, "holds 2, expected -2 to 1", by_tflm=False)
    other = {"scale": 0.2, "zero_point": 3}
    assert_refused(model("REDUCE_MAX", (2, 3), [1], target=other), "expected the input's", by_tflm=False)
    assert_refused(model("MEAN", (2,), [0], source={}), "has no scale", by_tflm=False)
    assert_refused(model("SUM", (2,), [0], dtype="int32", source={}, target={}), "is int32", by_tflm=False)


def arg_max(
    shape: tuple[int, ...], axis: Any, target: tuple[int, ...], operator: str = "ARG_MAX"
) -> ModelBuilder:
    builder = ModelBuilder()
    x, y = builder.input(shape, **PLAIN), builder.tensor(target, "int32")
    builder.operator(operator, [x, builder.constant(np.array(axis, np.int32))], [y], {"output_type": "int32"})
    builder.output(y)
    return builder


@pytest.mark.parametrize("operator", ["ARG_MAX", "ARG_MIN"])
@given(shape=shapes(1, 5, 6), few=st.booleans(), seed=SEEDS, data=st.data())
def test_arg_max(operator: str, shape: tuple[int, ...], few: bool, seed: int, data: st.DataObject) -> None:
    """Of equal numbers the first is taken."""
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    at = axis % len(shape)
    x = values(seed, shape, "int8")
    target = shape[:at] + shape[at + 1 :]
    assert_agrees(arg_max(shape, axis, target, operator), x // np.int8(64) if few else x)


def test_arg_max_refusals() -> None:
    assert_refused(arg_max((2, 3), 2, (2,)), "expected one of -2 to 1", by_tflm=False)
    assert_refused(arg_max((2, 3), [0, 1], (2,)), "expected one of", by_tflm=False)
    assert_refused(arg_max((2, 3), 0, (2,)), r"expected \(3,\)", by_tflm=False)


@pytest.mark.parametrize("operator", ["REDUCE_MAX", "REDUCE_MIN"])
def test_the_greatest_and_the_least_need_no_scale(operator: str) -> None:
    builder = ModelBuilder()
    x = builder.input((1, 4, 4, 3), "int8")
    y = builder.tensor((1, 3), "int8")
    builder.operator(operator, [x, builder.constant(np.array([1, 2], np.int32))], [y])
    builder.output(y)
    assert_agrees(builder, values(3, (1, 4, 4, 3), "int8"))
