"""The same network drives by a quick part's answers and leaves the track by a slow one's."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from importlib import import_module, util
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import microinfer
from microinfer import zoo
from microinfer.exports.bare_c import export

from support.firmware import run
from support.gallery import FOLDER

HERE = FOLDER / "drive"
QUICK, SLOW = ("nucleo-f767zi", "tflm-cmsis-nn"), ("arduino-mega", "bare-c")
UNSURE = ("esp32", "tflm-reference")


@pytest.fixture(scope="module")
def example() -> Iterator[ModuleType]:
    """The example's run.py, whose neighbours are gone again afterwards."""
    before = list(sys.path)
    spec = util.spec_from_file_location("drive_run", HERE / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules["drive_run"] = module
    spec.loader.exec_module(module)
    yield module
    sys.path[:] = before
    for name in ("drive_run", "car", "track"):
        del sys.modules[name]


def laps(example: ModuleType, part: tuple[str, str], end: str) -> Any:
    """Which tracks are lapped with the answers as late as this end of the part's interval."""
    found = microinfer.check("drive", *part, config=False).to_dict()["checks"][0]["measures"]
    (latency,) = (one[end] for one in found if one["name"] == "latency")
    speed, late = np.full(6, example.SPEED), np.full(6, latency)
    return example.drive(example.FLOORS, example.ALL, speed, late, example.controller(*part)).laps


def test_a_quick_part_laps_and_a_slow_one_leaves(example: ModuleType) -> None:
    assert laps(example, QUICK, "high").all()
    assert not laps(example, SLOW, "low").any()
    assert laps(example, UNSURE, "low").all()
    assert not laps(example, UNSURE, "high").all()


def test_a_later_answer_is_no_quicker_car(example: ModuleType) -> None:
    found = example.limits(np.array([0.002, 0.06, 0.15, 0.4]), example.controller(*QUICK))
    assert (np.diff(found) < 0).all()
    assert found[0] > 2


def test_what_a_car_does_does_not_hang_on_its_company(example: ModuleType) -> None:
    answer = example.controller(*QUICK)
    together = example.drive(example.FLOORS, example.ALL, np.full(6, 1.5), np.full(6, 0.01), answer)
    alone = example.drive(example.FLOORS, example.ALL[3:4], np.full(1, 1.5), np.full(1, 0.01), answer)
    np.testing.assert_array_equal(alone.places, together.places[together.car == 3])
    assert alone.laps[0] == together.laps[3]


def test_every_part_answers_with_the_same_bits(example: ModuleType) -> None:
    x = zoo.samples("drive")[0]
    answers = [
        microinfer.Interpreter("drive", board, library=one).run_batch(x) for board, one in example.PARTS
    ]
    for found in answers[1:]:
        np.testing.assert_array_equal(found, answers[0])


@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")
def test_the_megas_firmware_answers_with_the_same_bits(tmp_path: Path) -> None:
    frame = zoo.samples("drive")[0][22:23]
    export(zoo.load("drive"), tmp_path, profile="arduino-mega", inputs=[frame])
    assert b"\nPASS\n" in run(["make", "-C", str(tmp_path), "test"])


def test_angles_are_near_the_experts() -> None:
    with np.load(HERE / "drive.npz") as held:
        x, y, in_float = held["x"], held["y"], held["in_float"]
    interpreter = microinfer.Interpreter("drive")
    scale, zero_point = interpreter.get_output_details()[0]["quantization"]
    errors = (interpreter.run_batch(x).astype(float) - zero_point) * scale - y
    assert np.degrees(np.sqrt(np.mean(errors**2))) < 7
    assert np.sqrt(np.mean(errors**2)) - np.sqrt(np.mean((in_float - y) ** 2)) < np.radians(0.2)


def test_the_expert_steers_back_to_the_line(example: ModuleType) -> None:
    car = import_module("car")
    on, at = np.zeros(2, int), np.full(2, 400)
    poses = example.FLOORS.beside(on, at, np.array([0.1, -0.1]), np.zeros(2))
    right, left = car.expert(example.FLOORS, on, poses, at)
    ahead = float(
        car.expert(example.FLOORS, on[:1], example.FLOORS.beside(on[:1], at[:1], *np.zeros((2, 1))), at[:1])[
            0
        ]
    )
    assert right < ahead < left


def test_it_fits_a_mega_and_no_uno() -> None:
    assert microinfer.check("drive", "arduino-mega", config=False).verdict == "yes"
    assert microinfer.check("drive", "arduino-uno", config=False).verdict == "no"
