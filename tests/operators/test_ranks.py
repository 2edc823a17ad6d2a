"""Tensors of five and six dimensions, which TFLM's broadcasting kernels take; seven it has no room for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microinfer import ModelBuilder, UnsupportedError
from microinfer.model.read import load
from microinfer.operators.prepare import prepare

from support.oracle import Interpreter, tflm

COMPARISONS = ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL")
ARITHMETIC = ("ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM", "PRELU")
SELECT = "SELECT_V2"


def broadcasting(name: str, shapes: list[tuple[int, ...]], dtype: str) -> bytes:
    """One operator whose inputs broadcast; SELECT_V2's condition is the first."""
    b = ModelBuilder("ranks")
    target = np.broadcast_shapes(*shapes)
    quantized = dtype in ("int8", "int16")
    one: tuple[Any, ...] = (0.05, 0) if quantized else (None, None)
    if name == SELECT:
        inputs = [b.input(shapes[0], "bool"), *(b.input(shape, dtype, *one) for shape in shapes[1:])]
        output = b.tensor(target, dtype, *one)
    else:
        inputs = [b.input(shape, dtype, *one) for shape in shapes]
        output = b.tensor(target, *(("bool",) if name in COMPARISONS else (dtype, *one)))
    b.operator(name, inputs, [output])
    b.output(output)
    return b.build()


@st.composite
def models(draw: st.DrawFn) -> bytes:
    name = draw(st.sampled_from((*COMPARISONS, *ARITHMETIC, SELECT)))
    rank = draw(st.integers(0, 6))
    whole = draw(st.tuples(*[st.integers(1, 3)] * rank))
    count = 3 if name == SELECT else 2
    shapes = [
        tuple(size if draw(st.booleans()) else 1 for size in whole[draw(st.integers(0, rank)) :])
        for _ in range(count)
    ]
    shapes[draw(st.integers(0, count - 1))] = whole
    types = ["int8"]
    if name in ("ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM"):
        types += ["int16", "int32"]
    if name in COMPARISONS:
        types += ["int32", "float32"]
    return broadcasting(name, shapes, draw(st.sampled_from(types)))


@given(data=models(), seed=st.integers(0, 1 << 30))
def test_up_to_six_dimensions_have_tflms_bits(data: bytes, seed: int) -> None:
    rng = np.random.default_rng(seed)
    interpreter = Interpreter(data)
    inputs = []
    for details in interpreter.get_input_details():
        low, high = (0, 2) if details["dtype"] == np.bool_ else (-100, 100)
        inputs.append(rng.integers(low, high, details["shape"]).astype(details["dtype"]))
        interpreter.set_tensor(details["index"], inputs[-1])
    interpreter.invoke()
    (expected,) = tflm(data, inputs)
    assert np.array_equal(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]), expected)


@pytest.mark.parametrize("name", [*COMPARISONS, *ARITHMETIC, SELECT])
def test_more_than_six_dimensions_overflow_tflms_shape(name: str) -> None:
    shape = (1, 2, 1, 2, 1, 2, 1)
    with pytest.raises(UnsupportedError, match="expected at most 6"):
        prepare(load(broadcasting(name, [shape] * (3 if name == SELECT else 2), "int8")))


def test_a_slice_of_a_scalar_is_the_scalar() -> None:
    b = ModelBuilder("scalar")
    x, none = b.input((), scale=0.05, zero_point=5), b.constant(np.zeros(0, np.int32))
    y = b.tensor((), "int8", 0.05, 5)
    b.operator("SLICE", [x, none, none], [y])
    b.output(y)
    data = b.build()
    interpreter = Interpreter(data)
    interpreter.set_tensor(0, np.array(-6, np.int8))
    interpreter.invoke()
    (expected,) = tflm(data, [np.array(-6, np.int8)])
    assert interpreter.get_tensor(y.index) == expected == -6
