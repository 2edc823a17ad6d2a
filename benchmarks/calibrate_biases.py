"""Fits what each piece of learning biases takes on an ATmega328P and on Cortex-M.

    nice python benchmarks/calibrate_biases.py --count    run networks on simavr and QEMU, store their cycles
    python benchmarks/calibrate_biases.py                 print the errors, from the stored counts alone
    python benchmarks/calibrate_biases.py --write         and write the prices to profiles/learning/

Networks, weights and samples are drawn from a seed (bias_draws.py). On simavr cycles are exact; on Cortex-M
instructions were counted and priced by a timing table. The interval is the whole range of what held-out
networks took, operator by operator and sample by sample, by what was said.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent))
import microinfer.kernels
from bias_draws import Drawn, drawn
from calibrate_learning import APART, MARGIN, TABLE, fitted
from microinfer.learning import BiasLearner
from microinfer.learning.bias_events import (
    KINDS,
    VARIANT,
    aside_back_events,
    aside_events,
    backward_events,
    features_events,
    forward_events,
)
from microinfer.words.data_folder import data_file

NETWORKS, FOLDS = 48, 6
COUNTED = Path(__file__).parent / "data" / "biases.json.gz"
LISTS = {
    "avr": "-O2",
    "avr-os": "-Os",
    "cortex-m0plus": "-O2",
    "cortex-m0plus-os": "-Os",
    "cortex-m0plus-o3": "-O3",
    "cortex-m3": "-O2",
    "cortex-m33": "-O2",
    "cortex-m33-os": "-Os",
    "cortex-m33-o3": "-O3",
    "cortex-m4": "-O2",
    "cortex-m4-os": "-Os",
    "cortex-m4-o3": "-O3",
}
"""By the price list's name its level."""
WHOLE = {"cortex-m0plus": ("LAYER", "LARGEST", "AVERAGE_BACK", "LARGEST_BACK")}
"""What has hardly a real number, so that a core with other sums and products of them takes as long."""
WORDS = {**TABLE, "cortex-m3": "the Cortex-M3 timing table, sums and products of real numbers by libgcc"}


def core_of(name: str) -> str:
    return name.rsplit("-o", 1)[0]


def segments(
    learner: BiasLearner, x: NDArray[np.int8], y: NDArray[np.uint16]
) -> list[list[tuple[int, str, dict[str, float]]]]:
    """Of each sample the places among the marks, with the kind and events of what runs there."""
    steps, passages, aside = learner.interpreter.steps, learner.passages, learner.residuals
    behind = len(steps) + len(aside)
    found = []
    for one, right in zip(x, y, strict=True):
        learner.learn(one, int(right))
        row: list[tuple[int, str, dict[str, float]]] = []
        for passage in passages:
            index = passage.step.index
            place = index + sum(each < index for each in aside)
            if index in aside:
                row.append((place, *aside_events(passage)))
                place += 1
            made = forward_events(passage)
            if made is not None:
                row.append((place, *made))
        if learner.taught[-1] is not None:
            row.append((behind + 1, *features_events(learner.layer.geometry)))
        place = behind + 3
        for at in reversed(range(len(passages))):
            passage, taught = passages[at], learner.taught[at]
            if passage.step.index in aside:
                if taught is not None:
                    row.append((place, *aside_back_events(passage, passed(learner, at))))
                place += 1
            if taught is not None:
                row.append((place, *backward_events(passage, taught)))
            place += 1
        found.append(row)
    return found


def passed(learner: BiasLearner, at: int) -> int:
    """Outputs of a layer that its activation did not clamp."""
    one = learner.passages[at]
    return one.window.outputs if one.above is None else int(np.unpackbits(learner._kept[at]).sum())


