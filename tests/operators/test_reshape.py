"""RESHAPE, SQUEEZE and EXPAND_DIMS against TFLM."""

from __future__ import annotations

from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder

from support.data_movement import assert_agrees, assert_refused, quantization, shapes, values
from support.oracle import tflm  # noqa: F401

DTYPES = ("int8", "int16", "int32", "float32", "bool")
SEEDS = st.integers(0, 2**32 - 1)


def model(
    operator: str,
    source: tuple[int, ...],
    target: tuple[int, ...],
    dtype: str = "int8",
    parameter: Any = None,
    options: dict[str, Any] | None = None,
) -> ModelBuilder:
    builder = ModelBuilder()
    x = builder.input(source, dtype, **quantization(dtype))
    y = builder.tensor(target, dtype, **quantization(dtype))
    extra = [] if parameter is None else [builder.constant(np.array(parameter, np.int32))]
    builder.operator(operator, [x, *extra], [y], options)
    builder.output(y)
    return builder


@st.composite
def regrouped(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A shape, and another one of as many elements."""
    factors = draw(st.lists(st.integers(1, 5), min_size=1, max_size=6))
    cuts = sorted(draw(st.sets(st.integers(1, len(factors)), max_size=3)) | {0, len(factors)})
    target = tuple(prod(factors[low:high]) for low, high in pairwise(cuts))
    return tuple(factors[:3]) + ((prod(factors[3:]),) if len(factors) > 3 else ()), target


@given(pair=regrouped(), dtype=st.sampled_from(DTYPES), how=st.integers(0, 3), seed=SEEDS, data=st.data())
def test_reshape(
    pair: tuple[tuple[int, ...], tuple[int, ...]], dtype: str, how: int, seed: int, data: st.DataObject
) -> None:
    source, target = pair
    asked = list(target)
    if how >= 2:
        asked[data.draw(st.integers(0, len(asked) - 1))] = -1
    if how % 2:
        builder = model("RESHAPE", source, target, dtype, parameter=asked)
    else:
        builder = model("RESHAPE", source, target, dtype, options={"new_shape": asked})
    assert_agrees(builder, values(seed, source, dtype))


@given(shape=shapes(1, 6, 3), dtype=st.sampled_from(DTYPES), named=st.booleans(), seed=SEEDS, data=st.data())
def test_squeeze(shape: tuple[int, ...], dtype: str, named: bool, seed: int, data: st.DataObject) -> None:
    ones = [axis for axis, size in enumerate(shape) if size == 1]
    squeezed = data.draw(st.lists(st.sampled_from(ones), max_size=8)) if named and ones else []
    dropped = set(squeezed or ones)
    target = tuple(size for axis, size in enumerate(shape) if axis not in dropped)
    rank = len(shape)
    asked = [axis - rank if data.draw(st.booleans()) else axis for axis in squeezed]
    builder = model("SQUEEZE", shape, target, dtype, options={"squeeze_dims": asked})
    assert_agrees(builder, values(seed, shape, dtype))


@given(shape=shapes(1, 5), dtype=st.sampled_from(("int8", "int16", "float32")), seed=SEEDS, data=st.data())
def test_expand_dims(shape: tuple[int, ...], dtype: str, seed: int, data: st.DataObject) -> None:
    rank = len(shape)
    axis = data.draw(st.integers(-rank - 1, rank))
    place = axis if axis >= 0 else axis + rank + 1
    target = (*shape[:place], 1, *shape[place:])
    parameter = [axis] if data.draw(st.booleans()) else axis
    assert_agrees(model("EXPAND_DIMS", shape, target, dtype, parameter), values(seed, shape, dtype))


def test_reshape_needs_no_shape() -> None:
    """A device reads the output's shape and nothing else, so a parameter that says otherwise is idle."""
    x = values(0, (2, 3), "int8")
    assert_agrees(model("RESHAPE", (2, 3), (6,)), x)
    assert_agrees(model("RESHAPE", (2, 3), (6,), parameter=[7, 7]), x)


def test_reshape_takes_a_computed_shape() -> None:
    builder = ModelBuilder()
    x = builder.input((2, 3), **quantization("int8"))
    shape = builder.input((1,), "int32")
    y = builder.tensor((6,), **quantization("int8"))
    builder.operator("RESHAPE", [x, shape], [y])
    builder.output(y)
    assert_agrees(builder, values(0, (2, 3), "int8"), np.array([6], np.int32))


@pytest.mark.parametrize(
    ("builder", "message"),
    [
        (model("RESHAPE", (2, 3), (5,)), r"num_input_elements != num_output_elements \(6 != 5\)"),
        (model("RESHAPE", (2, 3), (6,), options={"new_shape": [1] * 9}), "new_shape has 9 dimensions"),
        (model("SQUEEZE", (1, 3), (3,), options={"squeeze_dims": [0] * 9}), "squeeze_dims has 9 entries"),
        (model("SQUEEZE", (1, 3), (3,), options={"squeeze_dims": [1]}), "squeeze_dims holds 1"),
        (model("SQUEEZE", (1, 3), (3,), options={"squeeze_dims": [2]}), "squeeze_dims holds 2"),
        (model("SQUEEZE", (1,) * 9, ()), "9 dimensions"),
        (model("EXPAND_DIMS", (3,), (1, 3), parameter=2), "axis is 2, expected -2 to 1"),
        (model("EXPAND_DIMS", (3,), (3, 1), parameter=0), r"expected \(1, 3\)"),
        (model("EXPAND_DIMS", (3,), (1, 3), parameter=[[0]]), "expected one element"),
        (model("EXPAND_DIMS", (3,), (1, 3), "int32", 0), "is int32"),
    ],
)
def test_refusals(builder: ModelBuilder, message: str) -> None:
    assert_refused(builder, message)


def test_squeeze_to_another_shape() -> None:
    assert_refused(model("SQUEEZE", (1, 3), (2,)), r"expected \(3,\)", by_tflm=False)
