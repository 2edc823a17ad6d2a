"""CONCATENATION against TFLM."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from microinfer.builder import ModelBuilder

from support.data_movement import assert_agrees, assert_refused, quantization, shapes, values
from support.oracle import Interpreter, tflm

DTYPES = ("int8", "int16", "int32", "float32", "bool", "int64")


def model(
    sources: Sequence[tuple[int, ...]],
    target: tuple[int, ...],
    axis: int,
    dtype: str = "int8",
    *,
    activation: str = "NONE",
    last: dict[str, Any] | None = None,
) -> ModelBuilder:
    builder = ModelBuilder()
    kept = quantization(dtype)
    quantizations = [kept] * (len(sources) - 1) + [kept | (last or {})]
    inputs = [builder.input(shape, dtype, **each) for shape, each in zip(sources, quantizations, strict=True)]
    y = builder.tensor(target, dtype, **kept)
    options = {"axis": axis, "fused_activation_function": activation}
    builder.operator("CONCATENATION", inputs, [y], options)
    builder.output(y)
    return builder


@given(
    shape=shapes(1, 6, 4),
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=10),
    dtype=st.sampled_from(DTYPES),
    seed=st.integers(0, 2**32 - 1),
    data=st.data(),
)
def test_concatenation(
    shape: tuple[int, ...], lengths: list[int], dtype: str, seed: int, data: st.DataObject
) -> None:
    rank = len(shape)
    axis = data.draw(st.integers(-rank, rank - 1))
    place = axis % rank
    sources = [(*shape[:place], length, *shape[place + 1 :]) for length in lengths]
    target = (*shape[:place], sum(lengths), *shape[place + 1 :])
    inputs = [values(seed + i, source, dtype) for i, source in enumerate(sources)]
    assert_agrees(model(sources, target, axis, dtype), *inputs)


def test_a_constant_beside_an_input() -> None:
    builder = ModelBuilder()
    x = builder.input((2, 3), **quantization("int8"))
    constant = builder.constant(values(1, (2, 5), "int8"), **quantization("int8"))
    y = builder.tensor((2, 11), **quantization("int8"))
    builder.operator("CONCATENATION", [x, constant, x], [y], {"axis": 1})
    builder.output(y)
    assert_agrees(builder, values(0, (2, 3), "int8"))


@pytest.mark.parametrize(
    ("builder", "message"),
    [
        (model([(2,)] * 11, (22,), 0), "has 11 inputs"),
        (model([(2,), (2,)], (4,), 0, activation="RELU"), "activation RELU"),
        (model([(2,), (2,)], (4,), 0, last={"scale": 0.5}), r"inputs\[1\].*has scale 0.5"),
        (model([(2,), (2,)], (4,), 0, last={"zero_point": 5}), r"inputs\[1\].*zero point 5"),
        (model([(2,), (2,)], (4,), 0, "int16", last={"zero_point": 5}), "expected 0 for int16"),
        (model([(1,) * 7], (1,) * 7, 0), "7 dimensions"),
    ],
)
def test_refusals(builder: ModelBuilder, message: str) -> None:
    assert_refused(builder, message)


@pytest.mark.parametrize(
    ("builder", "message"),
    [
        (model([(2,), (2,)], (4,), 1), "axis is 1, expected -1 to 0"),
        (
            model([(2, 3), (2, 4)], (4, 3), 0),
            r"inputs\[1\].*expected outputs\[0\] \(4, 3\) in all but axis 0",
        ),
        (model([(2, 3), (3,)], (4, 3), 0), "in all but axis"),
        (model([(2,), (2,)], (5,), 0), "has length 5 along axis 0, expected 4"),
    ],
)
def test_refusals_where_tflm_would_write_out_of_bounds(builder: ModelBuilder, message: str) -> None:
    assert_refused(builder, message, by_tflm=False)


@pytest.mark.parametrize("dtype", ["int8", "int16", "float32"])
@pytest.mark.parametrize("axis", [1, 2, 3])
def test_large_inputs_are_taken_turn_by_turn(dtype: str, axis: int) -> None:
    builder, rng = ModelBuilder(), np.random.default_rng(2)
    shapes = [[1, 37, 41, 16] for _ in range(3)]
    shapes[1][axis] = 5
    scaled = {} if dtype == "float32" else {"scale": 0.05, "zero_point": 0}
    builder.output(builder.concatenation([builder.input(shape, dtype, **scaled) for shape in shapes], axis))
    values = [rng.integers(-99, 100, shape).astype(dtype) for shape in shapes]
    model = bytes(builder.build())
    interpreter = Interpreter(model, preserve_all_tensors=True)
    for detail, value in zip(interpreter.get_input_details(), values, strict=True):
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    made = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert_array_equal(made, np.concatenate(values, axis))
    assert_array_equal(made, tflm(model, values)[0])
