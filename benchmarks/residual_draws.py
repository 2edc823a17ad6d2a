"""Networks with lite residuals beside every layer, drawn from a seed; and samples of them.

Residuals begin with noughts, and how far a step takes them depends on scales: a pace is drawn by how large
weights get in the first one, so that later samples meet weights of every size.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bias_draws import CLASSES, MOST_BYTES, Drawn, network
from microinfer import Interpreter
from microinfer.errors import InputError
from microinfer.learning import BiasLearner, OnlineLayer, features_of

__all__ = ["SAMPLES", "drawn_aside"]

SAMPLES = 5
SMALLEST, LARGEST = 4.0, 6000.0
"""Of the largest weight behind the first sample."""


def drawn_aside(number: int) -> Drawn:
    """As `drawn`, of another seed."""
    random = np.random.default_rng([2812, number])
    while True:
        data, layers = network(random)
        interpreter = Interpreter(data, "atmega328p", library="bare-c")
        found = features_of(interpreter)
        if found.count > 60:
            continue
        weights = (random.standard_normal((CLASSES, 1 + found.count)) * 0.4).astype(np.float32)

        def learner_at(pace: float, weights: NDArray[np.float32] = weights) -> BiasLearner:
            layer = OnlineLayer(weights.copy(), found.scale, found.zero_point, 0.01)  # noqa: B023
            return BiasLearner(interpreter, layer, layers, layers, pace)  # noqa: B023

        try:
            learner = learner_at(1.0)
        except InputError:  # too many channels for a residual
            continue
        layer = learner.layer.geometry
        own = layer.weights_bytes + layer.scratch_bytes + learner.geometry.ram_bytes
        if interpreter.plan.arena_used_bytes + own > MOST_BYTES:
            continue
        x, y = _samples(random, interpreter)
        learner.learn(x[0], int(y[0]))
        largest = max(float(abs(each).max()) for each in learner.residuals.values())
        if largest:
            break
    wanted = np.exp(random.uniform(np.log(SMALLEST), np.log(LARGEST)))
    return learner_at(wanted / largest), x, y


def _samples(
    random: np.random.Generator, interpreter: Interpreter
) -> tuple[NDArray[np.int8], NDArray[np.uint16]]:
    """Of channels with averages of their own, for those of plain noise are near nought."""
    shape = interpreter.get_input_details()[0]["shape"]
    middles = random.uniform(-100, 100, (SAMPLES, 1, 1, 1, shape[-1]))
    x = np.clip(middles + random.uniform(-80, 80, (SAMPLES, *shape)), -128, 127).astype(np.int8)
    return x, random.integers(0, CLASSES, SAMPLES).astype(np.uint16)
