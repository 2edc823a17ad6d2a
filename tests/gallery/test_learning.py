"""A layer follows a sensor that was moved: what it gains, what it forgets, the same bits on every part."""

from __future__ import annotations

from typing import Any

import numpy as np

import microinfer

from support.gallery import FOLDER

HERE = FOLDER / "learning"


def test_it_follows_the_drift_and_forgets_some(example: Any) -> None:
    """Asked anew, windows after the move are told far better than before; those from before it less well."""
    run = example("run")
    report, layer, (frozen, learnt) = run.learnt("arduino-uno")
    assert report.kept is not None
    assert learnt > 2 * frozen
    assert report.kept.before > report.kept.after > 0.8
    assert not np.array_equal(layer.weights, run.HELD["weights"])


def test_every_part_learns_the_same(example: Any) -> None:
    run = example("run")
    first, *others = (run.learnt(board)[1].weights for board in run.BOARDS)
    for other in others:
        np.testing.assert_array_equal(first, other)


def test_network_and_layer_take_a_quarter_of_an_unos_memory(example: Any) -> None:
    run = example("run")
    report = run.learnt("arduino-uno")[0]
    arena = microinfer.check(run.MODEL, "arduino-uno", config=False).to_dict()["checks"][0]["measures"]
    (bytes_of_arena,) = (one["value"] for one in arena if one["name"] == "arena")
    assert bytes_of_arena + report.weights_bytes + report.scratch_bytes < 2048 / 4
