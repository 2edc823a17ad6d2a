"""The fan's autoencoder is quiet while it is healthy, and finds its faults."""

from __future__ import annotations

import numpy as np

import microinfer
from microinfer import zoo

from support.gallery import FOLDER


def test_false_alarms_are_rare_and_faults_are_found() -> None:
    with np.load(FOLDER / "vibration" / "vibration.npz") as held:
        x, kind, threshold = held["x"], held["kind"], held["threshold"]
    back = microinfer.Interpreter(zoo.load("vibration")).run_batch(x)
    over = ((x.astype(np.int32) - back) ** 2).sum(1) > threshold
    assert over[kind == 0].mean() <= 0.02
    assert all(over[kind == number].mean() >= 0.7 for number in range(1, 5))
    np.testing.assert_array_equal(zoo.samples("vibration")[1], kind > 0)


def test_input_and_output_have_one_scale() -> None:
    """So that the score is a sum of whole numbers."""
    interpreter = microinfer.Interpreter(zoo.load("vibration"))
    given, back = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    assert given["quantization"] == back["quantization"]


def test_validate_takes_it_for_an_autoencoder() -> None:
    found = microinfer.validate("vibration", "arduino-uno", layers=0).to_dict()
    assert found["task"]["name"] == "autoencoder"
    assert found["metrics"]["auc"] > 0.98
