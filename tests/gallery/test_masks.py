"""Masks are told from faces, and whether a Cortex-M7 is quick enough is said of the whole interval."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np
import pytest

import microinfer
from microinfer import zoo

from support.gallery import FOLDER

HERE = FOLDER / "masks"


@pytest.fixture(scope="module")
def example() -> Iterator[Any]:
    """Imports a module of the example, and forgets it afterwards: other examples have the same names."""
    before, path = set(sys.modules), list(sys.path)
    sys.path[:0] = [str(HERE), str(FOLDER)]
    yield import_module
    sys.path[:] = path
    for name in set(sys.modules) - before:
        if str(FOLDER) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def test_masks_are_told(example: Any) -> None:
    """Over all that is held out, drawn anew to the byte."""
    run = example("run")
    x, kinds, usual = run.pictures()
    found = microinfer.Interpreter("masks").run_batch(x).argmax(1)
    y = np.array([run.class_of(kind) for kind in kinds.tolist()])
    assert np.mean((found == y)[:usual]) > 0.94
    assert np.mean((found == y)[usual:]) > 0.88
    assert np.mean(found[:usual] == run.HELD["in_float"][:usual]) > 0.97
    shown = np.unique(kinds, return_index=True)[1]
    np.testing.assert_array_equal(run.HELD["x"], x[shown])
    np.testing.assert_array_equal(run.HELD["y"], y[shown])


def test_labels_are_the_classes(example: Any) -> None:
    scenes = example("scenes")
    assert zoo.labels("masks") == scenes.CLASSES
    assert [scenes.class_of(kind) for kind in range(scenes.BEYOND + 1)] == [0] * 3 + [1] * 4 + [2] * 4 + [1]


def test_a_byte_less_128_is_the_input() -> None:
    """So that a camera's pixels need no arithmetic."""
    assert microinfer.Interpreter("masks").get_input_details()[0]["quantization"] == (1 / 128, 0)


def test_it_reaches_thirty_frames_a_second() -> None:
    found = microinfer.check("masks", "openmv-h7", max_latency="33ms", max_arena="128k", config=False)
    assert found.verdict == "yes"


@pytest.mark.parametrize(
    ("low", "high", "said"), [(20e-3, 33e-3, "yes"), (30e-3, 40e-3, "cannot tell"), (34e-3, 50e-3, "no")]
)
def test_thirty_is_said_of_the_interval(example: Any, low: float, high: float, said: str) -> None:
    frames = example("frames")
    assert frames.reaches({"low": low, "value": (low + high) / 2, "high": high}) == said
    assert frames.a_second({"low": 0.02, "value": 0.025, "high": 0.04}) == "40 (25-50)"


def test_shapes_cover_what_they_say(example: Any) -> None:
    """Half of a pixel on the edge, all within, nothing outside; turned about their middle."""
    canvas = example("canvas")
    place = canvas.Place.at(48, 48, 10, 90)
    covered = place.covers(canvas.box(place.u, place.v, 2, 1))
    assert covered.sum() == pytest.approx(800, abs=1)
    assert covered[48 + 19, 48] == 1
    assert covered[48, 48 + 19] == 0
    assert covered[48 + 20, 48] == pytest.approx(0.5)
    painted = canvas.Canvas(np.zeros(3, np.float32))
    painted.paint(covered, np.array([200, 100, 50], np.float32), 0.5)
    assert painted.pixels[:, 48, 48].tolist() == [100, 50, 25]
    taken = canvas.photograph(painted, np.random.default_rng(1))
    assert taken.shape == (96, 96, 3)
    assert not (taken[..., 0] & 7 ^ taken[..., 0] >> 5).any()


def test_a_mosaic_has_every_square(example: Any) -> None:
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:4, :4] = 255
    drawn = example("mosaic").mosaic(pixels, 10, 20, 40)
    assert "<path stroke='#fff' d='M0 0h2M0 1h2'/>" in drawn
    assert "<path stroke='#000' d='M2 0h2M2 1h2M0 2h4M0 3h4'/>" in drawn


def test_a_stem_is_a_convolution(example: Any) -> None:
    """The same sums and the same gradients, but for the input's, which nobody asks for."""
    layers, stem = example("workshop.layers"), example("workshop.stem")
    random = np.random.default_rng(3)
    x, change = (random.normal(size=shape).astype(np.float32) for shape in ((2, 9, 8, 3), (2, 5, 4, 6)))
    one, other = layers.Conv(6, (3, 3), (2, 2)), stem.Stem(6, (3, 3), (2, 2))
    assert one.start((9, 8, 3), random) == other.start((9, 8, 3), random) == (5, 4, 6)
    other.parameters = one.parameters
    np.testing.assert_allclose(other.forward(x), one.forward(x), rtol=1e-5, atol=1e-5)
    one.backward(change)
    other.backward(change)
    for ours, wanted in zip(other.gradients, one.gradients, strict=True):
        np.testing.assert_allclose(ours, wanted, rtol=1e-4, atol=1e-4)


def test_what_is_normalised_learns_and_is_folded(example: Any) -> None:
    """Gradients as differences of the loss have them; folded, the convolution alone says the same."""
    layers, normed = example("workshop.layers"), example("workshop.normed")
    random = np.random.default_rng(0)
    x = random.normal(size=(3, 5, 4, 2)).astype(np.float32)
    layer = normed.Normed(layers.Conv(3, (3, 3), (2, 2)))
    assert layer.start((5, 4, 2), random) == (3, 2, 3)
    for parameter in layer.parameters:
        parameter += random.normal(0, 0.1, parameter.shape).astype(np.float32)
    weights = random.normal(size=(3, 3, 2, 3)).astype(np.float32)

    def loss() -> float:
        return float((layer.forward(x) * weights).sum())

    loss()
    back = layer.backward(weights)
    slopes = [back, *layer.gradients]
    for values, slope in zip([x, *layer.parameters], [one.copy() for one in slopes], strict=True):
        at = tuple(random.integers(0, values.shape).tolist())
        values[at] += 0.01
        above = loss()
        values[at] -= 0.02
        assert (above - loss()) / 0.02 == pytest.approx(slope[at], rel=0.02, abs=0.02)
        values[at] += 0.01
    wanted = layer.forward(x)
    layer.fold()
    np.testing.assert_allclose(layer.forward(x), wanted, atol=1e-5)
