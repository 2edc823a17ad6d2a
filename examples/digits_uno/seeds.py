"""Trains the hand-made network and the one that the search found alike, from several seeds.

python seeds.py [--seeds 1 2 3] [--epochs 108]

Right answers are of the samples that neither `build` nor `score` looks at: nothing was chosen by them.
"""

from __future__ import annotations

import argparse

import numpy as np
from digits import CALIBRATION, data, right, train
from network import SCALE, ZERO_POINT, Config

from microinfer import zoo

HAND_MADE: Config = {
    "filters": 8,
    "padding": "VALID",
    "first": True,
    "inner_padding": "SAME",
    "first_filters": 16,
    "second": False,
}
FOUND: Config = {"filters": 10, "padding": "SAME", "first": False, "second": False}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--epochs", type=int, default=108)
    options = parser.parse_args()
    stored, y = zoo.samples("digits")
    held_out = ((stored.astype(np.float32) - ZERO_POINT) * SCALE).reshape(-1, 8, 8, 1)
    inside, answers = data()
    print(f"{'':15}" + "".join(f"{f'seed {seed}':>8}" for seed in options.seeds) + "    mean of 360")
    for name, config in (("the hand-made", HAND_MADE), ("the found", FOUND)):
        counts = []
        for seed in options.seeds:
            made = train(config, inside, answers, options.epochs, seed).to_tflite(inside[:CALIBRATION])
            counts.append(round(len(y) * right(made, held_out, y)))
        mean = sum(counts) / len(counts)
        print(
            f"{name:15}" + "".join(f"{count:>8}" for count in counts) + f"{mean:>8.1f}, {mean / len(y):.2%}"
        )


if __name__ == "__main__":
    main()
