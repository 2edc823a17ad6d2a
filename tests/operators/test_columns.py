"""Extremes, their places, running sums and L2_POOL_2D along axes, against TFLM."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from microinfer.builder import ModelBuilder

from support.data_movement import assert_refused, quantization, shapes, values
from support.oracle import Interpreter, tflm
from support.scales import quantizations

SEEDS = st.integers(0, 2**32 - 1)


def reals(seed: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """With equal ones, zeros of both signs, infinities and what is no number."""
    g = np.random.default_rng(seed)
    found = g.integers(-3, 4, shape).astype(np.float32)
    strange = g.random(shape) < 0.1
    found[strange] = g.choice(np.array([0.0, -0.0, np.inf, -np.inf, np.nan], np.float32), int(strange.sum()))
    return found


def drawn(seed: int, shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
    return reals(seed, shape) if dtype == "float32" else values(seed, shape, dtype)


def assert_bits(b: ModelBuilder, x: NDArray[Any]) -> None:
    model = b.build()
    interpreter = Interpreter(model)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert found.tobytes() == tflm(model, [x])[0].tobytes()


@pytest.mark.parametrize(
    ("operator", "dtype"),
    [
        ("reduce_max", "float32"),
        ("reduce_min", "float32"),
        ("reduce_min", "int8"),
        ("reduce_all", "bool"),
    ],
)
@given(source=shapes(1, 5, 4), keep_dims=st.booleans(), seed=SEEDS, data=st.data())
def test_reductions(
    operator: str, dtype: str, source: tuple[int, ...], keep_dims: bool, seed: int, data: st.DataObject
) -> None:
    axes = data.draw(st.lists(st.integers(-len(source), len(source) - 1), max_size=len(source), unique=True))
    b = ModelBuilder()
    x = b.input(source, dtype, **quantization(dtype))
    b.output(getattr(b, operator)(x, axes, keep_dims=keep_dims))
    assert_bits(b, drawn(seed, source, dtype))


@pytest.mark.parametrize("operator", ["arg_max", "arg_min"])
@given(source=shapes(1, 4, 5), seed=SEEDS, data=st.data())
def test_index_of_real_numbers(
    operator: str, source: tuple[int, ...], seed: int, data: st.DataObject
) -> None:
    b = ModelBuilder()
    axis = data.draw(st.integers(-len(source), len(source) - 1))
    b.output(getattr(b, operator)(b.input(source, "float32"), axis))
    assert_bits(b, reals(seed, source))


@pytest.mark.parametrize("dtype", ["int8", "float32"])
@given(
    source=shapes(1, 4, 9),
    exclusive=st.booleans(),
    reverse=st.booleans(),
    kinds=st.tuples(quantizations("int8", -6.0, 0.0), quantizations("int8", -6.0, 3.0)),
    seed=SEEDS,
    data=st.data(),
)
def test_cumsum(
    dtype: str,
    source: tuple[int, ...],
    exclusive: bool,
    reverse: bool,
    kinds: Any,
    seed: int,
    data: st.DataObject,
) -> None:
    axis = data.draw(st.integers(-len(source), len(source) - 1))
    b = ModelBuilder()
    real = dtype == "float32"
    x = b.input(source, dtype, **({} if real else kinds[0]))
    made = {} if real else kinds[1]
    b.output(b.cumsum(x, axis, exclusive=exclusive, reverse=reverse, **made))
    assert_bits(b, values(seed, source, dtype))


def test_a_long_sum_of_int8_wraps() -> None:
    b = ModelBuilder()
    x = b.input((1, 60), "int8", scale=0.1, zero_point=-128)
    b.output(b.cumsum(x, 1, scale=5.0, zero_point=0))
    assert_bits(b, np.full((1, 60), 127, np.int8))


@given(
    sizes=st.tuples(st.integers(1, 2), st.integers(1, 7), st.integers(1, 7), st.integers(1, 9)),
    kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    strides=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    activation=st.sampled_from(("NONE", "RELU", "RELU6", "RELU_N1_TO_1")),
    seed=SEEDS,
)
def test_l2_pool(
    sizes: tuple[int, ...], kernel: tuple[int, int], strides: tuple[int, int], activation: str, seed: int
) -> None:
    b = ModelBuilder()
    x = b.input(sizes, "float32")
    b.output(b.l2_pool_2d(x, kernel, strides=strides, padding="SAME", activation=activation))
    assert_bits(b, values(seed, sizes, "float32"))


def pooled(dtype: str) -> ModelBuilder:
    b = ModelBuilder()
    b.output(b.l2_pool_2d(b.input((1, 2, 2, 1), dtype, **quantization(dtype)), (2, 2)))
    return b


def summed(dtype: str, axis: Any, **made: Any) -> ModelBuilder:
    b = ModelBuilder()
    x = b.input((2, 3), dtype, **quantization(dtype))
    y = b.tensor((2, 3), dtype, **(made or quantization(dtype)))
    b.operator("CUMSUM", [x, b.constant(np.array(axis, np.int32))], [y])
    b.output(y)
    return b


def test_refusals() -> None:
    assert_refused(pooled("int8"), "is int8, expected float32")
    assert_refused(summed("int16", 0), "is int16")
    assert_refused(summed("int8", [0, 1]), "holds")
    assert_refused(summed("int8", 2), "holds", by_tflm=False)
    assert_refused(summed("int8", 0, scale=2.0**-24), "less than 1", by_tflm=False)
    for operator in ("reduce_max", "reduce_min"):
        b = ModelBuilder()
        x = b.input((2, 3), "int8", scale=0.1, zero_point=3)
        y = b.tensor((2,), "int8", 0.2, 3)
        b.operator(operator.upper(), [x, b.constant(np.array([1], np.int32))], [y])
        b.output(y)
        assert_refused(b, "expected the input's", by_tflm=False)
