"""One rule for every limit: within the interval's high end, the estimate, the low end, or none of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from microinfer.checks import Limits, check
from microinfer.deploy.deployment import deploy
from microinfer.model.read import load
from microinfer.parts.profile import load_profile

from support.check_models import sound


@pytest.mark.parametrize("name", ["stack", "flash", "latency", "energy"])
@pytest.mark.parametrize("profile", ["nucleo-l4r5zi", "raspberry-pi-pico"])
def test_one_rule_holds_for_every_budget(name: str, profile: str) -> None:
    data, part = sound(), load_profile(profile)
    keys = {"stack": "stack_bytes", "flash": "flash_bytes", "latency": "latency_s", "energy": "energy_j"}

    def told(limit: float) -> tuple[str, str]:
        report = check(data, part, limits=replace(Limits(), **{keys[name]: limit}))
        return report.verdict, next(m.outcome for m in report.measures if m.name == name)

    found = next(m for m in check(data, part).measures if m.name == name)
    assert found.low is not None
    assert found.value is not None
    assert found.high is not None
    assert told(found.high) == ("yes", "pass")
    if found.value < found.high:
        assert told(found.value) == ("perhaps", "possible")
    if found.low < found.value:
        assert told((found.low + found.value) / 2) == ("cannot-tell", "unlikely")
    if found.low > 1:
        assert told(found.low - 1) == ("no", "fail")


def test_what_was_not_measured_makes_no_part_too_small() -> None:
    """The arena fits with a few bytes to spare, and the stack on a Cortex-M0+ was not measured."""
    model, part = load(sound()), load_profile("raspberry-pi-pico")
    arena = deploy(model, part).plan.least_arena_bytes
    for core, verdict in (("raspberry-pi-pico", "cannot-tell"), ("nucleo-l4r5zi", "no")):
        whole = load_profile(core)
        tight = replace(
            whole,
            memories=tuple(
                replace(one, bytes=arena + 16, reserved_bytes=0) if one.kind == "sram" else one
                for one in whole.memories
            ),
        )
        memory = deploy(model, tight).memory
        assert memory is not None
        assert memory.verdict == verdict
        assert check(model, tight).verdict == verdict
