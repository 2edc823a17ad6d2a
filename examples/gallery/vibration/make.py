"""Synthesises a fan, trains the autoencoder while it is healthy, and writes vibration.tflite and its data.

    python examples/gallery/vibration/make.py [FOLDER]

Needs nothing but microinfer; takes about half a minute. Training sees no fault at all.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from machine import BANDS, FAULTS, bands, windows  # noqa: E402
from workshop.layers import Dense  # noqa: E402
from workshop.network import Network, fit, squares, stored, to_int8  # noqa: E402
from workshop.page import make, write_model  # noqa: E402

TRAIN, SETTLE, HEALTHY, EACH = 6000, 2000, 500, 100
"""Windows to train on, to settle the threshold with, and held out: healthy ones, and ones of each fault."""
RANGE = 6.0
"""How many times its usual spread a band may be off its mean before int8 ends."""
QUIET = 0.995
"""The share of healthy windows below the threshold."""


def main(out: Path) -> None:
    random = np.random.default_rng(5)
    x, settling = (bands(windows(count, "", random)) for count in (TRAIN, SETTLE))
    held = [windows(HEALTHY, "", random), *(windows(EACH, fault, random) for fault in FAULTS)]
    kinds = np.repeat(np.arange(len(held)), [len(one) for one in held]).astype(np.uint8)
    mean, spread = x.mean(0), x.std(0)
    x, settling, held_x = ((one - mean) / spread for one in (x, settling, bands(np.concatenate(held))))

    layers = [Dense(32), Dense(6), Dense(32), Dense(BANDS, relu=False)]
    network = Network((BANDS,), layers, seed=2)
    fit(network, x, x, squares, epochs=60, batch=64, rate=3e-3)
    model = to_int8(
        network, x[:500], "vibration", "A fan's spectrum and back; made by microinfer.",
        like_input=True, covers=(-RANGE, RANGE),
    )  # fmt: skip

    import microinfer

    interpreter = microinfer.Interpreter(model)
    scale, zero_point = interpreter.get_input_details()[0]["quantization"]

    def score(values: np.ndarray) -> np.ndarray:
        given = stored(values, scale, zero_point)
        gap = given.astype(np.int32) - interpreter.run_batch(given)
        return (gap**2).sum(1)

    threshold = np.quantile(score(settling), QUIET, method="higher").astype(np.int32)
    print(f"threshold {threshold}: {np.mean(score(held_x)[kinds == 0] > threshold):.2%} false alarms")
    in_float = ((held_x - network(held_x)) ** 2).sum(1) / scale**2
    write_model(
        out,
        "vibration",
        model,
        x=stored(held_x, scale, zero_point),
        y=(kinds > 0).astype(np.uint8),
        kind=kinds,
        threshold=threshold,
        mean=mean,
        spread=spread,
        in_float=in_float.astype(np.float32),
        threshold_in_float=np.quantile(
            ((settling - network(settling)) ** 2).sum(1) / scale**2, QUIET, method="higher"
        ).astype(np.float32),
    )


if __name__ == "__main__":
    make(HERE, main, sys.argv[1:])
