"""Measures the layer that learns on a simulated ATmega328P and fits what each piece of its kernel takes.

    nice python benchmarks/calibrate_learning.py            measure, print the errors
    nice python benchmarks/calibrate_learning.py --write    and write the prices to profiles/learning/

Layers, weights and samples are drawn from a seed; each is compiled by avr-gcc with -O2 and -Os and run on
simavr, which counts cycles exactly. A sum in software takes longer the further its terms are apart, so the
interval is the whole range of what held-out layers took, sample by sample, by what was said.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

sys.path.insert(0, str(Path(__file__).parent))
import microinfer.kernels
from microinfer.learning.layer_events import PARTS, VARIANT, layer_events
from microinfer.learning.online_layer import OnlineLayer
from microinfer.words.data_folder import data_file
from simavr import Toolchain
from simavr.learner import on_simavr

LEVELS = {"-O2": "avr", "-Os": "avr-os"}
LAYERS, SAMPLES, FOLDS = 96, 12, 6
MOST_BYTES = 1600
MARGIN = 0.08
"""Beyond the range that was seen."""


def draw(number: int) -> tuple[OnlineLayer, NDArray[np.int8], NDArray[np.float32]]:
    """A layer, and samples with what is right of each."""
    random = np.random.default_rng(number)
    classes = number % 3 > 0
    while True:
        inputs, outputs = (int(np.exp(random.uniform(0, np.log(most + 1)))) for most in (64, 16))
        outputs += classes and outputs == 1
        if 4 * (outputs * (1 + inputs) + inputs + outputs) <= MOST_BYTES:
            break
    scale = float(random.uniform(0.005, 0.1))
    zero_point = int(random.choice([-128, -128, 0, random.integers(-127, 127)]))
    weights = random.standard_normal((outputs, 1 + inputs)) * np.exp(random.uniform(np.log(0.05), np.log(30)))
    loss = "cross-entropy" if classes else "squares"
    layer = OnlineLayer(weights.astype(np.float32), scale, zero_point, random.uniform(0.001, 0.01), loss)
    x = random.integers(-128, 128, (SAMPLES, inputs)).astype(np.int8)
    x[random.random(x.shape) < random.uniform(0, 0.8)] = zero_point
    y = random.integers(0, outputs, SAMPLES) if classes else random.standard_normal((SAMPLES, outputs))
    return layer, x, y


def noughts(predicted: NDArray[np.float32], right: NDArray[np.generic]) -> tuple[int, int]:
    """Probabilities that are nought, and errors that are."""
    if right.ndim:
        return 0, int((predicted == right).sum())
    errors = predicted.copy()
    errors[right] -= 1
    return int((predicted == 0).sum()), int((errors == 0).sum())


def fitted(events: NDArray[np.float64], cycles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Prices, none below nought, of the least relative errors."""
    scale = events.max(0)
    scale[scale == 0] = 1
    found, _ = nnls(events / scale / cycles[:, np.newaxis], np.ones(len(cycles)))
    prices: NDArray[np.float64] = found / scale
    return prices


def listing(core: str, compiler: str, rows: dict[str, tuple[list[dict[str, float]], list[int]]]) -> str:
    lines = [
        "# Written by benchmarks/calibrate_learning.py; do not edit.",
        f'library = "learning"\ncore = "{core}"',
        f'measured = "ATmega328P on simavr, {compiler}"\nprovisional = false',
    ]
    for part, (counted, took) in rows.items():
        names = sorted(counted[0])
        events = np.array([[one[name] for name in names] for one in counted])
        cycles = np.array(took, np.float64)
        layer = np.arange(len(cycles)) // SAMPLES
        ratios = np.concatenate(
            [
                cycles[layer % FOLDS == fold]
                / (
                    events[layer % FOLDS == fold]
                    @ fitted(events[layer % FOLDS != fold], cycles[layer % FOLDS != fold])
                )
                for fold in range(FOLDS)
            ]
        )
        errors = abs(ratios - 1)
        low, high = ratios.min() * (1 - MARGIN), ratios.max() * (1 + MARGIN)
        print(
            f"{core} {part}: median {np.median(errors):.2%}, worst {errors.max():.2%}, {low:.3f}-{high:.3f}"
        )
        lines += ["", f'[operator.{part}."{VARIANT}"]', f"points = {LAYERS}"]
        for name, value in (
            ("median", np.median(errors)), ("p95", np.quantile(errors, 0.95)), ("worst", errors.max()),
            ("low", low), ("high", high),
        ):  # fmt: skip
            lines.append(f"{name} = {value:.5f}")
        lines += ["instructions_per_cycle = 0.7", f'[operator.{part}."{VARIANT}".cycles]']
        prices = fitted(events, cycles)
        lines += [f"{name} = {price:.6g}" for name, price in zip(names, prices, strict=True)]
    return "\n".join(lines) + "\n"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true")
    write = options.parse_args().write
    kernels = Path(microinfer.kernels.__path__[0])
    with tempfile.TemporaryDirectory() as made:
        for level, core in LEVELS.items():
            tools = Toolchain(Path(made) / level, kernels, level)
            rows: dict[str, tuple[list[dict[str, float]], list[int]]] = {part: ([], []) for part in PARTS}
            for number in range(LAYERS):
                layer, x, y = draw(number)
                ran = on_simavr(layer, x, y, tools, Path(made) / f"{level}-{number}")
                for at, spans in enumerate(ran.cycles):
                    zeros = int((x[at] == layer.zero_point).sum())
                    counted = layer_events(layer.geometry, zeros, *noughts(ran.predicted[at], y[at]))
                    for part, cycles in zip(PARTS, spans, strict=True):
                        rows[part][0].append(counted[part])
                        rows[part][1].append(cycles)
            text = listing(core, f"{tools.compiler}, -mmcu=atmega328p {level}", rows)
            if write:
                path = data_file("learning", f"online-layer.{core}.toml")
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
