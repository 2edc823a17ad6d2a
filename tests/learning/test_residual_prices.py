"""Prices of lite residuals that learn: those of what was counted, which lies in what is said."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import calibrate_biases
import calibrate_residuals as calibration
from microinfer import load_profile
from microinfer.learning import BiasLearner, bias_cost
from microinfer.parts.profile import Profile
from microinfer.words.data_folder import data_file
from residual_draws import drawn_aside

from support.firmware import KERNELS, simavr
from support.learners import NETWORKS, learner_of, learnt, samples_of

STORED: dict[str, Any] = json.loads(gzip.decompress(calibration.COUNTED.read_bytes()))


def part_of(name: str) -> Profile:
    core = calibrate_biases.core_of(name)
    part = "atmega328p" if core == "avr" else core
    return load_profile(part).built(calibration.LISTS[name][1:])


def test_every_list_was_counted() -> None:
    assert list(STORED) == list(calibration.LISTS)


@pytest.mark.parametrize("name", ["avr-os", "cortex-m0plus", "cortex-m3"])
def test_the_list_is_that_of_what_was_counted(name: str) -> None:
    found = data_file("learning", f"residuals.{name}.toml").read_text(encoding="utf-8")
    assert found == calibration.listing(name, STORED[name])


@pytest.mark.parametrize("name", ["avr", "cortex-m0plus", "cortex-m33-os", "cortex-m4"])
def test_what_was_counted_of_whole_steps_lies_in_what_is_said(name: str) -> None:
    part = part_of(name)
    for number in range(0, calibration.NETWORKS, 5):
        learner, x, y = drawn_aside(number)
        marks = len(learner.interpreter.steps) + len(learner.residuals)
        for cycles, (one, right) in zip(STORED[name]["rows"][number], zip(x, y, strict=True), strict=True):
            learner.learn(one, int(right))
            if None in learner.taught:
                continue
            cost = bias_cost(learner, part, taught=learner.taught)
            assert cost.network is not None
            assert cost.learn is not None
            network, learn = sum(cycles[:marks]), sum(cycles[marks + 1 :])
            assert cost.network.low <= network <= cost.network.high
            assert cost.learn.low <= learn <= cost.learn.high
            assert cost.learn.typical == pytest.approx(learn, rel=0.25)
            assert cost.network.typical == pytest.approx(network, rel=0.1)


def holds(learner: BiasLearner, part: Profile, ran: Sequence[Sequence[int]]) -> None:
    """What a machine took of each sample lies in what is said of all."""
    cost = bias_cost(learner, part, taught=learner.usually_taught)
    assert cost.network is not None
    assert cost.learn is not None
    marks = len(learner.interpreter.steps) + len(learner.residuals)
    steps = [sum(cycles[marks + 1 :]) for cycles in ran]
    assert cost.learn.low <= min(steps)
    assert max(steps) <= cost.learn.high
    assert cost.learn.typical == pytest.approx(np.mean(steps), rel=0.2)
    for cycles in ran:
        assert cost.network.low <= sum(cycles[:marks]) <= cost.network.high


def test_an_atmega328p_takes_the_cycles_said(tmp_path: Path) -> None:
    """Networks that the prices were not fitted to."""
    package = simavr()
    from simavr.bias_learner import learns_on_simavr

    tools = package.Toolchain(tmp_path / "kernels", KERNELS, "-O2")
    for name, residuals in (("in time", 3), ("in time", 1), ("dilated", 3), ("dense", 2)):
        build, layers = NETWORKS[name]
        learner = learner_of(build(), layers, residuals=residuals)
        x, y = samples_of(learner, 6)
        ran = learns_on_simavr(learner, x, y, tools, tmp_path / name)
        assert ran.outputs == learnt(learner, x, y)
        holds(learner, part_of("avr"), ran.cycles)


def test_a_cortex_m4_takes_the_cycles_said(tmp_path: Path) -> None:
    import qemu
    from bias_machines import on_cortex_m

    if (lacking := qemu.missing()) is not None:
        pytest.skip(lacking)
    made = [learner_of(build(), layers, residuals=layers) for build, layers in NETWORKS.values()]
    drawn = [(learner, *samples_of(learner, 4)) for learner in made]
    _, rows = on_cortex_m("cortex-m4", "-O2", KERNELS, tmp_path, drawn)
    for (learner, x, y), ran in zip(drawn, rows, strict=True):
        learnt(learner, x, y)
        holds(learner, part_of("cortex-m4"), ran)
