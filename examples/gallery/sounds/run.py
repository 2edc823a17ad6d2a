"""Hears insects and people who are new to two networks, side by side, and says how that goes.

python examples/gallery/sounds/run.py [--write | --check]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from ear import FRAMES, HOP, KINDS  # noqa: E402
from insects import INSECTS, RATE  # noqa: E402
from people import PEOPLE  # noqa: E402
from workshop import page  # noqa: E402
from workshop.classes import confusion, confusion_field, right_of  # noqa: E402
from workshop.parts import figure, life, measures, table, together  # noqa: E402
from workshop.pictures import COLOURS, Field, picture  # noqa: E402

import microinfer  # noqa: E402

MODELS = {"sounds": "convolutions, as Tiny RespNet", "sounds_condensers": "condensers, as TinySpeech"}
EAR = "sounds_ear"
BOARDS = ("nrf52840-dk", "nucleo-l4r5zi", "nucleo-u575zi", "raspberry-pi-pico")
CELL = "2xAA"
MOSQUITOES = tuple(KINDS.index(name) for name in INSECTS[1:])
COUGH = KINDS.index(PEOPLE[0])
HELD = page.samples(HERE / "sounds.npz")
Y = HELD["y"]
Answers = dict[str, NDArray[np.generic]]


def path_of(name: str) -> Path:
    return HERE / f"{name}.tflite"


def results(answers: Answers) -> list[str]:
    found = {name: one.argmax(1) for name, one in answers.items()}
    crcs = [f"`{crc32(one.tobytes()):08x}`" for one in answers.values()]
    return [
        *table(["", *MODELS.values()], compared(found)),
        "",
        f"The CRC-32 of the device's answers is {' and '.join(crcs)}.",
        "",
        *parts(),
        "",
        *published(found),
    ]


def compared(found: Mapping[str, NDArray[np.integer]]) -> list[list[str]]:
    """What the two get right, and what they are made of."""
    made = [contents(name) for name in MODELS]
    rows = [
        ["in int8", *(right_of(Y, found[name]) for name in MODELS)],
        ["in float", *(right_of(Y, HELD[f"in_float_{name}"]) for name in MODELS)],
    ]
    for title, kinds in (("a mosquito, or none", MOSQUITOES), ("a cough, or none", (COUGH,))):
        rows.append([title, *(told(found[name], kinds) for name in MODELS)])
    for title, number in (("weights and biases", 0), ("products", 1), ("operators", 2)):
        rows.append([title, *(f"{one[number]:,}" for one in made)])
    rows.append(["file, bytes", *(f"{path_of(name).stat().st_size:,}" for name in MODELS)])
    return rows


def told(found: NDArray[np.integer], kinds: tuple[int, ...]) -> str:
    """How many of some kinds are found as any of them, and how many others pass for one."""
    of, said = np.isin(Y, kinds), np.isin(found, kinds)
    return f"{(of & said).sum()} of {of.sum()} found, {(~of & said).sum()} of {(~of).sum()} false"


def contents(name: str) -> tuple[int, int, int]:
    """Weights and biases, products of an inference, operators."""
    graph = microinfer.load(path_of(name)).subgraphs[0]
    weighted = {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"}
    held = {at for one in graph.operators if one.name in weighted for at in one.inputs[1:]}
    count = sum(int(np.prod(graph.tensors[at].shape)) for at in held)
    return count, microinfer.Interpreter(path_of(name)).report().model.macs, len(graph.operators)


def parts() -> list[str]:
    """What the ear and each network cost, and how long a counter lasts that hears all day and night."""
    rows = []
    for board in BOARDS:
        for name in MODELS:
            ear, cost = measures(path_of(EAR), board), measures(path_of(name), board)
            heard = (path_of(EAR), RATE / HOP), (path_of(name), RATE / HOP / FRAMES)
            _, hours, (share, _) = together(heard, board, CELL)
            rows.append(
                [
                    f"{board}, {cost['library']}",
                    MODELS[name].partition(",")[0],
                    *(f"{cost[one]['value']:,}" for one in ("arena", "flash")),
                    figure(ear.get("latency"), "s"),
                    figure(cost.get("latency"), "s"),
                    figure(cost.get("energy"), "J"),
                    f"{share:.0%}",
                    life(hours),
                ]
            )
    header = ["part and kernels", "network", "arena, bytes", "flash, bytes", "40 ms of ear", "a clip"]
    return table([*header, "energy", "share of the ear", f"{CELL}, always on"], rows)


def published(found: Mapping[str, NDArray[np.integer]]) -> list[str]:
    """Others beside this."""
    weights, products, _ = contents("sounds_condensers")
    right = [f"{np.mean(one == Y):.1%}" for one in found.values()]
    size = path_of("sounds").stat().st_size / 1e3
    bugs = np.isin(Y, MOSQUITOES)
    wings = np.mean(found["sounds_condensers"][bugs] == Y[bugs])
    return table(
        ["published", "there", "here"],
        [
            [
                "[TinySpeech-Z](https://arxiv.org/abs/2008.04245), as told by "
                "[SparkNet](https://github.com/jsvir/sparknet)",
                "92.4 % of 12 speech commands, 2.7 k weights, 2.6 M products",
                f"{right[1]} of {len(KINDS)} kinds, {weights / 1e3:.1f} k weights, "
                f"{products / 1e6:.2f} M products",
            ],
            [
                "[Cough and dyspnea, end-to-end CNN](https://doi.org/10.1109/socc49529.2020.9524755)",
                "87.5 % of coughs, 960 KB",
                f"{told(found['sounds'], (COUGH,))}, {size:.1f} KB",
            ],
            [
                "[Six kinds by wing beats alone](https://doi.org/10.1007/s00340-018-6917-x)",
                "62.3 % of three species and two sexes",
                f"{wings:.1%} of {len(MOSQUITOES)}",
            ],
        ],
    )


def runs(levels: NDArray[np.floating]) -> Iterator[tuple[int, int, int, float]]:
    """What is above 0 in [steps, bands], as steps of equal level: the first, band, how many, level."""
    for band, column in enumerate(levels.T):
        edges = np.flatnonzero(np.diff(column, prepend=-9.0, append=-9.0)).tolist()
        for first, end in pairwise(edges):
            if column[first] > 0:
                yield first, band, end - first, float(column[first])


def draw(answers: Answers) -> str:
    found = answers["sounds_condensers"].argmax(1)
    x = HELD["x"][..., 0].astype(float)
    fields = []
    for number, name in enumerate(KINDS):
        which = np.flatnonzero((number == Y) & (found == number))[2]
        one = Field(
            30 + 170 * (number % 3), 65 + 135 * (number // 3), 130, 90, (0, x.shape[1]), (0, x.shape[2])
        )
        quiet, loud = np.quantile(x[which], 0.3), x[which].max()
        shares = np.clip((x[which] - quiet) / (loud - quiet), 0, 1)
        for step, band, length, level in runs(np.ceil(shares * 4 - 1.2)):
            one.square(step, band, length, 1, COLOURS[0], level / 3)
        one.frame(name, [(0, "0"), (x.shape[1], f"{FRAMES * HOP / RATE:g} s")])
        fields.append(one)
    fields.append(confusion_field(confusion(Y, found, len(KINDS)), KINDS, 630, 65, 220))
    return picture("Mel bands, 0.1 to 3.9 kHz, and what the condensers take for what", fields, 880, 470)


if __name__ == "__main__":
    given = {name: microinfer.Interpreter(path_of(name), BOARDS[0]).run_batch(HELD["x"]) for name in MODELS}
    sys.exit(page.main(HERE, results(given), draw(given), sys.argv[1:]))
