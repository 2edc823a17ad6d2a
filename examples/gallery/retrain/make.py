"""Trains gesture's network four ways for a board that was turned, and writes what each then answers.

    python examples/gallery/retrain/make.py [FOLDER]

Needs nothing but microinfer; takes about twenty seconds. Steps are plain gradient descent, a sample each, as
a device would take them. The rates were chosen with other people than those of the page.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "gesture")]

from backbone import WAYS, Learner  # noqa: E402
from hand import Person, recordings  # noqa: E402
from workshop.layers import Values  # noqa: E402
from workshop.network import stored, to_int8  # noqa: E402
from workshop.page import make, write_model  # noqa: E402

LEARNT, HELD, EACH = 30, 24, (4, 3)
"""People to train with and held out, and how often each makes every gesture."""
TURN, EPOCHS = np.deg2rad(60), 6
RATES = (0.0015, 0.01, 0.01, 0.015)
SHIPPED = "biases"
"""The way whose network is written in int8."""


def turned(x: Values) -> Values:
    """As a board senses it that is tilted about its x axis."""
    found = x.copy()
    found[..., 1] = np.cos(TURN) * x[..., 1] - np.sin(TURN) * x[..., 2]
    found[..., 2] = np.sin(TURN) * x[..., 1] + np.cos(TURN) * x[..., 2]
    return np.clip(found, -2, 2)


def trained(way: str, rate: float, x: Values, y: np.ndarray) -> tuple[Learner, int]:
    """What has learnt, and the most bytes that it kept of a sample."""
    learner, order = Learner(way), np.random.default_rng(1)
    kept, steps, done = 0, EPOCHS * len(x), 0
    for _ in range(EPOCHS):
        for at in order.permutation(len(x)):
            kept = max(kept, learner.learn(x[at], int(y[at]), rate * (1 - done / steps)))
            done += 1
    return learner, kept


def main(out: Path) -> None:
    random = np.random.default_rng(29)
    people = [Person.drawn(random) for _ in range(LEARNT + HELD)]
    x, y = recordings(people[:LEARNT], EACH[0], random)
    known, held_y = recordings(people[LEARNT:], EACH[1], random)
    x, held = turned(x), turned(known)
    before, found, model = Learner(WAYS[0]), [], b""
    for way, rate in zip(WAYS, RATES, strict=True):
        learner, kept = trained(way, rate, x, y)
        found.append((learner.answers(held), learner.answers(known), (learner.trained, kept)))
        print(f"{way}: {np.mean(found[-1][0] == held_y):.1%}, before {np.mean(found[-1][1] == held_y):.1%}")
        if way == SHIPPED:
            about = "Gestures of a board that was turned, biases retrained; made by microinfer."
            model = to_int8(learner.network, x[::6], "retrain", about, softmax=True, covers=(-2, 2))

    import microinfer

    scale, zero_point = microinfer.Interpreter(model).get_input_details()[0]["quantization"]
    write_model(
        out, "retrain", model, x=stored(held, scale, zero_point), y=held_y,
        begun=np.stack([before.answers(held), before.answers(known)]),
        later=np.stack([one[0] for one in found]), known=np.stack([one[1] for one in found]),
        counted=np.array([one[2] for one in found], np.int64),
    )  # fmt: skip


if __name__ == "__main__":
    make(HERE, main, sys.argv[1:])
