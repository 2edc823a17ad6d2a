"""A model has one time and one energy on a part with a library, with one interval, wherever they stand."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from microinfer import Interpreter, zoo
from microinfer.checks import check
from microinfer.checks.assertions import Mcu
from microinfer.parts.profile import load_profile
from microinfer.run.interpreter import Interpreter as Runner
from microinfer.timing.energy import Span
from microinfer.view.html import render
from microinfer.view.html.figures import THIN

from support.commands import call

Figure: TypeAlias = tuple[float, float, float]

CASES = [
    ("digits", "nucleo-l4r5zi", "tflm-cmsis-nn"),
    ("digits", "nucleo-g0b1re", "tflm-reference"),
    ("digits", "arduino-uno", "bare-c"),
    ("sine", "cortex-m4", "tflm-reference"),
    ("sine", "cortex-m4", "bare-c"),
    ("autoencoder", "nucleo-h7a3zi-q", "tflm-cmsis-nn"),
    ("ds_cnn", "nrf5340-dk", "tflm-cmsis-nn"),
    ("streaming_keyword", "cortex-m4", "tflm-cmsis-nn"),
]


def said(*arguments: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(call(*arguments, "--json").stdout)
    return found


def in_seconds(time: dict[str, Any]) -> Figure:
    return time["ms"] / 1e3, time["ms_low"] / 1e3, time["ms_high"] / 1e3


def ran(model: str, part: str, library: str) -> Runner:
    interpreter = Interpreter(zoo.load(model), part, library=library)
    interpreter.invoke(record=True)
    return interpreter


def times_of(model: str, part: str, library: str, folder: Path) -> dict[str, Figure]:
    """Seconds, by who says it."""
    on = (model, "-p", part, "--library", library)
    interpreter = Interpreter(zoo.load(model), part, library=library)
    found = {"report() before a run": in_seconds(interpreter.report().to_dict()["time"])}
    interpreter.invoke(record=True)
    report = interpreter.report()
    found["report() after a run"] = in_seconds(report.to_dict()["time"])
    found["run"] = in_seconds(said("run", *on)["time"])
    (checked,) = said("check", *on)["checks"]
    (latency,) = [m for m in checked["measures"] if m["name"] == "latency"]
    found["check"] = latency["value"], latency["low"], latency["high"]
    (measure,) = [m for m in check(zoo.load(model), part, library).measures if m.name == "latency"]
    assert measure.value is not None
    assert measure.low is not None
    assert measure.high is not None
    found["check()"] = measure.value, measure.low, measure.high
    (row,) = said("compare", model, "-p", part, "--library", library)["rows"]
    found["compare"] = tuple(row["ms"][end] / 1e3 for end in ("typical", "low", "high"))
    found["trace"] = in_seconds(said("trace", *on, "-o", folder / "trace.json"))
    seconds = Mcu(part, library)._take(zoo.load(model)).deployment.seconds
    assert seconds is not None
    found["plugin"] = seconds.typical, seconds.low, seconds.high
    return found


@pytest.mark.parametrize(("model", "part", "library"), CASES)
def test_one_time_everywhere(model: str, part: str, library: str, tmp_path: Path) -> None:
    found = times_of(model, part, library, tmp_path)
    expected = found["report() before a run"]
    wrong = {who: figure for who, figure in found.items() if figure != pytest.approx(expected, rel=1e-9)}
    assert wrong == {}


@pytest.mark.parametrize(("model", "part", "library"), CASES)
def test_the_trace_lasts_as_long_as_the_run(model: str, part: str, library: str, tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    said("trace", model, "-p", part, "--library", library, "-o", path)
    slices = [event for event in json.loads(path.read_text())["traceEvents"] if event["ph"] == "X"]
    seconds = (slices[-1]["ts"] + slices[-1]["dur"]) / 1e6
    time = said("run", model, "-p", part, "--library", library)["time"]
    assert seconds == pytest.approx(time["ms"] / 1e3, abs=1e-9)


@pytest.mark.parametrize(("model", "part", "library"), CASES)
def test_one_text_everywhere(model: str, part: str, library: str, tmp_path: Path) -> None:
    """What people read: the time with its interval, and whether it is provisional."""
    on = (model, "-p", part, "--library", library)
    time = said("run", *on)["time"]
    run = call("run", *on).stdout
    line = next(line for line in run.splitlines() if line.startswith("Time"))
    middle, low, high = re.findall(r"[\d.,]+ [mµ]?s\b", line)[:3]
    assert f"{middle} ({low} to {high})" in call("check", *on).stdout
    assert f"{middle} ({low} to {high})" in call("trace", *on, "-o", tmp_path / "t.json").stdout
    page = render(ran(model, part, library), others=[])
    assert middle.replace(" ", THIN) in page
    ends = [end.split()[0] for end in (low, high)]
    brief = re.search(re.escape(middle) + r"(?: \(([\d.,]+)-([\d.,]+)\))?(\*?)", call("compare", *on).stdout)
    assert brief is not None
    if time["ms_low"] != time["ms_high"] and low.split()[1] == high.split()[1] == middle.split()[1]:
        assert [brief[1], brief[2]] == ends
    several = (
        call("check", *on, "-p", "cortex-m4").stdout if library in load_profile("cortex-m4").libraries else ""
    )
    assert bool(brief[3]) == time["provisional"] == ("provisional" in line)
    if several and part != "cortex-m4":
        assert brief[0] in several
        assert ("* provisional:" in several) == ("*" in several.split("problems")[1])
    markdown = call("check", *on, "--format", "markdown").stdout
    assert brief[0].replace("*", "\\*") in markdown


@pytest.mark.parametrize(("model", "part", "library"), CASES)
def test_one_energy_everywhere(model: str, part: str, library: str) -> None:
    on = (model, "-p", part, "--library", library)
    run = said("run", *on)["energy"]
    (checked,) = said("check", *on)["checks"]
    (energy,) = [m for m in checked["measures"] if m["name"] == "energy"]
    (row,) = said("compare", *on)["rows"]
    if run is None:
        assert energy["value"] is None
        assert row["microjoules"] is None
        return
    expected = tuple(run[key] * 1e-6 for key in ("microjoules", "microjoules_low", "microjoules_high"))
    assert (energy["value"], energy["low"], energy["high"]) == pytest.approx(expected, rel=1e-9)
    ends = Span(**row["microjoules"]).scaled(1e-6)
    assert (ends.typical, ends.low, ends.high) == pytest.approx(expected, rel=1e-9)
    assert ("provisional" in energy["counted"]) == run["provisional"]


def test_the_input_s_own_time_has_a_name_of_its_own() -> None:
    interpreter = ran("digits", "nucleo-l4r5zi", "tflm-cmsis-nn")
    report = interpreter.report()
    seen = report.time_with_input
    assert seen is not None
    assert seen.cycles is not None
    assert report.time.cycles is not None
    assert report.time.cycles_low is not None
    assert report.time.cycles_high is not None
    assert report.time.cycles_low <= seen.cycles <= report.time.cycles_high
    assert seen.cycles != report.time.cycles
    operators = sum(operator.cycles or 0 for operator in report.operators)
    assert operators + report.time.invocation_cycles == report.time.cycles
    own = said("run", "digits", "-p", "nucleo-l4r5zi")["time_with_input"]
    assert f"with this input: {own['ms']:.2f} ms" in call("run", "digits", "-p", "nucleo-l4r5zi").stdout


@pytest.mark.parametrize("part", ["nucleo-g0b1re", "nrf5340-dk"])
def test_several_boards_keep_interval_and_provisional(part: str) -> None:
    said = call("check", "digits", "-p", part, "-p", "cortex-m4").stdout
    row = next(line for line in said.splitlines() if f" {part} " in line)
    assert re.search(r"[\d.]+ ms \([\d.]+-[\d.]+\)\*", row)
    assert "* provisional: rests on an assumption where nobody has measured yet" in said
