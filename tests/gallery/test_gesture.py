"""Gestures of people whom the network has not met, on the smallest part."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import microinfer
from microinfer import zoo

from support.firmware import KERNELS, exported, simavr
from support.gallery import FOLDER


def test_gestures_are_known() -> None:
    found = microinfer.validate("gesture", "arduino-uno", layers=0)
    assert found.accuracy is not None
    assert found.accuracy > 0.95
    with np.load(FOLDER / "gesture" / "gesture.npz") as held:
        assert np.mean(held["in_float_gesture"] == held["y"]) - found.accuracy < 0.01
        assert np.bincount(held["y"]).tolist() == [72] * 6


def test_labels_are_the_gestures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER / "gesture"))
    hand = import_module("hand")
    assert zoo.labels("gesture") == hand.GESTURES
    random = np.random.default_rng(0)
    x, y = hand.recordings([hand.Person.drawn(random)], 2, random)
    assert x.shape == (12, 64, 1, 3)
    assert y.tolist() == sorted([*range(6)] * 2)
    del sys.modules["hand"]


def test_it_fits_an_arduino_uno() -> None:
    found = microinfer.check("gesture", "arduino-uno", max_arena="1k", max_latency="50ms", config=False)
    assert found.verdict == "yes"


@pytest.mark.parametrize(("name", "right"), [("gesture_protonn", 0.8), ("gesture_bonsai", 0.88)])
def test_learners_for_two_kilobytes(name: str, right: float, tmp_path: Path) -> None:
    """They know most gestures in less memory, and their C gives the same bits on a simulated ATmega328P."""
    model = FOLDER / "gesture" / f"{name}.tflite"
    x, y = zoo.samples("gesture")
    answers = microinfer.Interpreter(model, "arduino-uno").run_batch(x)
    assert np.mean(answers.argmax(1) == y) > right
    fits = microinfer.check(model, "arduino-uno", max_arena=256, max_latency="10ms", config=False)
    assert fits.verdict == "yes"
    tools = simavr().Toolchain(tmp_path / "kernels", KERNELS)
    ran = tools.build(exported(model.read_bytes(), tmp_path / name)).run(x[:60].tobytes())
    assert ran.outputs == answers[:60].tobytes()
