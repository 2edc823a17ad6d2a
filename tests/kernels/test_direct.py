"""A model that is one kernel is called past ctypes where nothing has to be looked at, and only there."""

from __future__ import annotations

import threading
import warnings
from typing import Any

import numpy as np
import pytest

from microinfer import zoo
from microinfer.builder import ModelBuilder
from microinfer.kernels._jit import switched_off
from microinfer.run.thread_turns import BUSY, RAN, READY

from support.oracle import Interpreter

pytestmark = pytest.mark.skipif(switched_off(), reason="numba is switched off")


def doubled() -> Any:
    builder = ModelBuilder()
    x = builder.input((1, 40), scale=0.1)
    builder.output(builder.add(x, x, scale=0.1))
    return Interpreter(builder.build(), preserve_all_tensors=True)


def test_a_second_run_asks_nobody_and_computes_the_same() -> None:
    interpreter = doubled()
    if interpreter._run_settled is bool:
        pytest.skip("this Python has no such call")
    assert interpreter._run_settled() is False, "nothing has run yet"
    interpreter.set_tensor(0, np.full((1, 40), 3, np.int8))
    interpreter.invoke()
    for value in (5, -7):
        interpreter.set_tensor(0, np.full((1, 40), value, np.int8))
        assert interpreter._run_settled() is None
        assert interpreter._turns.state[RAN] == 1
        assert interpreter.get_tensor(1).tolist() == [[2 * value] * 40]
        assert interpreter._turns.state[RAN] == 0


def test_it_is_not_taken_by_another_thread() -> None:
    interpreter = doubled()
    interpreter.invoke()
    if interpreter._run_settled is bool:
        pytest.skip("this Python has no such call")
    seen: list[object] = []
    thread = threading.Thread(target=lambda: seen.append(interpreter._run_settled()))
    thread.start()
    thread.join()
    assert seen == [False]
    assert interpreter._run_settled() is None


def test_who_comes_while_it_runs_is_refused() -> None:
    interpreter = doubled()
    interpreter.invoke()
    interpreter._turns.state[BUSY] = 1
    with pytest.raises(Exception, match="another thread is using this Interpreter now"):
        interpreter.get_tensor(1)
    interpreter._turns.state[BUSY] = 0
    interpreter.get_tensor(1)


def test_inputs_that_a_run_overwrites_are_told_of_every_time() -> None:
    interpreter = Interpreter(zoo.load("digits"))
    (detail,) = interpreter.get_input_details()
    value = np.zeros(detail["shape"], detail["dtype"])
    for _ in range(3):
        interpreter.set_tensor(detail["index"], value)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            interpreter.invoke()
        assert interpreter._turns.state[READY] == 0
        with pytest.warns(UserWarning, match="was overwritten"):
            interpreter.invoke()


def test_a_recorded_run_is_forgotten_by_the_next() -> None:
    interpreter = doubled()
    interpreter.invoke()
    interpreter.invoke(record=True)
    assert interpreter.recorded_crc32 is not None
    interpreter.invoke()
    assert interpreter.recorded_crc32 is None


def test_what_is_said_of_an_overwritten_input_is_made_once() -> None:
    interpreter = Interpreter(zoo.load("digits"))
    interpreter.invoke()
    said = []
    for _ in range(2):
        with pytest.warns(UserWarning, match=r"^input '.*' was overwritten"):
            interpreter.invoke()
        said.append(interpreter._warned_of[1])
    assert said[0] is said[1]
