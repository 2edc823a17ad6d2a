"""Four ways to retrain gesture's network: gradients, the bytes they keep, and what is in the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microinfer
from microinfer import load_profile
from microinfer.learning import OnlineGeometry, layer_cost, training_memory

from support.gallery import FOLDER

HERE = FOLDER / "retrain"


def weights(path: Path) -> list[Any]:
    graph = microinfer.load(path).subgraphs[0]
    return [graph.tensors[one.inputs[1]].data for one in graph.operators if len(one.inputs) == 3]


@pytest.mark.parametrize("number", range(4))
def test_what_is_kept_and_trained_is_what_is_said_before(number: int, example: Any) -> None:
    """To the byte, but for what the average pool might keep and does not."""
    backbone = example("backbone")
    one = training_memory(microinfer.load(backbone.FILE)).ways[number]
    assert one.name == backbone.WAYS[number]
    learner = backbone.Learner(one.name)
    kept = learner.learn(np.ones((64, 1, 3), np.float32), 1, 0.0)
    assert learner.trained == one.trained
    averages = 0 if number == 3 else 24
    assert kept == one.kept_high - averages
    with np.load(HERE / "retrain.npz") as held:
        assert held["counted"][number].tolist() == [learner.trained, kept]


@pytest.mark.parametrize("number", range(4))
def test_gradients_are_differences_of_the_loss(number: int, example: Any) -> None:
    backbone, network = example("backbone"), example("workshop.network")
    learner = backbone.Learner(backbone.WAYS[number])
    random = np.random.default_rng(number)
    x = random.standard_normal((1, 64, 1, 3)).astype(np.float32) / 4
    if number == 1:
        for leaf in learner.leaves:
            if hasattr(leaf, "step") and not leaf.parameters[0].any():
                leaf.parameters[0][...] = random.standard_normal(leaf.parameters[0].shape) * 0.05
    y = np.argsort(learner.network(x)[0])[-2:-1]  # a loss that is neither nought nor cut off
    learner.learn(x[0], int(y[0]), 0.0)
    checked = 0
    for leaf in learner.leaves:
        if not hasattr(leaf, "step") or leaf.trains == "nothing":
            continue
        for at in (0, 1) if leaf.trains == "weights" else (1,):
            values, slope = leaf.parameters[at], leaf.gradients[at]
            place = np.unravel_index(np.argmax(abs(slope)), slope.shape)
            losses, before, step = [], values[place], 2e-3
            for sign in (1, -1):
                values[place] = before + sign * step
                losses.append(network.classes(learner.network(x), y)[0])
            values[place] = before
            found = (losses[0] - losses[1]) / (2 * step)
            assert abs(found - slope[place]) < 0.05 * abs(slope[place]) + 2e-3
            checked += 1
    assert checked == (12, 25, 7, 2)[number]


def test_a_residual_begins_as_nothing(example: Any) -> None:
    backbone = example("backbone")
    x = np.random.default_rng(5).standard_normal((4, 64, 1, 3)).astype(np.float32)
    with_it, without = (backbone.Learner(backbone.WAYS[at]).network(x) for at in (1, 2))
    np.testing.assert_array_equal(with_it, without)


def test_the_files_convolutions_are_those_of_gesture() -> None:
    ours, theirs = weights(HERE / "retrain.tflite"), weights(FOLDER / "gesture" / "gesture.tflite")
    assert len(ours) == len(theirs) == 6
    for one, other in zip(ours[:-1], theirs[:-1], strict=True):
        np.testing.assert_array_equal(one, other)


def test_each_way_gains_and_what_it_forgets_is_said() -> None:
    with np.load(HERE / "retrain.npz") as held:
        begun, later, known, y = (held[name] for name in ("begun", "later", "known", "y"))
    turned, before = (float(np.mean(one == y)) for one in begun)
    assert before > 0.95
    for gained, kept in zip(later, known, strict=True):
        assert np.mean(gained == y) > turned + 0.2
        assert np.mean(kept == y) < before
    assert np.mean(later[0] == y) == max(np.mean(one == y) for one in later)


def test_a_network_of_tinytls_size_saves_as_much(example: Any) -> None:
    """8 samples at once of 224 x 224 pixels: near 6.5 times, where activations are nearly all there is."""
    model = example("mobilenet").mobilenet()
    every, lite, *_ = training_memory(model, 8).ways
    assert every.kept_low / (every.kept_low + every.weights_bytes) > 0.95
    assert 6.5 < lite.saves_low <= lite.saves_high < 10


def test_a_step_of_the_last_layer_is_counted_on_every_part_of_the_page(example: Any) -> None:
    """Of 24 features and 6 classes, by the layer's own prices, none of them assumed."""
    run = example("run")
    for board in run.BOARDS:
        cost = layer_cost(OnlineGeometry(24, 6, classes=True), load_profile(board))
        assert not cost.provisional
    text = (FOLDER / "retrain" / "README.md").read_text(encoding="utf-8")
    assert all(row.endswith(" |") for row in run.with_steps(["|", "|", *["|"] * len(run.BOARDS)]))
    assert "a step of the last layer |" in text
