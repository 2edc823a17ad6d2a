"""Biases that follow a zero level: further than the last layer, less forgotten, the same in C."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microinfer
from microinfer.learning import BiasLearner, training_memory

from support.firmware import run
from support.gallery import FOLDER
from support.learners import learning_program, learnt

HERE = FOLDER / "biases"


@pytest.fixture
def ways(example: Any) -> Any:
    return example("follower").followed()


def test_biases_follow_further_and_forget_less(ways: Any) -> None:
    nothing, last, *_, every = ways.values()
    assert nothing.after == nothing.before
    assert nothing.before[0] > 0.95
    assert nothing.before[1] + 0.2 < last.after[1] < every.after[1]
    assert last.kept.forgotten > every.kept.forgotten > 0
    assert last.stream.frozen < last.stream.learning < every.stream.learning


def test_a_step_is_counted_on_every_part_of_the_page(ways: Any, example: Any) -> None:
    follower, every = example("follower"), list(ways.values())[-1]
    for board in example("run").BOARDS:
        report = every.report(board)
        assert report.learn is not None
        assert report.learn.low < report.learn.typical < report.learn.high
    full = training_memory(microinfer.load(follower.FILE)).ways[0]
    assert sum(every.ram) < full.weights_bytes + full.kept_low


def test_lite_residuals_follow_too_and_take_longer(ways: Any, example: Any) -> None:
    """Beside biases they take bytes and time and gain nothing, as the page says."""
    one, every = example("follower").with_residuals(), list(ways.values())[-1]
    assert one.before == every.before
    assert one.before[1] + 0.2 < one.after[1] <= every.after[1]
    assert one.ram[0] > every.ram[0]
    assert one.ram[1] > every.ram[1]
    for board in example("run").BOARDS:
        beside, alone = one.report(board), every.report(board)
        for more, less in ((beside.network, alone.network), (beside.learn, alone.learn)):
            assert more is not None
            assert less is not None
            assert more.low > less.low
            assert more.high > less.high


@pytest.mark.parametrize("residuals", [0, 5])
def test_the_devices_c_learns_the_same(residuals: int, example: Any, tmp_path: Path) -> None:
    """On this computer, to the last bit of a bias: the first gestures."""
    follower = example("follower")
    interpreter = microinfer.Interpreter(follower.features_network(), library="bare-c")
    learner = BiasLearner(interpreter, follower.behind(interpreter), 5, residuals, follower.PACE)
    x, y = follower.moved(follower.HELD["x"][:20]), follower.HELD["y"][:20].astype(np.uint16)
    program = learning_program(learner, tmp_path, "-O2")
    stream = b"".join(one.tobytes() + right.tobytes() for one, right in zip(x, y, strict=True))
    assert run([str(program)], input=stream) == learnt(learner, x, y)
    assert learner.changes.any()


def test_the_files_weights_are_gestures_and_its_biases_are_not() -> None:
    graphs = [
        microinfer.load(path).subgraphs[0]
        for path in (HERE / "biases.tflite", FOLDER / "gesture/gesture.tflite")
    ]
    ours, theirs = (
        [[graph.tensors[at].data for at in one.inputs[1:]] for one in graph.operators if len(one.inputs) == 3]
        for graph in graphs
    )
    assert len(ours) == 5
    for (weights, bias), (kept, before) in zip(ours, theirs, strict=False):
        np.testing.assert_array_equal(weights, kept)
        assert (bias != before).any()
