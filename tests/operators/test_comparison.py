"""EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER and GREATER_EQUAL against TFLM."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder
from microinfer.errors import InputError

from support.data_movement import assert_agrees, assert_refused, quantization, shapes, values
from support.oracle import tflm  # noqa: F401
from support.scales import quantizations

SEEDS = st.integers(0, 2**32 - 1)
COMPARISONS = ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL")


def compared(
    operator: str,
    shape_1: tuple[int, ...],
    shape_2: tuple[int, ...],
    dtype: str,
    first: dict[str, Any],
    second: dict[str, Any],
) -> ModelBuilder:
    b = ModelBuilder()
    b.output(b.compare(operator, b.input(shape_1, dtype, **first), b.input(shape_2, dtype, **second)))
    return b


@st.composite
def broadcasting(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...]]:
    whole = draw(shapes(1, 4, 5))
    if draw(st.booleans()):
        return whole, whole
    made = []
    for _ in range(2):
        rank = draw(st.integers(1, len(whole)))
        made.append(tuple(size if draw(st.booleans()) else 1 for size in whole[len(whole) - rank :]))
    return made[0], made[1]


@pytest.mark.parametrize("operator", COMPARISONS)
@given(pair=broadcasting(), same=st.booleans(), seed=SEEDS, data=st.data())
def test_int8(
    operator: str, pair: tuple[tuple[int, ...], tuple[int, ...]], same: bool, seed: int, data: st.DataObject
) -> None:
    first, second = (data.draw(quantizations("int8", -9.0, -1.0)) for _ in range(2))
    second = first if same else second
    x, y = (values(seed + i, shape, "int8") // np.int8(16) for i, shape in enumerate(pair))
    assert_agrees(compared(operator, *pair, "int8", first, second), x, y)


@pytest.mark.parametrize("operator", COMPARISONS)
@given(
    pair=broadcasting(),
    dtype=st.sampled_from(("int32", "int64", "float32", "bool")),
    few=st.booleans(),
    seed=SEEDS,
)
def test_others(
    operator: str, pair: tuple[tuple[int, ...], tuple[int, ...]], dtype: str, few: bool, seed: int
) -> None:
    if dtype == "bool" and operator.removeprefix("NOT_") != "EQUAL":
        dtype = "int32"
    x, y = (values(seed + i, shape, dtype) for i, shape in enumerate(pair))
    if few and dtype in ("int32", "int64"):
        x, y = x % 3, y % 3
    assert_agrees(compared(operator, *pair, dtype, {}, {}), x, y)


@given(whole=shapes(1, 5, 4), dtype=st.sampled_from(("int8", "int16", "float32")), seed=SEEDS, data=st.data())
def test_select(whole: tuple[int, ...], dtype: str, seed: int, data: st.DataObject) -> None:
    b = ModelBuilder()
    sides = []
    for kind in ("bool", dtype, dtype):
        rank = data.draw(st.integers(1, len(whole)))
        shape = tuple(size if data.draw(st.booleans()) else 1 for size in whole[len(whole) - rank :])
        sides.append((b.input(shape, kind, **quantization(kind)), values(seed + len(sides), shape, kind)))
    b.output(b.select_v2(*(handle for handle, _ in sides)))
    assert_agrees(b, *(array for _, array in sides))


def test_select_refuses_int32() -> None:
    """So an Embedding of Keras 3, which wraps negative indices with it, does not run on a device."""
    b = ModelBuilder()
    condition, x, y = b.input((3,), "bool"), b.input((3,), "int32"), b.input((3,), "int32")
    b.output(b.select_v2(condition, x, y))
    assert_refused(b, "is int32, expected float32 or int8 or int16")


def test_refusals() -> None:
    plain, coarse = {"scale": 0.1, "zero_point": 3}, {"scale": 1.0, "zero_point": 3}
    # TFLM aborts on a scale of 1.
    assert_refused(compared("LESS", (3,), (3,), "int8", plain, coarse), "1", by_tflm=False)
    assert_refused(compared("LESS", (3,), (3,), "bool", {}, {}), "is bool, expected int8")
    assert_refused(compared("LESS", (1,) * 7, (1,), "int32", {}, {}), "has 7 dimensions", by_tflm=False)
    with pytest.raises(InputError, match="comparison 'LES'"):
        compared("LES", (3,), (3,), "int32", {}, {})
