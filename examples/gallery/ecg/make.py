"""Synthesises patients' beats, trains an LSTM, writes it in int8 and in int16x8 with beats of other patients.

    python examples/gallery/ecg/make.py [FOLDER]

Needs nothing but microinfer; takes about half a minute. The patients held out are no one's of training.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # products of this size are slower on two

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from heart import COUNT_MV, KINDS, LESS, STEPS, TAPS, Patient, beats, counts  # noqa: E402
from workshop.layers import Dense, Values  # noqa: E402
from workshop.network import Network, classes, fit, to_int8  # noqa: E402
from workshop.page import make, write_model  # noqa: E402
from workshop.recurrent import Last, Lstm  # noqa: E402
from workshop.wide import to_int16x8  # noqa: E402

import microinfer  # noqa: E402

TRAIN, HELD, EACH = 300, 56, (8, 3)
"""Patients to train with and held out, and how many beats of every kind each has."""
UNITS = 20


def vary(x: Values, random: np.random.Generator) -> Values:
    """Electrodes that lie elsewhere: all higher or lower, and a little stronger or weaker."""
    moved = random.normal(0, 0.05, (len(x), 1, 1))
    return (x * random.lognormal(0, 0.08, (len(x), 1, 1)) + moved).astype(np.float32)


def shares(logits: Values) -> Values:
    """The softmax."""
    grown = np.exp(logits - logits.max(1, keepdims=True))
    return (grown / grown.sum(1, keepdims=True)).astype(np.float32)


def main(out: Path) -> None:
    random = np.random.default_rng(7)
    patients = [Patient.drawn(random) for _ in range(TRAIN + HELD)]
    x, y = beats(patients[:TRAIN], EACH[0], random)
    held_x, held_y = beats(patients[TRAIN:], EACH[1], random)
    network = Network((STEPS, TAPS), [Lstm(UNITS), Last(), Dense(len(KINDS), relu=False)], seed=4)
    loss = fit(network, x, y, classes, epochs=40, batch=64, rate=8e-3, decay=1e-3, vary=vary)
    heard = counts(held_x)
    in_float = shares(network(heard * np.float32(COUNT_MV)))
    print(f"{len(x)} beats, loss {loss:.4f}; {np.mean(in_float.argmax(1) == held_y):.2%} right in float")
    about = "Beats of a heart, by kind; made by microinfer."
    covers = (-128 * LESS * COUNT_MV, 127 * LESS * COUNT_MV)
    models = {
        "ecg": to_int8(network, x[::8], "ecg", about, softmax=True, covers=covers),
        "ecg_int16": to_int16x8(network, x[::8], "ecg_int16", about, step=COUNT_MV, softmax=True),
    }
    given = {"ecg": np.clip(np.rint(heard / LESS), -128, 127).astype(np.int8), "ecg_int16": heard}
    for name, model in models.items():
        more = {"in_float": in_float} if name == "ecg" else {}
        found = microinfer.Interpreter(model).run_batch(given[name])
        print(f"{name}: {np.mean(found.argmax(1) == held_y):.2%} right")
        write_model(out, name, model, x=given[name], y=held_y, **more)


if __name__ == "__main__":
    make(HERE, main, sys.argv[1:])
