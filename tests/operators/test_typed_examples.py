"""Every operator that takes float32 or int16, by its row's example drawn of that type: TFLM's bits."""

from __future__ import annotations

import os

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from microinfer import ModelBuilder
from microinfer.operators.example import Draw
from microinfer.operators.registry import rows
from microinfer.operators.spec import Spec

from support.golden_plan import drawn_values
from support.oracle import Interpreter, tflm

NOT_DRAWN = {"float32": {"FILL", "SVDF"}, "int16": {"DYNAMIC_UPDATE_SLICE", "RSQRT"}}
"""RSQRT takes half the numbers of int16."""
CASES = [
    pytest.param(spec, dtype, id=f"{spec.name}-{dtype}")
    for dtype, without in NOT_DRAWN.items()
    for spec in rows()
    if dtype in spec.types and not spec.custom and spec.name not in without
]

C_LIBRARY = {("UNIDIRECTIONAL_SEQUENCE_LSTM", "float32")}
"""Compiled kernels call the C library's float32 functions; Python's own are those of float64, rounded."""


@pytest.mark.kernels
@pytest.mark.parametrize(("spec", "dtype"), CASES)
def test_examples_of_the_type_run_as_in_tflm(spec: Spec, dtype: str) -> None:
    if (spec.name, dtype) in C_LIBRARY and os.environ.get("NUMBA_DISABLE_JIT"):
        pytest.skip("without numba's compiler exponentials are not the C library's")
    for seed in range(4):
        generator = np.random.default_rng(seed)
        draw = Draw(ModelBuilder(spec.name.lower()), generator, dtype)
        made = spec.example(draw)
        draw.b.output(*(made if isinstance(made, tuple) else (made,)))
        model = draw.b.build()
        interpreter = Interpreter(model)
        step = next(one for one in reversed(interpreter.steps) if one.name == spec.name)
        data = step.node.inputs[spec.data_input]
        assert data is not None
        assert data.dtype == dtype
        details, outputs = interpreter.get_input_details(), interpreter.get_output_details()
        inputs = [drawn_values(generator, tuple(d["shape"]), np.dtype(d["dtype"])) for d in details]
        for detail, value in zip(details, inputs, strict=True):
            interpreter.set_tensor(detail["index"], value)
        interpreter.invoke()
        for detail, expected in zip(outputs, tflm(model, inputs, outputs=len(outputs)), strict=True):
            assert_array_equal(interpreter.get_tensor(detail["index"]), expected, strict=True)


def test_nearly_all_are_drawn() -> None:
    """Who can be drawn of a type does not stand among those that cannot for ever."""
    assert len(CASES) > 120
    for dtype, without in NOT_DRAWN.items():
        assert without <= {spec.name for spec in rows() if dtype in spec.types}
