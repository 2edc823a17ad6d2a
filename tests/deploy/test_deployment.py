"""A Deployment has the figures of every command, makes each once, and says why where there is none."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import microinfer
from microinfer import zoo
from microinfer.deploy.common import Common
from microinfer.deploy.deployment import Deployment, deploy
from microinfer.errors import InputError, UnsupportedError
from microinfer.model.read import load
from microinfer.operators.release import find_release
from microinfer.operators.resolver import OpResolver
from microinfer.parts.profile import load_profile

from support.commands import call

CASES = [
    ("digits", "nucleo-l4r5zi", "tflm-cmsis-nn", "2026-08"),
    ("digits", "arduino-uno", "bare-c", "2026-10"),
    ("sine", "cortex-m4", "tflm-reference", "2026-10"),
    ("streaming_keyword", "cortex-m4", "tflm-cmsis-nn", "2026-08"),
]
COMMANDS = ("run", "check", "plan", "compare", "battery", "validate", "diff", "export", "report", "trace")


def of(model: str, part: str, library: str, release: str) -> Deployment:
    return deploy(load(zoo.load(model)), load_profile(part), library, release)


def said(*arguments: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(call(*arguments, "--json").stdout)
    return found


@pytest.mark.parametrize("case", CASES)
def test_memory_and_time_are_those_of_every_command(case: tuple[str, str, str, str], tmp_path: Path) -> None:
    model, part, library, release = case
    at, on = of(*case), ("-p", part, "--library", library, "--release", release)
    assert at.memory is not None
    arena = at.plan.least_arena_bytes
    run, plan = said("run", model, *on), said("plan", model, *on)
    (checked,), (row,) = said("check", model, *on)["checks"], said("compare", model, *on)["rows"]
    interpreter = microinfer.Interpreter(zoo.load(model), part, library=library, release=release)
    judged = at.memory_in(interpreter.arena_size)
    assert run["memory"] == plan["memory"] == json.loads(json.dumps(interpreter.report().to_dict()["memory"]))
    assert run["memory"]["verdict"] == judged.verdict == at.verdict == row["verdict"]
    assert run["memory"]["min_arena_bytes"] == arena == row["arena_bytes"]
    assert run["memory"]["flash_bytes"] == at.memory.flash_bytes == row["flash_bytes"]
    assert run["memory"]["ram_bytes"] == at.memory.ram_bytes == row["ram_bytes"]
    assert row["stored_bytes"] == at.stored_bytes
    measures = {measure["name"]: measure["value"] for measure in checked["measures"]}
    assert measures["arena"] == arena
    assert run["time"]["cycles"] == at.cycles == row["cycles"]
    assert (at.seconds is None) == (measures["latency"] is None)
    if at.seconds is not None:
        assert measures["latency"] == pytest.approx(at.seconds.typical, rel=1e-12)
        assert row["ms"]["typical"] == at.seconds.typical * 1e3
        assert run["time"]["provisional"] == row["provisional"] == at.provisional


@pytest.mark.parametrize("release", ["2026-08", "2026-10"])
def test_every_command_takes_and_names_a_release(release: str, tmp_path: Path) -> None:
    title = find_release(release).title
    on = ("digits", "-p", "nucleo-l4r5zi", "--release", find_release(release).commit)
    for command in COMMANDS:
        extra: tuple[Any, ...] = ()
        if command in ("report", "trace", "export"):
            extra = ("-o", tmp_path / command)
        if command in ("report", "trace"):
            extra = ("-o", tmp_path / f"{command}.file")
        if command == "export":
            extra = (*extra, "--format", "tflm")
        if command in ("validate", "diff"):
            extra = ("--limit", 4) if command == "validate" else ("--samples", 1, "--runtime", "other-scales")
        if command == "validate":
            extra = (*extra, "--state", tmp_path / "state.npz")
        found = said(command, *on, *extra)
        if command not in ("report", "trace", "export"):
            assert title in json.dumps(found), command
    bench = ("--quick", "--modelled-only", "--kernel", "softmax", "-p", "cortex-m4")
    assert said("bench", *bench, "--release", release)["release"] == title
    wrong = call("run", "digits", "--release", "2020-01")
    assert wrong.exit_code == 2
    assert "no release '2020-01' of TFLM is known, there are 2026-08" in wrong.stderr


def test_every_verb_takes_a_release(tmp_path: Path) -> None:
    title = find_release("2026-10").title
    options: dict[str, Any] = {"part": "nucleo-l4r5zi", "release": "8f6596d"}
    assert microinfer.check("digits", **options).release == title
    assert microinfer.plan("digits", **options).release == title
    assert {row.release for row in microinfer.compare("digits", **options).rows} == {title}
    assert microinfer.battery("digits", **options).release == title
    assert microinfer.validate("digits", limit=2, layers=0, **options).release == title
    assert microinfer.diff("digits", samples=1, runtime="single-rounding", **options).release == title
    assert "TFLM 8f6596d" in microinfer.report("digits", **options).html
    microinfer.export("digits", output=tmp_path / "made", **options)


def test_figures_are_made_once_and_shared_between_parts() -> None:
    at = of(*CASES[0])
    assert at.plan is at.plan
    assert at.costs is at.costs
    assert at.memory is at.memory
    other = at.on(load_profile("cortex-m4"))
    assert other.steps is at.steps
    assert other.plan is at.plan
    bare = at.on(load_profile("cortex-m4"), "bare-c")
    assert bare.plan is not at.plan
    newer = replace(at, release=find_release("2026-10"))
    assert newer.steps is not at.steps
    assert newer.plan.layout != at.plan.layout


def test_what_cannot_be_planned_says_why() -> None:
    part = load_profile("cortex-m4")
    odd = replace(part, target=replace(part.target, pointer_bytes=3))
    at = deploy(load(zoo.load("digits")), odd, "tflm-reference")
    assert at.planned is None
    assert at.memory is None
    assert at.verdict == "cannot-tell"
    assert "pointer_bytes is 3" in at.trouble
    assert at.unknown == (at.trouble,)
    with pytest.raises(InputError, match="pointer_bytes is 3"):
        assert at.plan


def test_an_operator_that_is_refused_leaves_the_rest_known() -> None:
    model = load(zoo.load("digits"))
    resolver = OpResolver.builtin().subset({o.name for o in model.subgraphs[0].operators} - {"SOFTMAX"})
    at = deploy(Common(model, resolver), load_profile("cortex-m4"), "tflm-reference")
    assert at.seconds is None
    assert "SOFTMAX" in at.why_no_time
    assert at.energy is None
    assert at.plan.unknown == ("SOFTMAX",)
    assert len(at.modelled_costs) == len(at.costs) - 1
    with pytest.raises(UnsupportedError, match="restricted"):
        at.expect_runnable()
