"""The layer that learns: the bits of its C on this computer and on an ATmega328P, and the cycles said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from microinfer import load_profile, profile_names
from microinfer.errors import InputError
from microinfer.learning import OnlineGeometry, OnlineLayer, layer_cost, learner_files

from support.firmware import KERNELS, WARNINGS, run, simavr

SAMPLES = 25
COUNTED = {"avr", "cortex-m0plus", "cortex-m4", "cortex-m33"}
"""Cores on which the layer's C was counted."""
MAIN = """
#include <stdio.h>
#include "learner.h"
int main(void) {
    static int8_t features[LEARNER_INPUTS];
#if LEARNER_CLASSES
    uint16_t right[1];
#else
    float right[LEARNER_OUTPUTS];
#endif
    while (fread(features, 1, sizeof features, stdin) && fread(right, 1, sizeof right, stdin)) {
        fwrite(learner_predict(features), sizeof(float), LEARNER_OUTPUTS, stdout);
#if LEARNER_CLASSES
        learner_learn(right[0]);
#else
        learner_learn(right);
#endif
    }
    fwrite(learner_weights(), sizeof(float), LEARNER_WEIGHTS, stdout);
    return 0;
}
"""
SHAPES = [(12, 5, True), (1, 2, True), (40, 7, True), (16, 9, False), (3, 1, False)]


def drawn(
    inputs: int, outputs: int, classes: bool, size: float = 0.4
) -> tuple[OnlineLayer, NDArray[np.int8], NDArray[Any]]:
    random = np.random.default_rng(inputs + 100 * outputs + 7)
    weights = (random.standard_normal((outputs, 1 + inputs)) * size).astype(np.float32)
    loss = "cross-entropy" if classes else "squares"
    layer = OnlineLayer(weights, 0.031, -100, 0.02, loss)
    x = random.integers(-128, 128, (SAMPLES, inputs)).astype(np.int8)
    x[random.random(x.shape) < 0.4] = -100
    y = random.integers(0, outputs, SAMPLES) if classes else random.standard_normal((SAMPLES, outputs))
    return layer, x, y.astype(np.uint16 if classes else np.float32)


def learnt(layer: OnlineLayer, x: NDArray[np.int8], y: NDArray[Any]) -> bytes:
    predicted = [
        layer.learn(one, right if right.ndim else int(right)) for one, right in zip(x, y, strict=True)
    ]
    return np.stack(predicted).tobytes() + layer.weights.tobytes()


def stream(x: NDArray[np.int8], y: NDArray[Any]) -> bytes:
    return b"".join(one.tobytes() + right.tobytes() for one, right in zip(x, y, strict=True))


