"""A stream whose zero level moved: biases follow it, what they forget, and what a part takes for it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import microinfer
from microinfer import Interpreter, ModelBuilder
from microinfer.builder import quantize_weights
from microinfer.errors import InputError
from microinfer.learning import BiasLearner, LearningReport, OnlineLayer, features_of

INPUTS, HIDDEN, FEATURES, CLASSES = 8, 20, 16, 3
MOVED = 45


def network() -> bytes:
    """Two frozen layers of random weights."""
    random = np.random.default_rng(3)
    builder = ModelBuilder("heaps")
    y = builder.input((1, INPUTS), scale=0.03, zero_point=0)
    for inputs, outputs in ((INPUTS, HIDDEN), (HIDDEN, FEATURES)):
        stored, scale = quantize_weights(
            (random.standard_normal((outputs, inputs)) / inputs**0.5).astype(np.float32)
        )
        words: dict[str, Any] = {"scale": 0.03, "zero_point": -128, "activation": "RELU"}
        y = builder.fully_connected(y, stored, np.zeros(outputs, np.int32), weight_scale=scale, **words)
    builder.output(y)
    return builder.build()


def samples(count: int, seed: int, moved: int = 0) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """Three heaps of points, and the zero level that moved by so many steps."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(1).standard_normal((CLASSES, INPUTS)) * 0.8
    y = random.integers(0, CLASSES, count)
    x = centres[y] + random.standard_normal((count, INPUTS)) * 0.3
    return np.clip(np.rint(x / 0.03) + moved, -128, 127).astype(np.int8), y


def layer_that_knows() -> OnlineLayer:
    found = features_of(Interpreter(network()))
    layer = OnlineLayer(np.zeros((CLASSES, 1 + FEATURES)), found.scale, found.zero_point, 0.02)
    microinfer.learn(network(), data=samples(300, 4), layer=layer)
    return layer


def streamed(biases: int, part: str = "cortex-m4", **more: Any) -> LearningReport:
    return microinfer.learn(
        network(),
        part,
        data=samples(200, 6, MOVED),
        known=samples(150, 5),
        layer=layer_that_knows(),
        biases=biases,
        **more,
    )


def test_biases_follow_what_drifts_and_what_they_forget_is_said() -> None:
    alone, both = streamed(0), streamed(2)
    for report in (alone, both):
        assert report.kept is not None
        assert report.kept.before > 0.9
        assert report.stream.stretches[-1].learning > report.stream.frozen + 0.1
    assert both.stream.learning > alone.stream.learning
    assert both.kept is not None
    assert both.kept.forgotten == both.kept.before - both.kept.after


def test_the_report_is_that_of_the_learner() -> None:
    report = streamed(2)
    layer = layer_that_knows()
    learner = BiasLearner(Interpreter(network(), "cortex-m4", library="bare-c"), layer, 2)
    x, y = samples(200, 6, MOVED)
    right = [learner.learn(one, int(label)).argmax() == label for one, label in zip(x, y, strict=True)]
    assert report.stream.learning == np.mean(right)
    known, of = samples(150, 5)
    answers = [learner.predict(one).argmax() for one in known]
    assert report.kept is not None
    assert report.kept.after == np.mean(answers == of)


def test_bytes_and_cycles_are_those_of_the_biases_too() -> None:
    alone, both = streamed(0, library="bare-c"), streamed(2)
    assert both.library == "bare-c"
    assert alone.biases is None
    assert both.biases is not None
    assert both.biases.biases == HIDDEN + FEATURES
    assert both.weights_bytes == alone.weights_bytes + 8 * (HIDDEN + FEATURES)
    kept = -(-HIDDEN // 8) - (-FEATURES // 8)
    # gradients of the wider layer; sums of what the second one reads
    assert both.scratch_bytes == alone.scratch_bytes + kept + 2 * HIDDEN + 4 * HIDDEN
    assert not both.provisional
    assert both.learn is not None
    assert alone.learn is not None
    assert both.learn.low <= both.learn.typical <= both.learn.high
    assert both.learn.typical > alone.learn.typical
    assert both.microjoules is None
    assert json.loads(both.to_json()) == both.to_dict()
    assert both.verdict == "yes"


def test_lite_residuals_stream_too_with_their_bytes_and_cycles() -> None:
    both, beside = streamed(2), streamed(2, residuals=1, pace=1 / 64)
    layer = layer_that_knows()
    learner = BiasLearner(Interpreter(network(), "cortex-m4", library="bare-c"), layer, 2, 1, 1 / 64)
    right = [
        learner.learn(one, int(label)).argmax() == label
        for one, label in zip(*samples(200, 6, MOVED), strict=True)
    ]
    assert beside.stream.learning == np.mean(right)
    assert beside.biases == learner.geometry
    assert beside.weights_bytes == both.weights_bytes + 4 * HIDDEN * FEATURES
    for more, less in ((beside.network, both.network), (beside.learn, both.learn)):
        assert more is not None
        assert less is not None
        assert more.typical > less.typical
    assert json.loads(beside.to_json()) == beside.to_dict()


def test_an_uno_says_milliseconds_and_joules() -> None:
    report = streamed(1, "arduino-uno")
    assert report.verdict == "yes"
    assert report.microjoules is not None
    assert "beside the network, yes" in repr(report)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"biases": 3}, "found 3, but heaps has 2 with weights that learn"),
        ({"biases": 1, "library": "tflm-reference"}, "but biases learn by bare-c; leave it out"),
        ({"biases": -1}, "biases: found -1, expected a number of layers from 0 on"),
        ({"biases": 1.5}, "biases: found 1.5, expected a number of layers"),
        ({"biases": "1"}, "biases: found '1', expected a number of layers"),
        ({"biases": 1, "residuals": "1"}, "residuals: found '1', expected a number of layers"),
        ({"biases": 1, "pace": 0.5}, "pace: found 0.5, expected 1 where no lite residuals learn"),
        ({"biases": 1, "residuals": 2}, "residuals: found 2, expected a number of layers from 0 to 1"),
        ({"biases": 0, "residuals": 1}, "expected 0 where no biases learn"),
        ({"biases": 1, "residuals": 1, "pace": 0}, "pace: found 0"),
    ],
)
def test_what_cannot_learn_is_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        streamed(**more)
