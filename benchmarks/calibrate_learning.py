"""Fits what each piece of the learning layer's kernel takes on an ATmega328P and on Cortex-M.

    nice python benchmarks/calibrate_learning.py            measure, print the errors
    nice python benchmarks/calibrate_learning.py --write    and write the prices to profiles/learning/

Layers, weights and samples are drawn from a seed; each is compiled by avr-gcc with -O2 and -Os and run on
simavr, which counts cycles exactly; on Cortex-M their instructions were counted under QEMU, which is in
data/online_layer_cortex_m.json.gz. A sum in software takes longer the further its terms are apart, so the
interval is the whole range of what held-out layers took, sample by sample, by what was said.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TypeAlias

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

Rows: TypeAlias = "dict[str, tuple[list[dict[str, float]], list[int], list[int]]]"
"""Of each part of the kernel the events, cycles and instructions, sample by sample."""

LEVELS = {"-O2": "avr", "-Os": "avr-os"}
LAYERS, SAMPLES, FOLDS = 96, 12, 6
MOST_BYTES = 1600
MARGIN = 0.08
"""Beyond the range that was seen."""
COUNTED = Path(__file__).parent / "data" / "online_layer_cortex_m.json.gz"
TABLE = {
    "cortex-m0plus": "the Cortex-M0+ timing table, sums and products by libgcc",
    "cortex-m33": "the Cortex-M4 timing table, which the Cortex-M33 mostly undercuts",
    "cortex-m4": "the Cortex-M4 timing table",
}
APART = {"cortex-m0plus": (0.4, 1.0), "cortex-m33": (0.85, 1.1)}
"""By core, how far its cycles may lie from what was counted: an RP2040 has quicker sums and products in ROM,
which the Pico SDK links."""


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


def listing(core: str, measured: str, rows: Rows) -> str:
    lines = [
        "# Written by benchmarks/calibrate_learning.py; do not edit.",
        f'library = "learning"\ncore = "{core}"',
        f'measured = "{measured}"\nprovisional = false',
    ]
    less, more = next((found for name, found in APART.items() if core.startswith(name)), (1.0, 1.0))
    for part, (counted, took, ran) in rows.items():
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
        low, high = ratios.min() * (1 - MARGIN) * less, ratios.max() * (1 + MARGIN) * more
        print(
            f"{core} {part}: median {np.median(errors):.2%}, worst {errors.max():.2%}, {low:.3f}-{high:.3f}"
        )
        lines += ["", f'[operator.{part}."{VARIANT}"]', f"points = {LAYERS}"]
        for name, value in (
            ("median", np.median(errors)), ("p95", np.quantile(errors, 0.95)), ("worst", errors.max()),
            ("low", low), ("high", high),
        ):  # fmt: skip
            lines.append(f"{name} = {value:.5f}")
        share = sum(ran) / sum(took) if ran else 0.7
        lines += [f"instructions_per_cycle = {share:.3g}", f'[operator.{part}."{VARIANT}".cycles]']
        prices = fitted(events, cycles)
        lines += [f"{name} = {price:.6g}" for name, price in zip(names, prices, strict=True)]
    return "\n".join(lines) + "\n"


def on_avr() -> Iterator[tuple[str, str, Rows]]:
    """Each level's core, how it was measured, and what was."""
    kernels = Path(microinfer.kernels.__path__[0])
    with tempfile.TemporaryDirectory() as made:
        for level, core in LEVELS.items():
            tools = Toolchain(Path(made) / level, kernels, level)
            rows: Rows = {part: ([], [], []) for part in PARTS}
            for number in range(LAYERS):
                layer, x, y = draw(number)
                ran = on_simavr(layer, x, y, tools, Path(made) / f"{level}-{number}")
                for at, spans in enumerate(ran.cycles):
                    zeros = int((x[at] == layer.zero_point).sum())
                    counted = layer_events(layer.geometry, zeros, *noughts(ran.predicted[at], y[at]))
                    for part, cycles in zip(PARTS, spans, strict=True):
                        rows[part][0].append(counted[part])
                        rows[part][1].append(cycles)
            yield core, f"ATmega328P on simavr, {tools.compiler}, -mmcu=atmega328p {level}", rows


def on_cortex_m() -> Iterator[tuple[str, str, Rows]]:
    """The same of what was counted under QEMU."""
    events: list[dict[str, dict[str, float]]] = []
    for number in range(LAYERS):
        layer, x, y = draw(number)
        for one, right in zip(x, y, strict=True):
            zeros, target = int((one == layer.zero_point).sum()), right if right.ndim else int(right)
            predicted = layer.predict(one)
            events.append(layer_events(layer.geometry, zeros, *noughts(predicted, right)))
            layer.learn(one, target)
    found = json.loads(gzip.decompress(COUNTED.read_bytes()))["rows"]
    for core, numbers in found.items():
        at = np.array(numbers).reshape(len(events), len(PARTS), 2)
        rows: Rows = {
            part: ([one[part] for one in events], at[:, place, 0].tolist(), at[:, place, 1].tolist())
            for place, part in enumerate(PARTS)
        }
        name = next(one for one in TABLE if core.startswith(one))
        level = core.removeprefix(name).replace("-o", "-O") or "-O2"
        yield (
            core,
            f"emulated: GNU Arm 12.2.1 {level}, instructions counted under QEMU, priced by {TABLE[name]}; "
            "without wait states",
            rows,
        )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true")
    write = options.parse_args().write
    for core, measured, rows in chain(on_avr(), on_cortex_m()):
        text = listing(core, measured, rows)
        if write:
            path = data_file("learning", f"online-layer.{core}.toml")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
