"""A better order and a better plan keep the bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from microinfer.memory.optimise import optimise
from microinfer.model.read import load
from microinfer.operators.prepare import prepare

from support.graphs import wide_graph
from support.oracle import Interpreter, tflm
from support.small_arenas import graphs, inputs_of, outputs, plan_of, small_model


@pytest.mark.parametrize("library", ["tflm-reference", "tflm-cmsis-nn"])
def test_optimising_moves_operators_and_keeps_the_bits(library: str) -> None:
    data = wide_graph(branches=5, size=96)
    model = load(data)
    found = optimise(model, prepare(model), library)
    assert found.moved
    assert found.plan.head_bytes < found.greedy.head_bytes
    assert found.plan.head_bytes >= found.bound_bytes
    assert found.saved_bytes > 0
    assert "moving operators saves" in found.describe()
    assert plan_of(found.data, library).min_arena_bytes == found.plan.min_arena_bytes
    inputs = inputs_of(data)
    expected = tflm(data, inputs)[0]
    np.testing.assert_array_equal(outputs(Interpreter(found.data), inputs)[0], expected)
    recording = plan_of(found.data, pointer_bytes=8).recording
    assert recording is not None
    runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime")
    smaller = runtime.Interpreter.from_bytes(found.data, arena_size=recording.min_arena_bytes)
    smaller.set_input(inputs[0], 0)
    smaller.invoke()
    np.testing.assert_array_equal(smaller.get_output(0), expected)
    stays = optimise(model, prepare(model), library, move=False)
    assert not stays.moved


def test_optimising_says_when_greedy_is_at_the_bound() -> None:
    model = load(small_model())
    found = optimise(model, prepare(model))
    assert found.saved_bytes == 0
    assert found.data == bytes(model.data)
    assert "already at the lower bound" in found.describe()


@given(graphs)
@settings(max_examples=10)
def test_optimised_random_graphs_run_in_tflite_micro(data: bytes) -> None:
    model = load(data)
    found = optimise(model, prepare(model))
    assert found.bound_bytes <= found.plan.head_bytes <= found.greedy.head_bytes
    inputs = inputs_of(data)
    count = len(model.subgraphs[0].outputs)
    for a, b in zip(tflm(data, inputs, outputs=count), tflm(found.data, inputs, outputs=count), strict=True):
        np.testing.assert_array_equal(a, b)
