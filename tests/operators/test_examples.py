"""Every operator by the examples that its row draws: bits as TFLM's, then plan, price, check and report."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from microinfer.checks import check
from microinfer.memory.planning import plan_memory
from microinfer.model.read import load
from microinfer.operators.prepare import prepare
from microinfer.operators.registry import rows
from microinfer.operators.spec import Spec
from microinfer.parts.profile import load_profile
from microinfer.timing.prices import estimate

from support.oracle import Interpreter, tflm
from support.single_operators import drawn_model

SEEDS = (1, 2)
every = pytest.mark.parametrize("spec", rows(), ids=lambda spec: spec.name)


def drawn(spec: Spec, seed: int) -> bytes:
    return drawn_model(spec.name, seed)


def values(detail: dict[str, Any], generator: np.random.Generator) -> Any:
    shape, dtype = tuple(detail["shape"]), np.dtype(detail["dtype"])
    if dtype.kind == "f":
        return (4 * generator.standard_normal(shape)).astype(dtype)
    if dtype.kind == "b":
        return generator.integers(0, 2, shape).astype(bool)
    limits = np.iinfo(dtype)
    return generator.integers(limits.min, limits.max, shape, dtype, endpoint=True)


@every
@pytest.mark.kernels
def test_examples_run_as_in_tflm(spec: Spec) -> None:
    for seed in SEEDS:
        model = drawn(spec, seed)
        interpreter = Interpreter(model)
        generator = np.random.default_rng(seed)
        inputs = [values(detail, generator) for detail in interpreter.get_input_details()]
        for detail, value in zip(interpreter.get_input_details(), inputs, strict=True):
            interpreter.set_tensor(detail["index"], value)
        interpreter.invoke()
        assert spec.name in {one["operator"] for one in interpreter.report().to_dict()["operators"]}
        outputs = interpreter.get_output_details()
        wanted = tflm(model, inputs, outputs=len(outputs))
        for detail, expected in zip(outputs, wanted, strict=True):
            assert_array_equal(interpreter.get_tensor(detail["index"]), expected, strict=True)


@every
def test_examples_are_what_the_row_says(spec: Spec) -> None:
    for seed in SEEDS:
        model = load(drawn(spec, seed))
        steps = prepare(model)
        assert len(steps) == 1 or model.subgraphs[1:]
        step = next(step for step in steps if step.name == spec.name)
        assert type(step.geometry) is spec.geometry
        if spec.types and step.node.outputs and not model.subgraphs[1:]:
            data = step.node.inputs[spec.data_input]
            assert data is not None
            assert step.node.outputs[0].dtype in spec.types[data.dtype]
        part = load_profile("cortex-m4")
        plan = plan_memory(model, steps, part.library, part.target)
        assert plan.min_arena_bytes > 0
        (cost,) = estimate((step,), part, part.library)
        assert cost.note if cost.cycles is None else cost.cycles > 0


@every
def test_examples_can_be_checked(spec: Spec) -> None:
    """Perhaps, where the libraries differ in what they compute, as of the LSTM's second run."""
    report = check(drawn(spec, SEEDS[0]))
    assert report.verdict in {"yes", "perhaps"}
