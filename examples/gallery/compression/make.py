"""Synthesises a press, trains an autoencoder on its usual strokes, and writes press.tflite and its data.

    python examples/gallery/compression/make.py [FOLDER]

Needs nothing but microinfer; takes a few seconds. Training sees no fault at all.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from press import FAULTS, LENGTH, strokes  # noqa: E402
from workshop.layers import Dense  # noqa: E402
from workshop.network import Network, fit, squares, to_int8  # noqa: E402
from workshop.page import make, write_model  # noqa: E402

TRAIN, SETTLE, USUAL, EACH = 3000, 2000, 760, 10
"""Strokes to train on, to settle the threshold with, and held out: usual ones, and ones of each fault."""
SCALE = 64.0
"""What the converter's numbers are divided by, so that the input's scale is 1/64 and its zero point 0."""
QUIET = 0.99
"""The share of usual strokes below the threshold."""


def main(out: Path) -> None:
    random = np.random.default_rng(17)
    train, settling = strokes(TRAIN, "", random), strokes(SETTLE, "", random)
    held = [strokes(USUAL, "", random), *(strokes(EACH, fault, random) for fault in FAULTS)]
    kinds = np.repeat(np.arange(len(held)), [len(one) for one in held]).astype(np.uint8)
    order = random.permutation(len(kinds))
    x, kinds = np.concatenate(held)[order], kinds[order]

    real = (train / SCALE).astype(np.float32)
    network = Network((LENGTH,), [Dense(8, relu=False), Dense(LENGTH, relu=False)], seed=3)
    fit(network, real, real, squares, epochs=80, batch=64, rate=5e-3)
    model = to_int8(
        network, real[:500], "press", "A press's stroke and back; made by microinfer.",
        like_input=True, covers=(-128 / SCALE, 127 / SCALE),
    )  # fmt: skip

    import microinfer

    interpreter = microinfer.Interpreter(model)

    def score(given: np.ndarray) -> np.ndarray:
        gap = given.astype(np.int32) - interpreter.run_batch(given)
        return (gap**2).sum(1)

    threshold = np.quantile(score(settling), QUIET, method="higher").astype(np.int32)
    over = score(x) > threshold
    print(f"threshold {threshold}: {over[kinds == 0].mean():.2%} false alarms, "
          f"{over[kinds > 0].sum()} of {(kinds > 0).sum()} faults")  # fmt: skip
    write_model(
        out,
        "press",
        model,
        x=x,
        y=(kinds > 0).astype(np.uint8),
        kind=kinds,
        threshold=threshold,
        usual=np.rint(train.mean(0)).astype(np.int8),
    )


if __name__ == "__main__":
    make(HERE, main, sys.argv[1:])
