"""An input of two that broadcasts along the first dimensions begins again at its end, with TFLM's bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from microinfer.builder import ModelBuilder
from microinfer.operators.add import PERIOD, flat_operands

from support.oracle import Interpreter, tflm

SHAPES = (
    ((1, 8, 8, 16), (16,)),
    ((1, 8, 8, 16), (1, 1, 8, 16)),
    ((1, 8, 8, 16), ()),
    ((1, 8, 8, 16), (1, 8, 8, 1)),
    ((1, 8, 8, 16), (1, 8, 1, 16)),
    ((3, 1, 5), (1, 4, 1)),
    ((1009, 3), (3,)),
    ((2, 7, 3), (7, 3)),
    ((4, 1, 2500), (2500,)),
)


@pytest.mark.parametrize("dtype", ["float32", "int32"])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_bits_of_what_broadcasts(shapes: Any, turned: bool, dtype: str) -> None:
    rng = np.random.default_rng(3)
    values = [rng.integers(-40, 41, shape).astype(dtype) for shape in (shapes[::-1] if turned else shapes)]
    for name in ("sub", "mul", "LESS_EQUAL"):
        builder = ModelBuilder()
        inputs = [builder.input(value.shape, dtype) for value in values]
        made = builder.compare(name, *inputs) if name.isupper() else getattr(builder, name)(*inputs)
        builder.output(made)
        model = bytes(builder.build())
        interpreter = Interpreter(model, preserve_all_tensors=True)
        for _ in range(2):
            for detail, value in zip(interpreter.get_input_details(), values, strict=True):
                interpreter.set_tensor(detail["index"], value)
            interpreter.invoke()
        (detail,) = interpreter.get_output_details()
        assert_array_equal(interpreter.get_tensor(detail["index"]), tflm(model, values)[0])


@pytest.mark.parametrize(
    ("shapes", "elements"),
    [
        (((1, 8, 64, 16), (16,)), PERIOD[1]),
        (((1, 8, 64, 16), ()), PERIOD[1]),
        (((1, 8, 8, 16), (16,)), 8 * 8 * 16),
        (((1009, 3), (3,)), 1009 * 3),
        (((4, 1, 2500), (2500,)), 2500),
        (((1, 8, 8, 16), (1, 8, 8, 1)), 8 * 8 * 16),
    ],
    ids=str,
)
def test_what_is_repeated_is_not_laid_out_in_full(shapes: Any, elements: int) -> None:
    first, second = (np.zeros(shape, np.float32) for shape in shapes)
    operands, copy = flat_operands([first, second], np.zeros_like(first), repeating=True)
    assert [one.size for one in operands] == [first.size, elements]
    assert copy is not None
    operands, _ = flat_operands([first, second], np.zeros_like(first))
    assert [one.size for one in operands] == [first.size] * 2
