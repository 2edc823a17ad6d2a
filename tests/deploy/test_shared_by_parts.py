"""What many parts and libraries ask of one model is found out once."""

from __future__ import annotations

from typing import Any

import pytest

from microinfer import load, load_profile
from microinfer.builder import ModelBuilder
from microinfer.deploy import common as common_module
from microinfer.deploy.common import Common
from microinfer.deploy.deployment import deploy
from microinfer.libraries.faults import own_faults
from microinfer.libraries.library import kernel_libraries
from microinfer.model.tables import Model
from microinfer.operators.prepare import prepare

from support.graphs import random_graph


def layers() -> Model:
    builder = ModelBuilder()
    x = builder.input((1, 4, 4, 2), scale=0.05)
    for _ in range(5):
        x = builder.relu(x, scale=0.05, zero_point=0)
    builder.output(x)
    return load(builder.build())


def test_a_graph_that_two_libraries_run_is_taken_apart_once(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[Model] = []
    take_apart = common_module.take_apart

    def noted(model: Model, *given: Any) -> Any:
        taken.append(model)
        return take_apart(model, *given)

    monkeypatch.setattr(common_module, "take_apart", noted)
    at = deploy(layers(), load_profile("cortex-m4"))
    surveys = [at.on(at.profile, library).survey for library in at.profile.libraries]
    assert len(taken) == 1
    assert [len(survey.steps) for survey in surveys] == [5] * len(surveys)


def test_parts_with_the_same_arena_ask_once_whether_kernels_are_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    lower_all = common_module.lower_all

    def noted(steps: Any, plan: Any) -> Any:
        asked.append(plan.target.core.name)
        return lower_all(steps, plan)

    monkeypatch.setattr(common_module, "lower_all", noted)
    shared = Common(layers())
    for part in ("cortex-m4", "cortex-m0plus", "cortex-m33", "cortex-m7"):
        assert deploy(shared, load_profile(part), "bare-c").verdict == "yes"
    assert deploy(shared, load_profile("arduino-mega"), "bare-c").verdict == "yes"
    assert len(asked) == 1


def test_errors_of_kernels_are_among_their_own_faults() -> None:
    for seed in range(20):
        for library in kernel_libraries():
            for step in prepare(load(random_graph(seed, 12))):
                for part in ("cortex-m4", "atmega328p"):
                    target = load_profile(part).target
                    errors = [f for f in library.faults(step, target) if f.severity == "error"]
                    assert errors == [f for f in own_faults(library, step, target) if f.severity == "error"]
