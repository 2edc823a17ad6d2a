"""Synthesises insects and people, trains two networks of their sounds, writes both, the ear and clips.

    python examples/gallery/sounds/make.py [FOLDER]

Needs nothing but microinfer; takes about half a minute. No one held out is one of training.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # products of this size are slower on two

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from ear import BANDS, FRAMES, HOP, KINDS, RANGE, STEP, ZERO, clips, ear, features  # noqa: E402
from workshop.branching import Branches, Condenser  # noqa: E402
from workshop.layers import Conv, Dense, Layer, Values  # noqa: E402
from workshop.network import Network, classes, fit, to_int8  # noqa: E402
from workshop.page import make, write_model  # noqa: E402
from workshop.pools import AveragePool, Flatten, MaxPool  # noqa: E402

import microinfer  # noqa: E402

TRAIN, HELD = 260, 24
"""People and insects of each kind to train with and held out; of each there is a clip of every kind."""
SHOWN = 4
"""The clip whose sound is kept, for the ear alone."""


def main(out: Path) -> None:
    random = np.random.default_rng(9)
    sound, y = clips(TRAIN, random)
    held_sound, held_y = clips(HELD, random)
    x = (features(sound).astype(np.float32) - ZERO) * np.float32(STEP)
    held_x = features(held_sound)
    reals = (held_x.astype(np.float32) - ZERO) * np.float32(STEP)
    in_float, models = {}, {}
    for name, (layers, epochs, rate) in networks().items():
        network = Network((FRAMES, BANDS, 1), layers, seed=4)
        loss = fit(network, x, y, classes, epochs=epochs, batch=64, rate=rate, decay=2e-3, vary=vary)
        about = "Wing beats, coughs and other sounds, by kind; made by microinfer."
        models[name] = to_int8(network, x[::6], name, about, softmax=True, covers=RANGE)
        in_float[f"in_float_{name}"] = network(reals).argmax(1).astype(np.uint8)
        found = microinfer.Interpreter(models[name]).run_batch(held_x).argmax(1)
        rates = [np.mean(one == held_y) for one in (found, in_float[f"in_float_{name}"])]
        print(f"{name}: loss {loss:.4f}, {rates[0]:.2%} right in int8, {rates[1]:.2%} in float")
    write_model(out, "sounds", models["sounds"], x=held_x, y=held_y, **in_float)
    write_model(out, "sounds_condensers", models["sounds_condensers"])
    steps = held_sound[SHOWN].reshape(-1, HOP)
    write_model(out, "sounds_ear", ear(), x=steps, y=np.full(len(steps), held_y[SHOWN], np.uint8))


def vary(x: Values, random: np.random.Generator) -> Values:
    """Louder or softer, and up to two steps earlier or later."""
    made = x + random.normal(0, 0.4, (len(x), 1, 1, 1)).astype(np.float32)
    return np.stack([np.roll(one, random.integers(-2, 3), 0) for one in made])


def networks() -> dict[str, tuple[list[Layer], int, float]]:
    """As Tiny RespNet, convolutions and full connections, and as TinySpeech; epochs and rates."""
    count = len(KINDS)
    branched: list[Layer] = [
        Branches([Conv(8, (5, 1), (2, 2)), Conv(8, (1, 5), (2, 2))]),
        Conv(16, (3, 3), (2, 2)),
        Conv(24, (3, 3)),
        MaxPool((2, 2)),
        Flatten(written=False),
        Dense(32),
        Dense(count, relu=False),
    ]
    attentive: list[Layer] = [
        Conv(12, (3, 3), (2, 2)),
        Condenser(6),
        MaxPool((2, 2)),
        Conv(24, (1, 1)),
        Condenser(8),
        Conv(24, (1, 1)),
        Condenser(8),
        AveragePool((6, 1)),
        Flatten(written=False),
        Dense(count, relu=False),
    ]
    return {"sounds": (branched, 24, 3e-3), "sounds_condensers": (attentive, 30, 6e-3)}


if __name__ == "__main__":
    make(HERE, main, sys.argv[1:])
