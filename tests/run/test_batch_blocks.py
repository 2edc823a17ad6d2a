"""Many samples in one native call: that it is taken where it may be, and gives the bits of one by one."""

from __future__ import annotations

import os
import threading
from typing import Any

import numpy as np
import pytest

from microinfer import Interpreter, ModelBuilder, zoo
from microinfer.kernels._jit import switched_off
from microinfer.run import helping_threads
from microinfer.run.lane import Lane, Queue

needs_machine_code = pytest.mark.skipif(switched_off(), reason="numba is switched off")


def lanes(interpreter: Interpreter) -> list[Lane]:
    assert interpreter._batch is not None
    return [lane for kept in interpreter._batch._lanes.values() for lane in kept]


def with_python(interpreter: Interpreter, x: Any) -> Any:
    """The same samples block by block in Python."""
    interpreter.run_batch(x[:1], workers=1)
    for lane in lanes(interpreter):
        lane._native = None
    y = interpreter.run_batch(x[:1], workers=1)
    assert interpreter._batch is not None
    (lane,) = lanes(interpreter)
    out = np.empty((len(x), *y.shape[1:]), y.dtype)
    for start, stop in Queue([x], [out]).blocks(lane.samples):
        lane.run([x], [out], start, stop)
    return out


def samples(name: str, count: int) -> Any:
    shape = Interpreter(zoo.load(name)).get_input_details()[0]["shape"]
    return np.random.default_rng(count).integers(-128, 128, (count, *shape[1:])).astype(np.int8)


@needs_machine_code
@pytest.mark.parametrize("name", ["digits", "ds_cnn", "autoencoder", "sine"])
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_it_is_taken_and_has_the_same_bits(name: str, workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    x = samples(name, 150)
    expected = with_python(Interpreter(zoo.load(name)), x)
    monkeypatch.setattr(Lane, "run", None)
    interpreter = Interpreter(zoo.load(name))
    for _ in range(3):
        np.testing.assert_array_equal(interpreter.run_batch(x, workers=workers), expected)
    assert all(lane._native is not None for lane in lanes(interpreter))


@needs_machine_code
def test_samples_may_lie_apart_and_backwards(monkeypatch: pytest.MonkeyPatch) -> None:
    x = samples("digits", 90)
    interpreter = Interpreter(zoo.load("digits"))
    expected = interpreter.run_batch(x)
    spread = np.zeros((90, 3, *x.shape[1:]), np.int8)
    spread[:, 1] = x
    with monkeypatch.context() as patched:
        patched.setattr(Lane, "run", None)
        np.testing.assert_array_equal(interpreter.run_batch(spread[:, 1]), expected)
        np.testing.assert_array_equal(interpreter.run_batch(x[::-1]), expected[::-1])
        same = np.broadcast_to(x[:1], x.shape)
        np.testing.assert_array_equal(
            interpreter.run_batch(same), np.broadcast_to(expected[:1], expected.shape)
        )


def test_samples_whose_bytes_are_scattered_are_taken_one_by_one() -> None:
    x = samples("digits", 70)
    interpreter = Interpreter(zoo.load("digits"))
    expected = interpreter.run_batch(x)
    scattered = np.asfortranarray(x)
    assert not scattered[0].flags.c_contiguous
    np.testing.assert_array_equal(interpreter.run_batch(scattered), expected)


@needs_machine_code
def test_several_inputs_and_outputs_of_several_types() -> None:
    builder = ModelBuilder("two")
    first = builder.input((1, 4, 3), scale=0.1)
    second = builder.input((1, 4, 3), "int16", scale=0.2)
    builder.output(builder.softmax(first))
    builder.output(builder.add(second, second, scale=0.4))
    interpreter = Interpreter(builder.build())
    random = np.random.default_rng(1)
    x = [random.integers(-100, 100, (37, 4, 3)).astype(dtype) for dtype in (np.int8, np.int16)]
    found = interpreter.run_batch(x, workers=2)
    if all(lane._native is None for lane in lanes(interpreter)):
        pytest.fail("no native call")
    for i in range(37):
        for detail, given in zip(interpreter.get_input_details(), x, strict=True):
            interpreter.set_tensor(detail["index"], given[i : i + 1])
        interpreter.invoke()
        for detail, got in zip(interpreter.get_output_details(), found, strict=True):
            np.testing.assert_array_equal(interpreter.get_tensor(detail["index"])[0], got[i])


def test_threads_are_kept_and_not_asked_for_a_little() -> None:
    x = samples("ds_cnn", 200)
    interpreter = Interpreter(zoo.load("ds_cnn"))
    for _ in range(4):
        interpreter.run_batch(x, workers=3)
    helpers = [thread for thread in threading.enumerate() if thread.name.startswith("microinfer")]
    interpreter.run_batch(x, workers=3)
    again = [thread for thread in threading.enumerate() if thread.name.startswith("microinfer")]
    assert set(helpers) <= set(again)
    assert len(again) - len(helpers) <= 2
    assert interpreter._batch is not None
    interpreter._batch._seconds = 1e-9
    before = sum(map(len, interpreter._batch._lanes.values()))
    interpreter.run_batch(x[:128], workers=2)
    assert sum(map(len, interpreter._batch._lanes.values())) <= max(before, 1)


def test_an_error_in_any_thread_is_raised_once_all_have_ended() -> None:
    stop, begun, ended = threading.Event(), threading.Barrier(3), []

    def work(number: int) -> None:
        begun.wait(10)
        if number == 1:
            raise ValueError("that one")
        if number == 2:
            assert stop.wait(10)
            ended.append(number)

    with pytest.raises(ValueError, match="that one"):
        helping_threads.in_threads(work, [0, 1, 2], stop)
    assert ended == [2]
    assert stop.is_set()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_has_threads_of_its_own() -> None:
    x = samples("digits", 200)
    interpreter = Interpreter(zoo.load("digits"))
    expected = interpreter.run_batch(x, workers=2)
    child = os.fork()
    if not child:
        same = np.array_equal(interpreter.run_batch(x, workers=2), expected)
        os._exit(0 if same else 1)
    assert os.waitpid(child, 0)[1] == 0
