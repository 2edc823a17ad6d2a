"""A model that is one kernel is called past ctypes where nothing has to be looked at, and only there."""

from __future__ import annotations

import threading
import warnings
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from microinfer import zoo
from microinfer.builder import ModelBuilder
from microinfer.errors import TurnLimitError, UnsupportedError
from microinfer.kernels._jit import switched_off
from microinfer.run.thread_turns import BRIEF, BUSY, RAN, READY

from support.oracle import Interpreter, tflm

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


def settled(model: bytes, *values: NDArray[Any]) -> Any:
    """An interpreter that has run with these inputs, and whose next run asks nobody."""
    interpreter = Interpreter(model, preserve_all_tensors=True)
    put(interpreter, *values)
    interpreter.invoke()
    if interpreter._run_settled is bool:
        pytest.skip("this Python has no such call")
    return interpreter


def put(interpreter: Any, *values: NDArray[Any]) -> None:
    for detail, value in zip(interpreter.get_input_details(), values, strict=False):
        interpreter.set_tensor(detail["index"], value)


def made(interpreter: Any) -> NDArray[Any]:
    found: NDArray[Any] = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    return found


def eight(value: float) -> NDArray[np.float32]:
    return np.full((1, 8), value, np.float32)


def rounded_quotients() -> bytes:
    """What stands behind an operator that looks at its divisors runs in the same call."""
    builder = ModelBuilder()
    x, y = builder.input((1, 8), "float32"), builder.input((1, 8), "float32")
    builder.output(builder.neg(builder.floor_div(x, y)))
    return bytes(builder.build())


def test_a_run_that_may_be_refused_asks_nobody_either() -> None:
    interpreter = settled(rounded_quotients(), eight(3), eight(2))
    put(interpreter, eight(9))
    assert interpreter._run_settled() is None
    assert_array_equal(made(interpreter), eight(-4))


def test_a_refused_run_is_refused_there_and_has_not_run() -> None:
    interpreter = settled(rounded_quotients(), eight(3), eight(2))
    divisors = eight(2)
    divisors[0, 5] = 0
    state = interpreter._turns.state
    for _ in range(3):
        put(interpreter, eight(9), divisors)
        with pytest.raises(UnsupportedError, match=r"FLOOR_DIV: inputs\[1\] .* holds a zero"):
            interpreter._run_settled()
        assert state[RAN] == state[READY] == state[BUSY] == 0
        assert interpreter._run_settled() is False
        with pytest.raises(UnsupportedError, match="holds a zero"):
            interpreter.invoke()
        assert_array_equal(made(interpreter), eight(-1))
        put(interpreter, eight(3), eight(2))
        interpreter.invoke()
        assert_array_equal(made(interpreter), eight(-1))


def test_a_run_that_ends_early_says_where_and_the_next_one_does_not() -> None:
    builder = ModelBuilder()
    x = builder.input((1, 1, 2, 4), scale=0.1, zero_point=0)
    builder.output(builder.relu(builder.circular_buffer(x, 3, cycles=2), scale=0.1, zero_point=0))
    interpreter = settled(bytes(builder.build()), np.full((1, 1, 2, 4), 1, np.int8))
    assert interpreter.ended_at == "subgraphs[0].operators[0]"
    direct, ended = 0, []
    for value in range(2, 10):
        put(interpreter, np.full((1, 1, 2, 4), value, np.int8))
        direct += interpreter._run_settled() is None or interpreter.invoke() is not None
        ended.append(bool(interpreter.ended_at))
        rows = [value - 2, value - 1, value] if value % 2 == 0 else [value - 3, value - 2, value - 1]
        assert made(interpreter)[0, :, 0, 0].tolist() == [max(row, 0) for row in rows]
    assert ended == [False, True] * 4
    assert direct


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


def branching() -> bytes:
    builder = ModelBuilder()
    then, otherwise = builder.subgraph("then"), builder.subgraph("otherwise")
    value = then.input((1, 8), "float32")
    then.output(then.neg(then.add(value, value)))
    value = otherwise.input((1, 8), "float32")
    otherwise.output(value)
    flag, x = builder.input((), "bool"), builder.input((1, 8), "float32")
    builder.output(builder.neg(*builder.if_else(flag, then, otherwise, [x])))
    return bytes(builder.build())


def test_either_side_of_a_branch_asks_nobody() -> None:
    model = branching()
    interpreter = settled(model, np.array(True), eight(3))
    for value, flag in ((1, True), (2, False), (3, True), (4, False)):
        put(interpreter, np.array(flag), eight(value))
        assert interpreter._run_settled() is None
        assert_array_equal(made(interpreter), tflm(model, [np.array(flag), eight(value)])[0])


def turning(limit: float) -> bytes:
    """Adds 2 until the first of the sums is as large, and multiplies by 3 behind that."""
    builder = ModelBuilder()
    condition, body = builder.subgraph("condition"), builder.subgraph("body")
    value = condition.input((1, 8), "float32")
    first = condition.slice(value, [0, 0], [1, 1])
    condition.output(condition.compare("LESS", first, condition.constant(np.array([[limit]], np.float32))))
    value = body.input((1, 8), "float32")
    body.output(body.add(value, body.constant(eight(2))))
    (y,) = builder.while_loop(condition, body, [builder.input((1, 8), "float32")])
    builder.output(builder.mul(y, builder.constant(eight(3))))
    return bytes(builder.build())


def test_a_loop_asks_nobody_and_turns_as_often() -> None:
    model = turning(50)
    interpreter = settled(model, eight(1))
    for value in (0, 49.5, 70, -300):
        put(interpreter, eight(value))
        assert interpreter._run_settled() is None
        assert_array_equal(made(interpreter), tflm(model, [eight(value)])[0])


def test_a_loop_without_end_is_refused_by_machine_code_too() -> None:
    interpreter = Interpreter(turning(1e30), preserve_all_tensors=True, max_turns=40)
    put(interpreter, eight(2e30))
    interpreter.invoke()
    for _ in range(2):
        put(interpreter, eight(1))
        with pytest.raises(TurnLimitError, match=r"operators\[0\].*loops turned 40 times"):
            interpreter.invoke()
        put(interpreter, eight(2e30))
        interpreter.invoke()
        assert interpreter._turns.state[READY] == 1


def test_a_loop_is_never_brief() -> None:
    interpreter = settled(turning(50), eight(1))
    put(interpreter, eight(1))
    interpreter._turns.state[BRIEF] = 1
    assert interpreter._run_settled() is None
    assert interpreter._turns.state[BRIEF] == 0
