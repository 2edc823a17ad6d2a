"""Synthesises people's gestures, trains three learners, writes their models and gesture's data.

    python examples/gallery/gesture/make.py [FOLDER]

Needs nothing but microinfer; takes about a minute. The people held out are no one's of training.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from hand import GESTURES, LENGTH, Person, recordings  # noqa: E402
from workshop.layers import Conv, Dense, DepthwiseConv, Layer, Values  # noqa: E402
from workshop.network import Network, classes, fit, stored, to_int8  # noqa: E402
from workshop.page import make, write_model  # noqa: E402
from workshop.pools import AveragePool, Flatten, MaxPool  # noqa: E402
from workshop.small_learners import Bonsai, Prototypes, Softmax  # noqa: E402

import microinfer  # noqa: E402

TRAIN, HELD, EACH = 100, 24, (8, 3)
"""People to train with and held out, and how often each makes every gesture."""


def vary(x: Values, random: np.random.Generator) -> Values:
    """Moved by up to three samples in time."""
    return np.stack([np.roll(one, random.integers(-3, 4), 0) for one in x])


def main(out: Path) -> None:
    random = np.random.default_rng(3)
    people = [Person.drawn(random) for _ in range(TRAIN + HELD)]
    x, y = recordings(people[:TRAIN], EACH[0], random)
    held_x, held_y = recordings(people[TRAIN:], EACH[1], random)
    models, in_float = {}, {}
    for name, (layers, epochs, rate, decay) in learners().items():
        network = Network((LENGTH, 1, 3), layers, seed=4)
        fit(network, x, y, classes, epochs=epochs, batch=64, rate=rate, decay=decay, vary=vary)
        about = "Gestures of an accelerometer; made by microinfer."
        model = to_int8(network, x[::12], name, about, softmax=name == "gesture", covers=(-2, 2))
        interpreter = microinfer.Interpreter(model)
        given = stored(held_x, *interpreter.get_input_details()[0]["quantization"])
        right = np.mean(interpreter.run_batch(given).argmax(1) == held_y)
        models[name], answers = model, network(held_x).argmax(1).astype(np.uint8)
        in_float[f"in_float_{name}"] = answers
        print(f"{name}: {right:.2%} right in int8, {np.mean(answers == held_y):.2%} in float")
    write_model(out, "gesture", models.pop("gesture"), x=given, y=held_y, **in_float)
    for name, model in models.items():
        write_model(out, name, model)


def learners() -> dict[str, tuple[list[Layer], int, float, float]]:
    """The convolutional network, ProtoNN and Bonsai, each with its epochs, rate and decay."""
    count = len(GESTURES)
    network: list[Layer] = [
        Conv(8, (5, 1), (2, 1)),
        DepthwiseConv((5, 1)),
        Conv(16, (1, 1)),
        MaxPool((2, 1)),
        DepthwiseConv((5, 1), (2, 1)),
        Conv(24, (1, 1)),
        AveragePool((8, 1)),
        Flatten(),
        Dense(count, relu=False),
    ]
    near: list[Layer] = [
        Flatten(written=False),
        Dense(12, relu=False),
        Prototypes(40),
        Softmax(),
        Dense(count, relu=False),
    ]
    tree: list[Layer] = [Flatten(written=False), Dense(12, relu=False), Bonsai(count)]
    return {
        "gesture": (network, 40, 4e-3, 1e-3),
        "gesture_protonn": (near, 60, 6e-3, 3e-3),
        "gesture_bonsai": (tree, 60, 6e-3, 3e-3),
    }


if __name__ == "__main__":
    make(HERE, main, sys.argv[1:])
