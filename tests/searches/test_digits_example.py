"""The example of examples/digits_uno: gradients, a short search, and the figures of its page."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import microinfer

FOLDER = Path(__file__).parents[2] / "examples/digits_uno"
CONFIG = {
    "filters": 5,
    "padding": "SAME",
    "first": True,
    "inner_padding": "VALID",
    "first_filters": 6,
    "second": True,
    "second_filters": 4,
}


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(FOLDER))
    return pytest.importorskip("network")


def test_gradients_are_those_of_the_loss(network: ModuleType) -> None:
    """Against differences, in double precision."""
    random = np.random.default_rng(1)
    made = network.Network(CONFIG)
    for layer in made.weighted:
        layer.w, layer.b = np.float64(layer.w), 0.1 + np.float64(layer.b)
        layer.dw = np.zeros_like(layer.w)
    x, aim = random.random((3, 8, 8, 1)), random.standard_normal((3, 10))
    made.forward(x)
    made.backward(aim)
    for layer in made.weighted:
        for values, gradient in ((layer.w, layer.dw.copy()), (layer.b, layer.db.copy())):
            place = tuple(random.integers(values.shape))
            there = values[place]
            sums = []
            for step in (1e-6, -1e-6):
                values[place] = there + step
                sums.append(float((made.forward(x) * aim).sum()))
            values[place] = there
            assert (sums[0] - sums[1]) / 2e-6 == pytest.approx(gradient[place], rel=1e-4, abs=1e-7)


def test_a_short_search(tmp_path: Path) -> None:
    """Of two networks, after few epochs; the best has its weights, and its figures are those of `build`."""
    pytest.importorskip("sklearn")
    table: dict[str, Any] = tomllib.loads((FOLDER / "digits.toml").read_text())
    for key in ("build", "score"):
        table[key] = f"{FOLDER}/{table[key]}"
    table |= {"trials": 2, "halving": {"least": 2, "most": 4, "factor": 2}}
    best = tmp_path / "best.tflite"
    found = microinfer.search(table, store=tmp_path / "s.sqlite", jobs=1, output=best)
    assert (found.scored, found.failed) == (3, 0)
    assert found.best is not None
    assert found.best.trained
    assert (found.best.score or 0.0) > 0.3
    assert (found.best.arena_bytes or 10_000) <= table["budgets"]["arena"]
    assert (found.best.flash_bytes or 10_000) <= table["budgets"]["flash"]
    assert microinfer.load(best).sha256 == found.best.sha256


def test_the_page_shows_what_is_printed() -> None:
    """On samples by which nobody chose: within what so few can tell, in less time and no more bytes."""
    pytest.importorskip("sklearn")
    command = [sys.executable, "held_out.py", "digits.tflite"]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=True)
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert done.stdout in page
    figures = [re.findall(r"[\d,.]+", line)[-5:] for line in done.stdout.splitlines()[1:]]
    hand, found = ([float(each.strip(",").replace(",", "")) for each in row] for row in figures)
    arena, flash, time, right, _ = range(5)
    assert found[arena] <= hand[arena]
    assert found[flash] <= hand[flash]
    assert found[time] < hand[time]
    assert found[right] > hand[right] - 3


def test_seeds_of_both_after_few_epochs() -> None:
    """The whole takes minutes; its figures stand on the page as it prints them."""
    pytest.importorskip("sklearn")
    command = [sys.executable, "seeds.py", "--seeds", "1", "--epochs", "2"]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=True)
    page = (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
    shown = page[page.index("$ python seeds.py") + 1 :][:3]
    for line, whole in zip(done.stdout.splitlines(), shown, strict=True):
        assert line[:15] == whole[:15]
    for line in shown[1:]:
        *counts, mean = re.findall(r"[\d.]+", line[15:])[:4]
        assert float(mean) == pytest.approx(sum(map(int, counts)) / 3, abs=0.05)
