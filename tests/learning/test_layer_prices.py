"""The learning layer's prices on Cortex-M, and what was counted, which lies in what is said."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import calibrate_learning as calibration
from microinfer import load_profile
from microinfer.learning import layer_cost
from microinfer.learning.layer_events import PARTS
from microinfer.words.data_folder import data_file

COUNTED = {core: (measured, rows) for core, measured, rows in calibration.on_cortex_m()}
LAYERS = [calibration.draw(number) for number in range(calibration.LAYERS)]


@pytest.mark.parametrize("core", COUNTED)
def test_the_list_is_that_of_what_was_counted(core: str) -> None:
    found = data_file("learning", f"online-layer.{core}.toml").read_text(encoding="utf-8")
    assert found == calibration.listing(core, *COUNTED[core])


@pytest.mark.parametrize("core", COUNTED)
def test_what_was_counted_lies_in_what_is_said(core: str) -> None:
    """Of every sample; the usual one is near their mean, where the layer is not all too sure of itself."""
    name = next(one for one in calibration.TABLE if core.startswith(one))
    part = load_profile(name).built(core.removeprefix(name).removeprefix("-").replace("o", "O") or "O2")
    assert part.timing.ideal
    cycles = np.array([COUNTED[core][1][one][1] for one in PARTS]).reshape(len(PARTS), len(LAYERS), -1)
    for number, (layer, x, _) in enumerate(LAYERS):
        cost = layer_cost(layer.geometry, part, float((x == layer.zero_point).sum(1).mean()))
        assert not cost.provisional
        for took, said in zip(cycles[:, number], (cost.predict, cost.learn), strict=True):
            assert said is not None
            assert said.low <= took.min()
            assert took.max() <= said.high
            if abs(layer.weights).mean() < 1:
                assert said.typical == pytest.approx(took.mean(), rel=0.25)


def test_a_boards_memories_add_to_the_layer() -> None:
    """An nRF52840 waits for its flash; the core alone does not."""
    layer = LAYERS[1][0]
    core, board = (
        layer_cost(layer.geometry, load_profile(one).built("O2"))
        for one in ("cortex-m4", "arduino-nano-33-ble")
    )
    for ideal, waits in ((core.predict, board.predict), (core.learn, board.learn)):
        assert ideal is not None
        assert waits is not None
        assert waits.typical > ideal.typical
        assert waits.high > ideal.high
        assert waits.low < waits.typical
