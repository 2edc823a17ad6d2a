"""What the tests of operators that only move elements share: shapes, values, and agreement with TFLM."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from microinfer.builder import ModelBuilder
from microinfer.errors import UnsupportedError

from support.oracle import Interpreter, tflm

SCALE, ZERO_POINT = 0.1, -3


def quantization(dtype: str) -> dict[str, Any]:
    """Arguments of a builder's tensor: movement never looks at the numbers but where TFLM compares them."""
    if dtype in ("int8", "int16"):
        return {"scale": SCALE, "zero_point": ZERO_POINT if dtype == "int8" else 0}
    return {}


def values(seed: int, shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
    """Random bits of the type's whole range; floats are finite, so that they compare equal to themselves."""
    generator = np.random.default_rng(seed)
    if dtype == "bool":
        return generator.integers(0, 2, shape).astype(bool)
    if dtype == "float32":
        return generator.standard_normal(shape).astype(np.float32)
    limits = np.iinfo(dtype)
    return generator.integers(limits.min, limits.max, shape, dtype, endpoint=True)


def shapes(min_rank: int = 1, max_rank: int = 4, max_size: int = 7) -> st.SearchStrategy[tuple[int, ...]]:
    return st.lists(st.integers(1, max_size), min_size=min_rank, max_size=max_rank).map(tuple)


def assert_agrees(builder: ModelBuilder, *inputs: NDArray[Any], outputs: int = 1) -> None:
    """Every output of the model has TFLM's bits, shape and type."""
    model = builder.build()
    expected = tflm(model, inputs, outputs=outputs)
    interpreter = Interpreter(model)
    for detail, value in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    for detail, wanted in zip(interpreter.get_output_details(), expected, strict=True):
        found = interpreter.get_tensor(detail["index"])
        assert (found.shape, found.dtype) == (wanted.shape, wanted.dtype)
        assert_array_equal(found, wanted)


def assert_refused(builder: ModelBuilder, message: str, *, by_tflm: bool = True) -> None:
    """We refuse the model in these words; so does TFLM while it prepares, unless it reads out of bounds."""
    model = builder.build()
    with pytest.raises(UnsupportedError, match=message) as caught:
        Interpreter(model)
    assert caught.value.place == "subgraphs[0].operators[0]"
    if by_tflm:
        with pytest.raises(RuntimeError):
            tflm(model, [])
