"""The Chrome trace: what the Trace Event Format asks for, and the figures of report and plan."""

from __future__ import annotations

import dataclasses
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import microinfer
from microinfer import zoo
from microinfer.builder import ModelBuilder
from microinfer.cli import main
from microinfer.reports.run_figures import make_report
from microinfer.view.arena import rows
from microinfer.view.chrome_trace import chrome_trace, trace_json


@pytest.fixture(scope="module")
def interpreter() -> microinfer.Interpreter:
    return microinfer.Interpreter(zoo.load("digits"), "nucleo-l4r5zi")


@pytest.fixture(scope="module")
def events(interpreter: microinfer.Interpreter) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(trace_json(make_report(interpreter), interpreter.plan))[
        "traceEvents"
    ]
    return found


def of(events: list[dict[str, Any]], phase: str) -> list[dict[str, Any]]:
    return [event for event in events if event["ph"] == phase]


def test_every_event_is_complete(events: list[dict[str, Any]]) -> None:
    needed = {"M": {"args"}, "X": {"ts", "dur", "args"}, "C": {"ts", "args"}}
    needed |= {"b": {"ts", "id", "cat"}, "e": {"ts", "id", "cat"}}
    for event in events:
        assert {"ph", "name", "pid", "tid"} | needed[event["ph"]] <= set(event)
        assert event.get("ts", 0) >= 0
    assert all(isinstance(value, int) for event in of(events, "C") for value in event["args"].values())


def test_slices_are_the_operators(events: list[dict[str, Any]], interpreter: microinfer.Interpreter) -> None:
    report = make_report(interpreter)
    invocation, *slices = of(events, "X")
    assert invocation["args"]["cycles"] == report.time.invocation_cycles > 0
    assert invocation["dur"] == pytest.approx(slices[0]["ts"])
    assert [(s["name"], s["args"]["variant"], s["args"]["macs"]) for s in slices] == [
        (operator.operator, operator.variant, operator.macs) for operator in report.operators
    ]
    assert [s["args"]["cycles"] for s in slices] == [operator.cycles for operator in report.operators]
    for before, after in pairwise(slices):
        assert before["ts"] + before["dur"] == pytest.approx(after["ts"])
    assert slices[-1]["ts"] + slices[-1]["dur"] == pytest.approx(report.time.ms * 1e3)


def test_counters_are_the_plan(events: list[dict[str, Any]], interpreter: microinfer.Interpreter) -> None:
    counters = of(events, "C")
    drawn = {row.index: row.live_bytes for row in rows(interpreter.plan, interpreter.operators)}
    assert [c["args"]["head"] for c in counters[:-1]] == [drawn[i] for i in range(len(interpreter.steps))]
    assert counters[-1]["args"] == {"head": 0, "tail": interpreter.plan.tail_bytes}


def test_lives_begin_and_end(events: list[dict[str, Any]], interpreter: microinfer.Interpreter) -> None:
    begun = {event["id"]: event for event in of(events, "b")}
    ended = {event["id"]: event for event in of(events, "e")}
    assert set(begun) == set(ended) == set(range(len(interpreter.plan.buffers)))
    _, *slices = of(events, "X")
    for number, buffer in enumerate(interpreter.plan.buffers):
        assert begun[number]["ts"] < ended[number]["ts"]
        assert begun[number]["args"]["bytes"] == buffer.size
        assert begun[number]["ts"] == slices[max(buffer.first - 1, 0)]["ts"]


def test_unknown_cycles_take_no_time() -> None:
    builder = ModelBuilder("unknown")
    builder.output(builder.relu(builder.input((1, 4), scale=0.5, zero_point=0)))
    interpreter = microinfer.Interpreter(builder.build(), "cortex-m4")
    report = make_report(interpreter).to_dict()
    assert report["operators"]
    traced = chrome_trace(without_cycles(interpreter), interpreter.plan)
    (only,) = of(traced["traceEvents"], "X")
    assert only["dur"] == 0
    assert only["args"]["cycles"] is None


def without_cycles(interpreter: microinfer.Interpreter) -> microinfer.RunReport:
    report = make_report(interpreter)
    blank = {"cycles": None, "cycles_low": None, "cycles_high": None}
    operators = tuple(dataclasses.replace(operator, **blank) for operator in report.operators)
    return dataclasses.replace(report, operators=operators)


def test_the_command_writes_a_file(tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    result = CliRunner().invoke(main, ["trace", "digits", "-p", "cortex-m7", "-o", str(path)])
    assert result.exit_code == 0, result.stderr
    assert "7 operators" in result.stdout
    content = json.loads(path.read_text("utf-8"))
    assert content["otherData"]["profile"] == "cortex-m7"
    assert content["otherData"]["input"].startswith("sample 0")
    said = CliRunner().invoke(main, ["trace", "digits", "-o", str(path), "--json", "--force"])
    assert json.loads(said.stdout)["schema"] == "microinfer.trace/1"
    wrong = CliRunner().invoke(main, ["trace", "digits", "-o", str(tmp_path / "no/where.json")])
    assert wrong.exit_code == 2
    assert "where.json" in wrong.stderr