@pytest.mark.parametrize("size", [0.4, 30.0], ids=["usual", "sure of itself"])
@pytest.mark.parametrize("level", ["-O0", "-O2", "-O3"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_c_of_this_computer_gives_the_same_bits(
    shape: tuple[int, int, bool], level: str, size: float, tmp_path: Path
) -> None:
    layer, x, y = drawn(*shape, size)
    for name, text in {**learner_files(layer), "src/main.c": MAIN}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    sources = [str(tmp_path / "src" / name) for name in ("main.c", "learner.c", "online_layer.c")]
    flags = [level, "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    run(["gcc", *WARNINGS, *flags, *sources, "-o", str(tmp_path / "learner")])
    assert run([str(tmp_path / "learner")], input=stream(x, y)) == learnt(layer, x, y)


@pytest.mark.parametrize("level", ["O2", "Os"])
def test_an_atmega328p_gives_the_same_bits_in_the_cycles_said(level: str, tmp_path: Path) -> None:
    package = simavr()
    from simavr.learner import on_simavr

    tools = package.Toolchain(tmp_path / "kernels", KERNELS, f"-{level}")
    part = load_profile("atmega328p").built(level)
    for number, shape in enumerate([*SHAPES, (20, 16, True)]):
        for size in (0.4, 30.0):
            layer, x, y = drawn(*shape, size)
            ran = on_simavr(layer, x, y, tools, tmp_path / f"{number}-{size}")
            assert ran.predicted.tobytes() + ran.weights.tobytes() == learnt(layer, x, y)
            cost = layer_cost(layer.geometry, part, float((x == layer.zero_point).sum(1).mean()))
            assert not cost.provisional
            assert cost.predict is not None
            assert cost.learn is not None
            for cycles, said in zip(zip(*ran.cycles, strict=True), (cost.predict, cost.learn), strict=True):
                assert said.low <= min(cycles)
                assert max(cycles) <= said.high
                if size < 1:
                    assert said.typical == pytest.approx(np.mean(cycles), rel=0.25)


def test_probabilities_are_those_of_a_softmax() -> None:
    layer, x, _ = drawn(40, 7, True)
    for one in x:
        sums = layer.weights[:, 0].astype(float) + layer.weights[:, 1:].astype(float) @ layer.real(one)
        wanted = np.exp(sums - sums.max()) / np.exp(sums - sums.max()).sum()
        np.testing.assert_allclose(layer.predict(one), wanted, rtol=3e-5, atol=1e-12)


@pytest.mark.parametrize("classes", [True, False])
def test_a_step_goes_down_the_gradient(classes: bool) -> None:
    """By differences of the loss: cross-entropy, or half the sum of squares."""
    layer, x, y = drawn(5, 3, classes)
    one, right = x[0], y[0]
    began, rate = layer.weights.copy(), 0.02

    def loss(weights: NDArray[Any]) -> float:
        sums = weights[:, 0] + weights[:, 1:] @ layer.real(one).astype(float)
        if classes:
            return float(np.log(np.exp(sums).sum()) - sums[int(right)])
        return float(((sums - right) ** 2).sum() / 2)

    layer.learn(one, int(right) if classes else right)
    for at in np.ndindex(began.shape):
        more, less = began.astype(float), began.astype(float)
        more[at] += 1e-5
        less[at] -= 1e-5
        gradient = (loss(more) - loss(less)) / 2e-5
        assert (began[at] - layer.weights[at]) / rate == pytest.approx(gradient, abs=2e-3)


def test_every_part_says_what_it_takes_or_why_not() -> None:
    small, large = OnlineGeometry(16, 4, True), OnlineGeometry(64, 8, True)
    for name in profile_names():
        part = load_profile(name)
        costs = [layer_cost(one, part) for one in (small, large)]
        for cost in costs:
            assert cost.note
            assert (cost.predict is None) == (cost.learn is None) == (cost.both is None)
            for span in (cost.predict, cost.learn):
                assert span is None or 0 < span.low <= span.typical <= span.high
        if costs[0].both is not None and costs[1].both is not None:
            assert costs[0].both.typical < costs[1].both.typical
        assert costs[0].provisional == (part.core not in COUNTED)


@pytest.mark.parametrize(
    ("weights", "more", "said"),
    [
        (np.zeros(3), {}, "expected (outputs, 1 + inputs)"),
        (np.zeros((2, 1)), {}, "expected (outputs, 1 + inputs)"),
        (np.zeros((256, 257)), {}, "takes 65,535"),
        (np.full((2, 3), np.nan), {}, "no finite numbers"),
        (np.zeros((2, 3)), {"rate": 0.0}, "expected a number above 0"),
        (np.zeros((2, 3)), {"loss": "hinge"}, "expected one of cross-entropy, squares"),
    ],
)
def test_what_is_no_layer_is_refused(weights: Any, more: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        OnlineLayer(weights, 0.1, 0, **more)
    assert said in str(caught.value)


def test_weights_that_grow_beyond_all_numbers_are_told() -> None:
    layer = OnlineLayer(np.ones((1, 2), np.float32), 1.0, 0, 1e6, "squares")
    one, right = np.array([100], np.int8), np.zeros(1, np.float32)

    def learn_often() -> None:
        for _ in range(20):
            layer.learn(one, right)

    with np.errstate(all="ignore"), pytest.raises(InputError, match="take a smaller one"):
        learn_often()


@pytest.mark.parametrize("target", [-1, 3, 1.0, True, [1, 0, 0]])
def test_a_target_that_is_no_class_teaches_nothing(target: Any) -> None:
    layer = OnlineLayer(np.zeros((3, 5), np.float32), 0.1, 0)
    with pytest.raises(InputError, match="expected a class, a whole number from 0 to 2"):
        layer.learn(np.ones(4, np.int8), target)
    assert not layer.weights.any()


@pytest.mark.parametrize("target", [1.0, [1.0, 2.0], ["a", "b", "c"]])
def test_targets_that_are_not_as_many_as_the_outputs_are_refused(target: Any) -> None:
    layer = OnlineLayer(np.zeros((3, 5), np.float32), 0.1, 0, loss="squares")
    with pytest.raises(InputError, match="expected numbers of"):
        layer.learn(np.ones(4, np.int8), target)


@pytest.mark.parametrize("features", [np.ones(1, np.int8), np.ones((2, 4), np.int8), np.ones(4), 5 * [7]])
def test_features_of_another_shape_or_type_are_refused(features: Any) -> None:
    layer = OnlineLayer(np.zeros((3, 5), np.float32), 0.1, 0)
    with pytest.raises(InputError, match="expected int8 of"):
        layer.predict(features)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"weights": [[1, 2], [3]]}, "weights: found no array of numbers"),
        ({"scale": float("nan")}, "scale: found nan"),
        ({"scale": 0}, "scale: found 0"),
        ({"zero_point": 200}, "zero_point: found 200"),
        ({"rate": 1e-60}, "rate: found 1e-60"),
        ({"rate": 1e300}, "rate: found 1e.300"),
        ({"rate": "fast"}, "rate: found 'fast'"),
    ],
)
def test_what_a_layer_is_not_made_of(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        OnlineLayer(**{"weights": np.zeros((3, 5)), "scale": 0.1, "zero_point": 0, **wrong})
