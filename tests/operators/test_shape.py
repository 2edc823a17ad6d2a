"""SHAPE against TFLM, and the operators that converters put behind it where the batch was left open."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder
from microinfer.checks import check
from microinfer.model.read import load
from microinfer.operators.prepare import prepare
from microinfer.parts.profile import load_profile
from microinfer.timing.prices import estimate
from microinfer.validation.shadow import Shadow

from support.data_movement import assert_agrees, assert_refused, quantization, shapes, values
from support.open_network import flattened, network
from support.oracle import Interpreter, tflm

SEEDS = st.integers(0, 2**32 - 1)


def shape(source: tuple[int, ...], target: tuple[int, ...], dtype: str = "int8", to: str = "int32") -> Any:
    builder = ModelBuilder()
    x = builder.input(source, dtype, **quantization(dtype))
    y = builder.tensor(target, to)
    builder.operator("SHAPE", [x], [y], {"out_type": to})
    builder.output(y)
    return builder


@given(source=shapes(0, 6), dtype=st.sampled_from(("int8", "int16", "int32", "float32", "bool")), seed=SEEDS)
def test_shape(source: tuple[int, ...], dtype: str, seed: int) -> None:
    if not source:
        source = (1,)
    assert_agrees(shape(source, (len(source),), dtype), values(seed, source, dtype))


@given(source=shapes(2, 4, 5), seed=SEEDS)
def test_an_open_flatten(source: tuple[int, ...], seed: int) -> None:
    b = ModelBuilder()
    x = b.input(source, **quantization("int8"))
    b.output(flattened(b, x))
    assert_agrees(b, values(seed, source, "int8"))


def test_a_network_with_an_open_batch() -> None:
    data = network()
    interpreter = Interpreter(data)
    assert set(interpreter.operators) >= {"SHAPE", "STRIDED_SLICE", "PACK", "RESHAPE"}
    detail = interpreter.get_input_details()[0]
    samples = np.random.default_rng(0).integers(-128, 128, (9, 6, 6, 2), np.int8)
    expected = [tflm(data, [sample[None]])[0] for sample in samples]
    for sample, wanted in zip(samples, expected, strict=True):
        interpreter.set_tensor(detail["index"], sample[None])
        interpreter.invoke()
        found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
        np.testing.assert_array_equal(found, wanted)
    batch = interpreter.run_batch(samples)
    np.testing.assert_array_equal(batch, np.concatenate(expected))
    assert interpreter._batch is not None
    assert interpreter._batch.samples_at_once(64, 1) > 1


def test_real_numbers_pass_the_chain() -> None:
    interpreter = Interpreter(network())
    shadow = Shadow(interpreter.model)
    assert not shadow.missing
    values = shadow.run([np.ones((1, 6, 6, 2))])
    assert values[interpreter.subgraph.outputs[0]].sum() == pytest.approx(1.0)


def test_the_check_notes_it_and_says_yes() -> None:
    report = check(network())
    assert report.verdict == "yes"
    (found,) = (finding for finding in report.findings if finding.rule == "shape-operator")
    assert found.severity == "note"
    assert "SHAPE, STRIDED_SLICE, PACK cost code" in found.cause


def test_its_time_is_told() -> None:
    steps = prepare(load(network()))
    for library in ("tflm-reference", "tflm-cmsis-nn"):
        costs = estimate(steps, load_profile("cortex-m4"), library)
        found = next(cost for cost, step in zip(costs, steps, strict=True) if step.name == "SHAPE")
        assert found.cycles is not None
        assert not found.provisional


def test_refusals() -> None:
    """TFLM looks at the type when it runs, and at the output's size never."""
    assert_refused(shape((2, 3), (3,)), r"shape \(3,\), expected \(2,\)", by_tflm=False)
    assert_refused(shape((2, 3), (2,), to="int64"), "is int64, expected int32")
