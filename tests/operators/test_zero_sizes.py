"""Tensors of no elements: TFLM's answer or a refusal of ours, never another exception."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microinfer import ModelBuilder, UnsupportedError
from microinfer.errors import ModelError
from microinfer.model.read import load
from microinfer.operators.prepare import prepare
from microinfer.parts.profile import load_profile
from microinfer.timing.prices import estimate

from support.oracle import Interpreter, tflm
from support.single_operators import OPERATORS

LIBRARIES = ("bare-c", "tflm-reference", "tflm-cmsis-nn")
PROFILES = [load_profile(name) for name in ("cortex-m4", "cortex-m0plus", "arduino-uno")]


def emptied(name: str, seed: int) -> bytes:
    """The operator's model with a size of 0 here and there, constants cut to their new shapes."""
    rng = np.random.default_rng(seed)
    b = ModelBuilder("empty")
    b.output(OPERATORS[name](b, b.input((1, 4, 4, 3), scale=0.05, zero_point=5)))
    axis, constants = int(rng.integers(4)), rng.random() < 0.3
    for record in b._tensors:
        if not record.shape or (record.buffer is not None and not constants) or rng.random() < 0.15:
            continue
        shape = list(record.shape)
        shape[axis if axis < len(shape) and rng.random() < 0.8 else int(rng.integers(len(shape)))] = 0
        record.shape = tuple(shape)
        if record.buffer is not None:
            record.buffer = b""
    return b.build()


@given(name=st.sampled_from(sorted(OPERATORS)), seed=st.integers(0, 1 << 30))
def test_every_operator_runs_as_tflm_or_is_refused(name: str, seed: int) -> None:
    data = emptied(name, seed)
    try:
        model = load(data)
        steps = prepare(model)
    except ModelError:
        return
    for profile in PROFILES:
        for library in LIBRARIES:
            assert len(estimate(steps, profile, library)) == len(steps)
    interpreter = Interpreter(model)
    rng = np.random.default_rng(seed)
    subgraph = model.subgraphs[0]
    inputs: list[Any] = []
    for index in subgraph.inputs:
        tensor = subgraph.tensors[index]
        inputs.append(rng.integers(-100, 100, tensor.shape).astype(tensor.dtype))
        interpreter.set_tensor(index, inputs[-1])
    interpreter.invoke()
    expected = tflm(data, inputs, outputs=len(subgraph.outputs))
    for index, wanted in zip(subgraph.outputs, expected, strict=True):
        found = interpreter.get_tensor(index)
        assert found.shape == wanted.shape
        assert np.array_equal(found, wanted)


@pytest.mark.parametrize("operator", ["MEAN", "SUM", "REDUCE_MAX"])
def test_a_reduction_over_nothing_is_tflms(operator: str) -> None:
    b = ModelBuilder("nothing")
    x = b.input((2, 0, 3), scale=0.05, zero_point=5)
    y = b.tensor((2, 3), "int8", 0.05, 5)
    b.operator(operator, [x, b.constant(np.array([1], np.int32))], [y], {"keep_dims": False})
    b.output(y)
    data = b.build()
    interpreter = Interpreter(data)
    interpreter.invoke()
    expected = tflm(data, [np.zeros((2, 0, 3), np.int8)])
    assert np.array_equal(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]), expected[0])


@pytest.mark.parametrize("shape", [(2, 0), (0, 3), (0, 0)])
def test_an_output_without_elements_is_refused_as_tflm_refuses_it(shape: tuple[int, ...]) -> None:
    b = ModelBuilder("empty")
    x = b.input(shape, scale=0.05, zero_point=5)
    b.output(b.relu(x))
    data = b.build()
    with pytest.raises(UnsupportedError, match="expected none of 0"):
        prepare(load(data))
    with pytest.raises(RuntimeError):
        tflm(data, [np.zeros(shape, np.int8)])


@pytest.mark.kernels
@pytest.mark.parametrize(
    "name", ["softmax", "log_softmax", "l2_normalization", "logistic", "tanh", "exp", "elu"]
)
def test_a_row_of_no_reals_is_nothing(name: str) -> None:
    b = ModelBuilder("nothing")
    b.output(getattr(b, name)(b.input((0,), "float32")))
    model = b.build()
    interpreter = Interpreter(model)
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    np.testing.assert_array_equal(found, *tflm(model, [found]), strict=True)
    assert np.asarray(Interpreter(model).run_batch(np.zeros((3, 0), np.float32))).shape == (3, 0)
