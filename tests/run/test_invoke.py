"""`Interpreter.invoke` is a built-in function where a model is one kernel, and nobody sees a difference."""

from __future__ import annotations

import gc
import inspect
import weakref
from typing import Any

import numpy as np
import pytest

from microinfer.builder import ModelBuilder
from microinfer.kernels._jit import switched_off
from microinfer.run.interpreter import _INVOKE
from microinfer.run.thread_turns import BRIEF, RAN

from support.oracle import Interpreter

pytestmark = pytest.mark.skipif(switched_off(), reason="numba is switched off")


def doubled(kind: Any = Interpreter) -> Any:
    builder = ModelBuilder()
    x = builder.input((1, 40), scale=0.1)
    builder.output(builder.add(x, x, scale=0.1))
    return kind(builder.build(), preserve_all_tensors=True)


def as_built_in() -> Any:
    """An interpreter of which `invoke` is no function of Python's, and has run."""
    interpreter = doubled()
    if not inspect.isbuiltin(interpreter.invoke):
        pytest.skip("this Python has no such call")
    interpreter.invoke()
    return interpreter


def test_invoke_is_a_built_in_that_looks_like_the_method_that_it_stands_for() -> None:
    interpreter = as_built_in()
    assert str(inspect.signature(interpreter.invoke)) == "(*, record=False)"
    assert inspect.getdoc(interpreter.invoke) == inspect.getdoc(_INVOKE)
    with pytest.raises(TypeError, match="takes 1 positional argument but 2 were given"):
        interpreter.invoke(True)
    with pytest.raises(TypeError, match="unexpected keyword argument 'recorded'"):
        interpreter.invoke(recorded=True)


def test_a_built_in_invoke_runs_at_once_or_asks_python() -> None:
    interpreter = as_built_in()
    state = interpreter._turns.state
    assert interpreter.invoke() is None
    assert state[RAN] == 1, "machine code has run it, and nobody has looked since"
    interpreter.invoke(record=True)
    assert state[RAN] == 0
    assert interpreter.recorded_crc32 is not None
    interpreter.invoke()
    assert interpreter.recorded_crc32 is None
    assert type(interpreter).invoke(interpreter) is None
    assert state[RAN] == 1


def test_who_makes_invoke_another_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []

    class Counting(type(as_built_in())):  # type: ignore[misc]
        def invoke(self, *, record: bool = False) -> None:
            seen.append(record)
            super().invoke(record=record)

    counting = doubled(Counting)
    for value in (1, 2, 3):
        counting.set_tensor(0, np.full((1, 40), value, np.int8))
        counting.invoke()
        assert counting.get_tensor(1).tolist() == [[2 * value] * 40]
    assert seen == [False] * 3
    monkeypatch.setattr(Interpreter, "invoke", lambda self: seen.append(True))
    doubled().invoke()
    assert seen == [False] * 3 + [True]


def test_a_built_in_invoke_keeps_no_interpreter_alive() -> None:
    interpreter = as_built_in()
    held = weakref.ref(interpreter)
    gc.disable()
    try:
        interpreter.invoke()
        del interpreter
        assert held() is None
    finally:
        gc.enable()


def test_other_threads_get_a_turn_in_a_run_that_is_not_brief() -> None:
    interpreter = as_built_in()
    for brief in (0, 1):
        interpreter._turns.state[BRIEF] = brief
        interpreter.set_tensor(0, np.full((1, 40), 9, np.int8))
        interpreter.invoke()
        assert interpreter._turns.state[BRIEF] == brief
        assert interpreter.get_tensor(1).tolist() == [[18] * 40]
