"""What is looked up for many elements is what is computed for few; what is refused stays in machine code."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from microinfer.builder import ModelBuilder
from microinfer.errors import UnsupportedError
from microinfer.kernels import division, softmax
from microinfer.kernels._jit import switched_off
from microinfer.kernels.chain import chain

from support.oracle import Interpreter, tflm

pytestmark = pytest.mark.skipif(switched_off(), reason="numba is switched off")


def quotient(size: int, dtype: str = "int8") -> bytes:
    builder = ModelBuilder()
    quantized = {"scale": 0.05, "zero_point": 3} if dtype == "int8" else {}
    made = {"scale": 0.1, "zero_point": -7} if dtype == "int8" else {}
    x, y = builder.input((1, size), dtype, **quantized), builder.input((1, size), dtype, **quantized)
    builder.output(builder.div(x, y, **made))
    return bytes(builder.build())


def run(model: bytes, values: list[Any]) -> tuple[Any, Any]:
    interpreter = Interpreter(model, preserve_all_tensors=True)
    for detail, value in zip(interpreter.get_input_details(), values, strict=True):
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    return interpreter, interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


def test_every_quotient_of_int8_is_looked_up() -> None:
    each = np.arange(-128, 128).astype(np.int8)
    divisors = each[each != 3]
    x, y = (one.reshape(1, -1) for one in (np.repeat(each, len(divisors)), np.tile(divisors, len(each))))
    interpreter, found = run(quotient(x.size), [x, y])
    assert any(r.kernel is division.look_up_pairs for r in interpreter._runs[0].members[:-1])
    assert_array_equal(found, tflm(quotient(x.size), [x, y])[0])
    few = slice(0, 1000)
    few_interpreter, some = run(quotient(1000), [x[:, few], y[:, few]])
    assert any(r.kernel is division.divide_int8 for r in few_interpreter._runs[0].members[:-1])
    assert_array_equal(some, found[:, few])


def test_quotients_of_int32_have_their_extremes() -> None:
    numbers = [-(2**31), -(2**31) + 1, -7, -2, -1, 1, 2, 3, 46341, 2**31 - 1]
    each = np.array(numbers, np.int32)
    x, y = (one.reshape(1, -1) for one in (np.repeat(each, len(each)), np.tile(each, len(each))))
    quotients = np.trunc(x.astype(np.float64) / y).astype(np.int64).astype(np.int32)
    _, found = run(quotient(x.size, "int32"), [x, y])
    assert_array_equal(found, quotients)


@pytest.mark.parametrize("dtype", ["int8", "int32"])
def test_a_refused_run_is_machine_code_and_one_look(dtype: str) -> None:
    model = quotient(5, dtype)
    zero = 3 if dtype == "int8" else 0
    interpreter, _ = run(model, [np.full((1, 5), 9, dtype), np.full((1, 5), 5, dtype)])
    joined, look = chain(interpreter._runs)
    assert joined.kernel is not None
    assert not hasattr(look, "kernel")
    interpreter.set_tensor(interpreter.get_input_details()[1]["index"], np.array([[1, 2, 4, 5, zero]], dtype))
    with pytest.raises(UnsupportedError, match="holds a zero"):
        interpreter.invoke()
    interpreter.set_tensor(interpreter.get_input_details()[1]["index"], np.full((1, 5), 5, dtype))
    interpreter.invoke()


@pytest.mark.parametrize("scale", [1e-5, 0.0005, 0.1])
@pytest.mark.parametrize("depth", [16, 1000])
def test_powers_of_int16_are_looked_up(scale: float, depth: int) -> None:
    values = np.random.default_rng(1).integers(-32768, 32768, (4000 // depth + 1, depth)).astype(np.int16)

    def model(rows: int) -> bytes:
        builder = ModelBuilder()
        builder.output(builder.softmax(builder.input((rows, depth), "int16", scale=scale, zero_point=0)))
        return bytes(builder.build())

    many = model(len(values))
    interpreter, found = run(many, [values])
    assert interpreter._runs[0].kernel is softmax.softmax_by_powers
    assert_array_equal(found, tflm(many, [values])[0])
    few, some = run(model(1), [values[:1]])
    assert few._runs[0].kernel is softmax.softmax_of_int16
    assert_array_equal(some, found[:1])