def count(
    names: Sequence[str],
    into: Path = COUNTED,
    networks: int = NETWORKS,
    draw: Callable[[int], Drawn] = drawn,
) -> None:
    """Runs every network on every list's machine."""
    from bias_machines import on_cortex_m, on_simavr

    kernels = Path(microinfer.kernels.__path__[0])
    stored = json.loads(gzip.decompress(into.read_bytes())) if into.exists() else {}
    with tempfile.TemporaryDirectory() as made:
        for name in names:
            run = on_simavr if name.startswith("avr") else on_cortex_m
            compiler, rows = run(
                core_of(name), LISTS[name], kernels, Path(made), [draw(n) for n in range(networks)]
            )
            stored[name] = {"compiler": compiler, "rows": rows}
            print(name, file=sys.stderr, flush=True)
            text = json.dumps(stored, separators=(",", ":"))
            into.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def points(
    rows: Sequence[Sequence[Sequence[int]]],
) -> Iterator[tuple[str, int, Mapping[str, float], int]]:
    """Kind, network, events and cycles."""
    for number, samples in enumerate(rows):
        for cycles, row in zip(samples, segments(*drawn(number)), strict=True):
            for place, kind, events in row:
                yield kind, number, events, cycles[place]


def held_out(
    events: NDArray[np.float64], cycles: NDArray[np.float64], out: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """What some took by what the others say."""
    found: NDArray[np.float64] = cycles[out] / (events[out] @ fitted(events[~out], cycles[~out]))
    return found


def listing(name: str, stored: Mapping[str, Any]) -> str:
    text = head(name, stored["compiler"], Path(__file__).name)
    every = list(points(stored["rows"]))
    for kind in KINDS:
        text += block(name, kind, [one[1:] for one in every if one[0] == kind])
    return text


def head(name: str, compiler: str, program: str) -> str:
    """What a price list begins with."""
    core = core_of(name)
    machine = (
        f"ATmega328P on simavr, {compiler}, -mmcu=atmega328p {LISTS[name]}"
        if core == "avr"
        else f"emulated: GNU Arm 12.2.1 {LISTS[name]}, instructions counted under QEMU, priced by "
        f"{WORDS[core]}; without wait states"
    )
    return (
        f"# Written by benchmarks/{program}; do not edit.\n"
        f'library = "learning"\ncore = "{name}"\n'
        f'measured = "{machine}"\nprovisional = false\n'
    )


def block(name: str, kind: str, own: Sequence[tuple[int, Mapping[str, float], int]]) -> str:
    """Prices of a kind and how far they are off, from networks, events and cycles."""
    core, names = core_of(name), sorted(own[0][1])
    events = np.array([[one[each] for each in names] for _, one, _ in own])
    cycles = np.array([one for *_, one in own], np.float64)
    fold = np.array([number for number, *_ in own]) % FOLDS
    ratios = np.concatenate([held_out(events, cycles, fold == one) for one in range(FOLDS)])
    errors = abs(ratios - 1)
    less, more = (1.0, 1.0) if kind in WHOLE.get(core, ()) else APART.get(core, (1.0, 1.0))
    low, high = ratios.min() * (1 - MARGIN) * less, ratios.max() * (1 + MARGIN) * more
    print(
        f"{name} {kind}: {len(own)} points, median {np.median(errors):.2%}, worst {errors.max():.2%}, "
        f"{low:.3f}-{high:.3f}"
    )
    lines = ["", f'[operator.{kind}."{VARIANT}"]', f"points = {len(own)}"]
    for word, value in (
        ("median", np.median(errors)), ("p95", np.quantile(errors, 0.95)), ("worst", errors.max()),
        ("low", low), ("high", high),
    ):  # fmt: skip
        lines.append(f"{word} = {value:.5f}")
    lines += ["instructions_per_cycle = 0.7", f'[operator.{kind}."{VARIANT}".cycles]']
    lines += [f"{each} = {price:.6g}" for each, price in zip(names, fitted(events, cycles), strict=True)]
    return "\n".join(lines) + "\n"


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--count", nargs="*", metavar="LIST", help=f"all, or some of {', '.join(LISTS)}")
    options.add_argument("--write", action="store_true")
    given = options.parse_args()
    if given.count is not None:
        count(given.count or list(LISTS))
    stored = json.loads(gzip.decompress(COUNTED.read_bytes()))
    for name in LISTS:
        if name not in stored:
            continue
        text = listing(name, stored[name])
        if given.write:
            data_file("learning", f"biases.{name}.toml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
