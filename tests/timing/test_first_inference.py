"""What runs once is part of the first inference's time, and of no later one's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from microinfer import Interpreter, ModelBuilder, check

from support.commands import call, json_of


def counter() -> bytes:
    """A sum that goes on, begun by a subgraph that runs once."""
    b = ModelBuilder("sum")
    x = b.input((1, 64), "float32")
    start = b.subgraph("start")
    start.assign_variable(start.variable("sum"), start.exp(start.constant(np.ones((1, 64), np.float32))))
    b.call_once(start)
    held = b.variable("sum")
    y = b.add(x, b.read_variable(held, like=x))
    b.assign_variable(held, y)
    b.output(y)
    return b.build()


def run(interpreter: Interpreter) -> None:
    interpreter.set_tensor(interpreter.subgraph.inputs[0], np.ones((1, 64), np.float32))
    interpreter.invoke(record=True)


def test_a_call_that_was_made_costs_a_look_at_a_flag() -> None:
    """Counted under QEMU at -O2: 550 cycles in the first inference, 104 in later ones."""
    report = Interpreter(counter(), "cortex-m4").report()
    call = next(one for one in report.operators if one.operator == "CALL_ONCE")
    assert call.cycles_low is not None
    assert call.cycles_high is not None
    assert call.cycles_low <= 104 <= call.cycles_high
    assert not sum(one.cycles or 0 for one in report.operators if one.operator == "EXP")


@pytest.mark.parametrize("part", ["cortex-m4", "cortex-m0plus", "esp32"])
def test_the_first_inference_is_told_apart(part: str) -> None:
    interpreter = Interpreter(counter(), part)
    run(interpreter)
    report = interpreter.report()
    assert report.with_input_is_first
    assert report.time_first is not None
    assert report.time_with_input is not None
    assert report.time_first.cycles == report.time_with_input.cycles
    assert (report.time_first.cycles or 0) > (report.time.cycles or 0)
    run(interpreter)
    later = interpreter.report()
    assert not later.with_input_is_first
    assert later.time_with_input == later.time == report.time


def test_check_and_the_json_have_later_inferences(tmp_path: Path) -> None:
    path = tmp_path / "sum.tflite"
    path.write_bytes(counter())
    report = Interpreter(counter(), "cortex-m4").report()
    assert report.time.ms_high is not None
    assert report.time_first is not None
    assert check(counter(), "cortex-m4", max_latency=f"{report.time.ms_high * 1.01}ms").verdict == "yes"
    told = json_of("run", path, "-p", "cortex-m4")
    assert told["time_first"]["cycles"] == report.time_first.cycles
    assert told["with_input_is_first"] is True
    assert "the first inference" in call("run", path, "-p", "cortex-m4").stdout


def test_a_model_without_such_a_call_has_no_first_inference_of_its_own() -> None:
    b = ModelBuilder("plain")
    b.output(b.exp(b.input((1, 4), "float32")))
    assert Interpreter(b.build(), "cortex-m4").report().time_first is None
