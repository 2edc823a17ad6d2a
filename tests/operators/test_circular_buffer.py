"""CIRCULAR_BUFFER over many invocations against TFLM, and the runs that it ends early."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microinfer import ModelBuilder
from microinfer.model.flexbuffers import write_map

from support.data_movement import assert_refused, values
from support.oracle import ARENA_BYTES, Interpreter


def streaming(shape: tuple[int, ...], rows: int, cycles: int | None) -> bytes:
    b = ModelBuilder()
    x = b.relu(b.input(shape, "int8", 0.1, -3))
    y = b.tensor((shape[0], rows, *shape[2:]), "int8", 0.1, -3, is_variable=True)
    options = b"" if cycles is None else write_map({"cycles_max": cycles})
    b.operator("CUSTOM", [x], [y], custom_code="CIRCULAR_BUFFER", custom_options=options)
    b.output(b.relu(y))
    return b.build()


@given(
    shape=st.tuples(st.just(1), st.just(1), st.integers(1, 3), st.integers(1, 5)),
    rows=st.integers(1, 14),
    cycles=st.sampled_from((None, -1, 1, 2, 3, 5)),
    seed=st.integers(0, 2**32 - 9),
)
def test_many_invocations(shape: tuple[int, ...], rows: int, cycles: int | None, seed: int) -> None:
    from tflite_micro.python.tflite_micro import runtime

    model = streaming(shape, rows, cycles)
    every = cycles if cycles is not None and cycles > 0 else 1 if rows in (5, 13, 25) else 2
    mine = Interpreter(model, library="tflm-reference")
    theirs = runtime.Interpreter.from_bytes(model, arena_size=ARENA_BYTES)
    detail, output = mine.get_input_details()[0], mine.get_output_details()[0]["index"]
    for count in range(1, 12):
        if count == 8:
            mine.reset()
            theirs.reset()
        x = values(seed + count, shape, "int8")
        mine.set_tensor(detail["index"], x)
        mine.invoke(record=count == 9)
        theirs.set_input(x, 0)
        theirs.invoke()
        ran = (count if count < 8 else count - 7) % every == 0
        assert bool(mine.ended_at) != ran
        if ran:
            np.testing.assert_array_equal(mine.get_tensor(output), theirs.get_output(0))


def test_an_early_end_names_its_operator() -> None:
    interpreter = Interpreter(streaming((1, 1, 1, 2), 4, 2))
    detail = interpreter.get_input_details()[0]
    for place in ("subgraphs[0].operators[1]", "", "subgraphs[0].operators[1]"):
        interpreter.set_tensor(detail["index"], np.zeros((1, 1, 1, 2), np.int8))
        interpreter.invoke()
        assert interpreter.ended_at == place


def buffer(
    shape: tuple[int, ...], target: tuple[int, ...], dtype: str = "int8", **given_: Any
) -> ModelBuilder:
    b = ModelBuilder()
    x = b.input(shape, dtype, 0.1, 0)
    y = b.tensor(target, dtype, 0.1, 0, **{"is_variable": True} | given_)
    b.operator("CUSTOM", [x], [y], custom_code="CIRCULAR_BUFFER", custom_options=b"")
    b.output(y)
    return b


@pytest.mark.parametrize(
    ("builder", "message", "by_tflm"),
    [
        (buffer((1, 2, 1, 2), (1, 4, 1, 2)), "expected .batch, 1, w, c.", True),
        (buffer((1, 1, 1, 2), (1, 4, 1, 3)), "expected .batch, 1, w, c.", True),
        (buffer((1, 1, 1, 2), (1, 4, 1, 2), "int16"), "is int16", True),
        (buffer((1, 1, 1, 2), (1, 4, 1, 2), is_variable=False), "is no variable", False),
    ],
)
def test_refusals(builder: ModelBuilder, message: str, by_tflm: bool) -> None:
    assert_refused(builder, message, by_tflm=by_tflm)


FRESH = """
import pickle, sys
import numpy as np
from tflite_micro.python.tflite_micro import runtime
model, inputs, count = pickle.load(sys.stdin.buffer)
device, found = runtime.Interpreter.from_bytes(model, arena_size=1 << 20), []
for value in inputs:
    device.set_input(value, 0)
    device.invoke()
    found.append([np.array(device.get_output(place)) for place in range(count)])
sys.stdout.buffer.write(pickle.dumps(found))
"""
"""TFLM counts buffers from the start of its process."""


@pytest.mark.parametrize("before", range(6))
def test_the_fifth_buffer_that_is_2_wide_and_96_deep_runs_every_time(before: int) -> None:
    b = ModelBuilder()
    x = b.input((1, 1, 2, 96), "int8", 0.1, -3)
    made = []
    for rows in (*[2] * before, 3, 5):
        y = b.tensor((1, rows, 2, 96), "int8", 0.1, -3, is_variable=True)
        b.operator("CUSTOM", [x], [y], custom_code="CIRCULAR_BUFFER")
        made.append(b.relu(y))
    b.output(*made)
    model = b.build()
    mine = Interpreter(model, library="tflm-reference")
    inputs = list(np.random.default_rng(before).integers(-128, 128, (140, 1, 1, 2, 96), np.int8))
    ends = 0
    asked = pickle.dumps((model, inputs, len(made)))
    done = subprocess.run([sys.executable, "-c", FRESH], input=asked, capture_output=True, check=True)
    for value, expected in zip(inputs, pickle.loads(done.stdout), strict=True):
        mine.set_tensor(mine.get_input_details()[0]["index"], value)
        mine.invoke()
        if mine.ended_at:
            continue
        ends += 1
        for detail, one in zip(mine.get_output_details(), expected, strict=True):
            np.testing.assert_array_equal(mine.get_tensor(detail["index"]), one)
    assert ends == 140 >> (before if before == 4 else min(before, 4) + 1 + (before > 5))
