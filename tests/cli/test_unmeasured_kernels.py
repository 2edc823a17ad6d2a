"""Code and stack of a kernel that nobody measured are no nought: at least, and cannot tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from microinfer import ModelBuilder, zoo
from microinfer.deploy.common import Common
from microinfer.deploy.deployment import deploy
from microinfer.libraries.bare_c import bare_image
from microinfer.model.read import load
from microinfer.parts.profile import load_profile

from support.commands import call

UNO = ("-p", "arduino-uno")
KERNEL = "mi_fully_connected_float"
MEASURED = bare_image._table


def without(part: dict[str, Any]) -> dict[str, Any]:
    """A level's section, whose code and stack are by kernel."""
    left = {
        what: {name: held for name, held in part[what].items() if name != KERNEL}
        for what in ("code", "stack", "call")
        if what in part
    }
    return {**part, **left}


@pytest.fixture(autouse=True)
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables of an AVR as they were before anyone had measured this kernel."""

    def lacking(core: str, section: str, called: frozenset[str]) -> dict[str, Any]:
        table = MEASURED(core, section, called)
        if core != "avr":
            return table
        return {key: without(part) if isinstance(part, dict) else part for key, part in table.items()}

    monkeypatch.setattr(bare_image, "_table", lacking)


def measures(*options: str) -> tuple[int, dict[str, Any]]:
    result = call("check", *options, *UNO, "--json")
    return result.exit_code, {one["name"]: one for one in json.loads(result.stdout)["checks"][0]["measures"]}


def test_a_float_model_has_a_low_end_and_no_other() -> None:
    code, found = measures("sine_float", "--max-flash", "2k", "--max-stack", "1")
    assert code == 3
    for name, low in (("flash", 1332), ("stack", None), ("ram", 128)):
        assert (found[name]["value"], found[name]["low"], found[name]["high"]) == (None, low, None)
        assert found[name]["outcome"] == "unknown"


def test_a_budget_below_the_low_end_is_missed_all_the_same() -> None:
    code, found = measures("sine_float", "--max-flash", "1k")
    assert (code, found["flash"]["outcome"]) == (1, "fail")


def test_measured_kernels_beside_bound_the_stack(tmp_path: Path) -> None:
    b = ModelBuilder("mixed")
    b.output(b.softmax(b.input((1, 8), scale=0.1, zero_point=0)))
    b.output(b.fully_connected(b.input((1, 4), dtype="float32"), np.ones((2, 4), np.float32)))
    path = tmp_path / "mixed.tflite"
    path.write_bytes(b.build())
    code, found = measures(str(path), "--max-stack", "10")
    assert found["stack"]["value"] is None
    assert found["stack"]["low"] > 10
    assert code == 1
    assert "bytes deep" in call("check", path, *UNO, "--max-stack", "10").stdout
    assert measures(str(path), "--max-stack", "1000")[0] == 3


@pytest.mark.parametrize("command", ["run", "check", "plan", "compare", "report", "export"])
@pytest.mark.parametrize("part", ["arduino-uno", "esp32-c3"])
def test_every_command_cannot_tell(command: str, part: str, tmp_path: Path) -> None:
    out = ("-o", tmp_path / "out.html") if command == "report" else ("-o", tmp_path / "out")
    more = out if command in ("report", "export") else ()
    result = call(command, "sine_float", "-p", part, "--library", "bare-c", *more)
    assert result.exit_code == 3, result.output
    if command == "compare":
        assert "+ KB" in result.stdout


def test_code_that_was_linked_is_known_where_the_time_is_not() -> None:
    """Kernels in C were linked for a Cortex-M55, and timed nowhere."""
    at = deploy(Common(load(zoo.load("sine_float"))), load_profile("cortex-m55"), "bare-c")
    assert at.seconds is None
    assert at.memory is not None
    assert at.memory.verdict == "yes"
    assert at.memory.provisional
    assert at.memory.code_bytes is not None


def test_a_report_has_no_figure_that_is_not_whole() -> None:
    memory = deploy(Common(load(zoo.load("sine_float"))), load_profile("arduino-uno"), "bare-c").memory
    assert memory is not None
    assert (memory.flash_bytes, memory.ram_bytes, memory.code_bytes, memory.stack_bytes) == (None,) * 4
    assert memory.verdict == "cannot-tell"
