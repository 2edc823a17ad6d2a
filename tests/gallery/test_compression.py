"""What is sent of a press's strokes: the same in C on simavr and in Python, and faults whole."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import microinfer
from microinfer import zoo

from support.firmware import KERNELS, simavr
from support.gallery import FOLDER

HERE = FOLDER / "compression"
RECORD = json.loads((HERE / "simulated.json").read_text(encoding="utf-8"))


def module(name: str) -> ModuleType:
    sys.path.insert(0, str(HERE))
    try:
        return import_module(name)
    finally:
        sys.path.pop(0)


def held() -> dict[str, Any]:
    with np.load(HERE / "press.npz") as found:
        return dict(found)


def test_what_was_simulated_is_simulated_again(tmp_path: Path) -> None:
    tools = simavr().Toolchain(tmp_path / "kernels", KERNELS)
    found = module("simulation").prove(tools, tmp_path)
    assert found["network"]["crc32"] == RECORD["network"]["crc32"]
    if tools.compiler == RECORD["compiler"]:
        assert tools.flags == RECORD["flags"]
        assert found == {name: RECORD[name] for name in found}


def test_the_time_that_is_said_is_that_which_was_simulated() -> None:
    found = microinfer.check("press", "arduino-uno", config=False).to_dict()["checks"][0]["measures"]
    (latency,) = [one for one in found if one["name"] == "latency"]
    least, _, most = (cycles / 16e6 for cycles in RECORD["network"]["cycles"])
    assert latency["low"] <= least <= most <= latency["high"]


def test_doors_lose_little_and_send_what_has_to_be() -> None:
    methods, x = module("methods"), held()["x"]
    for one in x[::10]:
        sent = methods.swinging_door(one)
        assert sent[-2] == 63
        assert np.abs(methods.from_door(sent) - one).max() <= 2 * methods.DOOR
    flat = np.full(64, 7, np.int8)
    assert methods.swinging_door(flat) == bytes([7, 63, 7])
    rising = np.arange(-64, 64, 2).astype(np.int8)
    np.testing.assert_array_equal(methods.from_door(methods.swinging_door(rising)), rising)
    steep = np.tile([-128, 127], 32).astype(np.int8)
    np.testing.assert_array_equal(methods.from_door(methods.swinging_door(steep)), steep)


def test_cosines_come_back() -> None:
    methods = module("methods")
    flat = np.full(64, 100, np.int8)
    assert np.abs(methods.from_cosines(methods.cosines(flat)) - flat).max() < 2
    wave = np.rint(60 * np.cos(np.pi * 5 * (2 * np.arange(64) + 1) / 128)).astype(np.int8)
    assert np.abs(methods.from_cosines(methods.cosines(wave)) - wave).max() < 4


@pytest.mark.parametrize(("kind", "least"), [(1, 0.9), (2, 0.9), (3, 0.9), (4, 0.6)])
def test_faults_are_sent_whole(kind: int, least: float) -> None:
    found = held()
    back = microinfer.Interpreter(zoo.load("press")).run_batch(found["x"])
    over = ((found["x"].astype(np.int32) - back) ** 2).sum(1) > found["threshold"]
    assert over[found["kind"] == kind].mean() >= least
    assert over[found["kind"] == 0].mean() <= 0.02
