"""Kernels side by side become one native call, with the order and the bits of one by one."""

from __future__ import annotations

from functools import partial
from operator import setitem
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from microinfer import zoo
from microinfer.builder import ModelBuilder
from microinfer.kernels._jit import kernel, switched_off
from microinfer.kernels.chain import chain

from support.oracle import Interpreter, tflm
from support.strategies import int8_values

pytestmark = pytest.mark.skipif(switched_off(), reason="numba is switched off")


@kernel("void(int8[::1], int8[::1])")
def next_of_each(x: Any, y: Any) -> None:
    for i in range(len(x)):
        y[i] = x[i] + 1


def add_one(x: Any, y: Any) -> Any:
    return next_of_each.bind(x, y)


def names(runs: Any) -> list[str]:
    return [run.kernel.name if hasattr(run, "kernel") else "other" for run in runs]


def test_the_whole_of_a_network_is_one_call() -> None:
    interpreter = Interpreter(zoo.load("digits"))
    assert names(interpreter._machine._joined[0]) == ["chain.walk"]
    (run,) = interpreter._machine._joined[0]
    assert len(run.runs) in (len(interpreter.steps), len(interpreter.steps) - 1)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", sorted(zoo.names()))
def test_joined_runs_compute_what_they_do_one_by_one(name: str) -> None:
    joined = Interpreter(zoo.load(name), preserve_all_tensors=True)
    single = Interpreter(zoo.load(name), preserve_all_tensors=True)
    runs, parts = single._machine.runs, single._machine._whole.parts
    single._machine._joined = tuple(runs[part.operators.start : part.operators.stop] for part in parts)
    for interpreter in (joined, single):
        for detail in interpreter.get_input_details():
            value = np.random.default_rng(3).integers(-100, 100, detail["shape"]).astype(detail["dtype"])
            interpreter.set_tensor(detail["index"], value)
        interpreter.invoke()
    for a, b in zip(joined._storage.arrays, single._storage.arrays, strict=True):
        if a is not None:
            assert_array_equal(a, b)


def test_order_is_kept_around_what_is_no_kernel() -> None:
    a, b, c, d = (np.zeros(100, np.int8) for _ in range(4))
    seen = []
    runs = [
        add_one(a, b),
        add_one(b, c),
        lambda: seen.append(int(c[0])),
        add_one(c, d),
        add_one(d, a),
        add_one(a, b),
    ]
    joined = chain(runs)
    assert names(joined) == ["chain.walk", "other", "chain.walk"]
    for _ in range(3):
        for run in joined:
            run()
    assert seen == [2, 6, 10]
    assert a.tolist() == [12] * 100
    assert b.tolist() == [13] * 100


def test_a_single_kernel_stays_itself() -> None:
    a, b = np.zeros(100, np.int8), np.zeros(100, np.int8)
    run = add_one(a, b)
    assert chain([run]) == (run,)


def test_moves_become_kernels_and_what_overlaps_does_not() -> None:
    memory = np.arange(64, dtype=np.int8)
    elsewhere = np.zeros(64, np.int8)
    moves = {
        "strided_moves.move_64": (elsewhere.reshape(8, 8), memory.reshape(8, 8)),
        "other": (memory[:40], memory[8:48]),
        "strided_moves.move_1": (elsewhere[::2], memory[::2]),
        "strided_moves.transpose_1": (elsewhere.reshape(8, 8), memory.reshape(8, 8).T),
        "nothing": (memory, memory.reshape(64)),
    }
    for said, (target, source) in moves.items():
        found = names(chain([partial(setitem, target, Ellipsis, source)]))
        assert found == ([] if said == "nothing" else [said])
    (run,) = chain([partial(setitem, elsewhere, Ellipsis, memory)])
    run()
    assert_array_equal(elsewhere, memory)


def test_a_reshape_between_layers_is_no_call_of_its_own() -> None:
    builder = ModelBuilder()
    x = builder.input((1, 4, 4, 3), scale=0.1, zero_point=2)
    weights = int8_values(np.random.default_rng(1), (4, 3, 3, 3))
    y = builder.conv_2d(x, weights, weight_scale=0.01, scale=0.1)
    y = builder.reshape(y, (1, 64))
    dense = int8_values(np.random.default_rng(2), (5, 64))
    builder.output(builder.fully_connected(y, dense, weight_scale=0.01, scale=0.1))
    model = builder.build()
    for preserve in (False, True):
        interpreter = Interpreter(model, preserve_all_tensors=preserve)
        assert names(interpreter._machine._joined[0]) == ["chain.walk"]
        value = int8_values(np.random.default_rng(0), (1, 4, 4, 3))
        interpreter.set_tensor(0, value)
        interpreter.invoke()
        found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
        assert_array_equal(found, tflm(model, [value])[0])
