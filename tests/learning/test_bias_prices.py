"""Prices of biases that learn: those of what was counted, which lies in what is said."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import calibrate_biases as calibration
from bias_draws import drawn
from microinfer import load_profile
from microinfer.learning import bias_cost
from microinfer.words.data_folder import data_file

from support.firmware import KERNELS, simavr
from support.learners import NETWORKS, learner_of, learnt, samples_of

STORED: dict[str, Any] = json.loads(gzip.decompress(calibration.COUNTED.read_bytes()))


def test_every_list_was_counted() -> None:
    assert set(STORED) == set(calibration.LISTS)


@pytest.mark.parametrize("name", ["avr", "cortex-m0plus-o3", "cortex-m4"])
def test_the_list_is_that_of_what_was_counted(name: str) -> None:
    found = data_file("learning", f"biases.{name}.toml").read_text(encoding="utf-8")
    assert found == calibration.listing(name, STORED[name])


@pytest.mark.parametrize("name", ["avr-os", "cortex-m0plus", "cortex-m33", "cortex-m4"])
def test_what_was_counted_of_whole_steps_lies_in_what_is_said(name: str) -> None:
    core = calibration.core_of(name)
    part = load_profile("atmega328p" if core == "avr" else core).built(calibration.LISTS[name][1:])
    for number in range(0, calibration.NETWORKS, 5):
        learner, x, y = drawn(number)
        marks = len(learner.interpreter.steps)
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


def test_an_atmega328p_takes_the_cycles_said(tmp_path: Path) -> None:
    """Networks that the prices were not fitted to."""
    package = simavr()
    from simavr.bias_learner import learns_on_simavr

    tools = package.Toolchain(tmp_path / "kernels", KERNELS, "-O2")
    part = load_profile("atmega328p").built("O2")
    for name, (build, layers) in NETWORKS.items():
        learner = learner_of(build(), layers)
        x, y = samples_of(learner, 6)
        ran = learns_on_simavr(learner, x, y, tools, tmp_path / name)
        learnt(learner, x, y)
        cost = bias_cost(learner, part, taught=learner.usually_taught)
        assert cost.network is not None
        assert cost.learn is not None
        marks = len(learner.interpreter.steps)
        steps = [sum(cycles[marks + 1 :]) for cycles in ran.cycles]
        assert cost.learn.low <= min(steps)
        assert max(steps) <= cost.learn.high
        assert cost.learn.typical == pytest.approx(np.mean(steps), rel=0.2)
        for cycles in ran.cycles:
            assert cost.network.low <= sum(cycles[:marks]) <= cost.network.high


def test_where_nothing_was_counted_nothing_is_said() -> None:
    learner = learner_of(NETWORKS["in time"][0](), 3)
    cost = bias_cost(learner, load_profile("cortex-m7"))
    assert cost.network is cost.predict is cost.learn is None
    assert "were not measured on cortex-m7" in cost.note
