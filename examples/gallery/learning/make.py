"""Trains a fan's faults, freezes the network below its last layer in int8, and moves the sensor.

    python examples/gallery/learning/make.py [FOLDER]

Writes learning.tflite, the frozen network up to its twelve features, and the samples: a stream after the
move, and two sets that are only asked, one of before it and one of after. Needs nothing but microinfer.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from vibration.machine import BANDS, FAULTS, RATE, bands, windows  # noqa: E402
from workshop.layers import Dense  # noqa: E402
from workshop.network import Network, classes, fit, stored, to_int8  # noqa: E402
from workshop.page import make, write_model  # noqa: E402

KINDS = ("", *FAULTS)
TRAIN, STREAM, ASKED = 300, 80, 50
"""Windows of each kind."""
RESONANCE, DAMPING, STIFF = 140.0, 0.15, 0.25
"""Where the new mounting rings, in Hz, and the share of a vibration that it passes on stiffly."""
EPOCHS, ALONE = 40, 3


def moved(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The logarithms of the bands' energies behind the new mounting."""
    hertz = (np.arange(BANDS) + 0.5) * RATE / 2 / BANDS / RESONANCE
    passes = STIFF + (1 - STIFF) / (1 - hertz**2 + 2j * DAMPING * hertz)
    return values + np.log10(abs(passes) ** 2).astype(np.float32)


def drawn(each: int, random: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Windows of each kind in any order, and their kinds."""
    kinds = random.permutation(np.repeat(np.arange(len(KINDS)), each)).astype(np.uint8)
    return bands(np.concatenate([windows(1, KINDS[kind], random) for kind in kinds])), kinds


def main(out: Path) -> None:
    random = np.random.default_rng(17)
    (x, y), (known, known_y) = drawn(TRAIN, random), drawn(ASKED, random)
    (then, then_y), (later, later_y) = drawn(STREAM, random), drawn(ASKED, random)
    mean, spread = x.mean(0), x.std(0)
    x, known, then, later = ((one - mean) / spread for one in (x, known, moved(then), moved(later)))

    network = Network((BANDS,), [Dense(32), Dense(12), Dense(len(KINDS), relu=False)], seed=3)
    fit(network, x, y, classes, epochs=EPOCHS, rate=3e-3)
    in_float = [
        float((network(one).argmax(1) == of).mean()) for one, of in ((known, known_y), (later, later_y))
    ]
    weights, bias = network.layers.pop().parameters
    model = to_int8(
        network,
        x[:500],
        "learning",
        "A fan's spectrum in twelve features; made by microinfer.",
        covers=(-8, 8),
    )

    import microinfer
    from microinfer.learning import OnlineLayer, features, features_of

    interpreter = microinfer.Interpreter(model)
    found = features_of(interpreter)
    layer = OnlineLayer(np.column_stack([bias, weights.T]), found.scale, found.zero_point, 0.005)
    scale, zero_point = interpreter.get_input_details()[0]["quantization"]
    given = [stored(one, scale, zero_point) for one in (x, known, then, later)]
    for _ in range(ALONE):  # what int8 changed in the features is learnt before the device has it
        for one, kind in zip(features(interpreter, given[0], "training"), y.tolist(), strict=True):
            layer.learn(one, kind)
    write_model(
        out, "learning", model, x=given[2], y=then_y, known_x=given[1], known_y=known_y,
        later_x=given[3], later_y=later_y, weights=layer.weights, in_float=np.array(in_float),
    )  # fmt: skip


if __name__ == "__main__":
    make(HERE, main, sys.argv[1:])
