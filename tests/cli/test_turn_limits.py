"""`--max-turns`, and `max-turns` of a microinfer.toml, in what runs a model beside `run` and `validate`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from microinfer import ModelBuilder
from microinfer.checks.assertions import Mcu
from microinfer.checks.settings import load_settings
from microinfer.errors import TurnLimitError

TURNS = 50


@pytest.fixture
def model(tmp_path: Path) -> Path:
    b = ModelBuilder("long")
    x = b.input((1,), "int32")
    condition, body = b.subgraph("condition"), b.subgraph("body")
    count = condition.input((1,), "int32")
    condition.output(condition.compare("LESS", count, condition.constant(np.array([TURNS], np.int32))))
    count = body.input((1,), "int32")
    body.output(body.add(count, body.constant(np.array([1], np.int32))))
    b.output(*b.while_loop(condition, body, [x]))
    path = tmp_path / "long.tflite"
    path.write_bytes(b.build())
    return path


@pytest.mark.parametrize("command", ["export --format npz -o out", "export --format tflm -o out", "diff"])
def test_commands_take_the_limit(command: str, model: Path) -> None:
    name, *options = command.split()

    def said(*more: str) -> tuple[int, str]:
        line = [sys.executable, "-m", "microinfer", name, model.name, *options, *more]
        found = subprocess.run(line, cwd=model.parent, capture_output=True, text=True, check=False)
        return found.returncode, found.stderr

    inputs = np.zeros(1, np.int32)
    np.save(model.parent / "x.npy", inputs)
    more = ("--input", "x.npy") if name == "export" else ("--data", "x.npy", "--stored")
    code, error = said("--max-turns", "9", *more)
    assert code
    assert "--max-turns" in error
    (model.parent / "microinfer.toml").write_text("max-turns = 9\n")
    assert said(*more)[0]
    (model.parent / "microinfer.toml").unlink()
    assert said(*more)[0] == 0


def test_assertions_take_the_limit(model: Path) -> None:
    inputs = [np.zeros(1, np.int32)]
    with pytest.raises(TurnLimitError):
        Mcu(max_turns=9).on("cortex-m4").run(model, inputs)
    assert Mcu(max_turns=TURNS).run(model, inputs)
    settings = model.parent / "microinfer.toml"
    settings.write_text("max-turns = 9\n")
    assert load_settings(settings).max_turns == 9


def test_the_limit_does_not_say_that_a_loop_is_endless(model: Path) -> None:
    with pytest.raises(TurnLimitError, match=r"turned 2 times .* within 2 turns: it may be endless"):
        Mcu(max_turns=2).run(model, [np.zeros(1, np.int32)])
    with pytest.raises(TurnLimitError, match=r"turned 1 time in .* within 1 turn: "):
        Mcu(max_turns=1).run(model, [np.zeros(1, np.int32)])
