"""Gestures of people whom the network has not met, on the smallest part."""

from __future__ import annotations

import sys
from importlib import import_module

import numpy as np
import pytest

import microinfer
from microinfer import zoo

from support.gallery import FOLDER


def test_gestures_are_known() -> None:
    found = microinfer.validate("gesture", "arduino-uno", layers=0)
    assert found.accuracy is not None
    assert found.accuracy > 0.95
    with np.load(FOLDER / "gesture" / "gesture.npz") as held:
        assert np.mean(held["in_float"] == held["y"]) - found.accuracy < 0.01
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
