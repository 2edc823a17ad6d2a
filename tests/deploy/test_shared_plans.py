"""What deployments of one model share is what each would have found by itself."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from microinfer import zoo
from microinfer.deploy import common as common_module
from microinfer.deploy.common import Common
from microinfer.deploy.deployment import deploy
from microinfer.libraries.library import kernel_library
from microinfer.memory.planning import plan_memory
from microinfer.model.read import load
from microinfer.operators.release import DEFAULT_RELEASE
from microinfer.parts.placement import needs_of
from microinfer.parts.profile import load_profile, profile_names

PARTS = [load_profile(name) for name in profile_names()]


@pytest.mark.parametrize("name", ["ds_cnn", "wake_word", "audio_features", "sine_float"])
def test_plans_that_are_shared_are_those_made_alone(name: str) -> None:
    common = Common(load(zoo.load(name)))
    shared = 0
    for part in PARTS:
        for library in part.libraries:
            here = deploy(common, part, library, DEFAULT_RELEASE)
            if here.planned is None:
                continue
            alone = plan_memory(here.model, here.steps, library, here.target)
            for field in fields(alone):
                if field.name not in ("recorder", "start"):
                    assert getattr(here.plan, field.name) == getattr(alone, field.name), field.name
            assert here.plan.recording == alone.recording
            shared += any(
                here.plan.buffers is other.buffers
                for other in common._plans.values()
                if other is not here.plan and hasattr(other, "buffers")
            )
    assert shared > 10


def test_a_program_of_distinct_operators_is_that_of_all() -> None:
    for name in zoo.names():
        common = Common(load(zoo.load(name)))
        for part in PARTS:
            here = deploy(common, part, None, DEFAULT_RELEASE)
            plan = here.planned
            if plan is None or not kernel_library(here.library).interprets:
                continue
            assert len(plan.distinct_operators) <= len(plan.operators)
            image = kernel_library(here.library).image(part.core, plan.target, plan.operators)
            needs = needs_of(plan, part, 0, 0, "model")
            assert (needs.code_bytes, needs.stack_bytes, needs.globals_bytes, needs.provisional) == (
                image.code_bytes,
                image.stack_bytes,
                image.globals_bytes,
                image.provisional,
            )


def test_where_kernels_stop_is_asked_once_for_a_library_and_target() -> None:
    common = Common(load(zoo.load("ds_cnn")))
    first, again = (deploy(common, PARTS[0], None, DEFAULT_RELEASE) for _ in range(2))
    assert first.stopped is again.stopped
    assert first.stopped == first.survey.stops(kernel_library(first.library), first.target)


def test_a_library_s_missing_kernels_are_sought_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sought: list[str] = []
    lower_all = common_module.lower_all

    def noted(steps: Any, plan: Any) -> Any:
        sought.append(plan.library)
        return lower_all(steps, plan)

    monkeypatch.setattr(common_module, "lower_all", noted)
    here = deploy(Common(load(zoo.load("ds_cnn"))), load_profile("cortex-m4"), "bare-c", DEFAULT_RELEASE)
    again = here.on(here.profile, here.library)
    assert here.memory == again.memory
    part = here.profile
    others = [
        one for one in PARTS if one.target == part.target and one.flash_bytes not in (part.flash_bytes, 0)
    ]
    assert others
    assert all(here.on(other, "bare-c").memory is not None for other in others)
    assert sought == ["bare-c"]
