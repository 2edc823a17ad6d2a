"""Three networks as an Arduino Uno runs them: what is said of each, beside what simavr counted.

    python examples/gallery/uno/run.py [--write | --check]

What simavr counted is in simulated.json, which `proof.py` writes where avr-gcc and simavr are installed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from workshop import page  # noqa: E402
from workshop.classes import right_of  # noqa: E402
from workshop.parts import figure, life, measures, table  # noqa: E402
from workshop.pictures import COLOURS, Field, picture  # noqa: E402

import microinfer  # noqa: E402
from microinfer import zoo  # noqa: E402

BOARD = "arduino-uno"
SIMULATED = json.loads((HERE / "simulated.json").read_text(encoding="utf-8"))["networks"]
HERTZ, RAM, FLASH = 16e6, 2048, 32256


def answers_of(name: str) -> Any:
    return microinfer.Interpreter(zoo.load(name), BOARD).run_batch(zoo.samples(name)[0])


def results() -> list[str]:
    right, said = [], []
    for name, counted in SIMULATED.items():
        answers, y = answers_of(name), zoo.samples(name)[1]
        equal = f"{crc32(answers.tobytes()):08x}" == counted["crc32"] and len(y) == counted["samples"]
        network = microinfer.Interpreter(zoo.load(name), BOARD).report()
        least, mean, most = (cycles / HERTZ * 1e3 for cycles in counted["cycles"])
        found = measures(name, BOARD)
        lives = microinfer.battery(name, BOARD, rate="1/min", cell="4xAA", config=False).to_dict()["cells"]
        right.append(
            [
                name,
                f"{network.model.macs:,}",
                right_of(y, answers.argmax(1)),
                "equal" if equal else "differ",
                figure(found["energy"], "J"),
                life(lives[0]["hours"]),
            ]
        )
        said += [
            [
                f"{name}, said",
                f"{found['arena']['value']:,}",
                f"{found['stack']['value']:,}",
                f"{found['flash']['value']:,}",
                figure(found["latency"], "s"),
            ],
            [
                "simulated",
                f"{counted['ram']:,}",
                f"{counted['stack']:,}",
                f"{counted['flash']:,}",
                f"{mean:.1f} ms ({least:.1f}-{most:.1f})",
            ],
        ]
    return [
        *table(["network", "products", "held out, int8", "bits", "energy", "4xAA, 1 a minute"], right),
        "",
        *table(["", "arena, bytes", "stack, bytes", "flash, bytes", "an inference"], said),
        "",
        *published(right[-1][2]),
    ]


def published(right: str) -> list[str]:
    """Others beside the network of their size."""
    nine = measures("digits_9x9", BOARD)
    time = figure(nine["latency"], "s")
    same = "[The same layers, MNIST in 9 x 9](https://hackaday.io/project/41159-deep-neural-network-on-arduino-mnist-handwritten)"
    other = "[LogNNet, MNIST in 28 x 28](https://doi.org/10.1088/1757-899X/1155/1/012056)"
    return table(
        ["published, on an ATmega328P", "there", "here, 81-100-60-10"],
        [
            [same, "14,870 weights of 8 bits, 404 bytes of RAM", f"{nine['arena']['value']} bytes of arena"],
            [other, "82 % right, about 7 s, just over 1 KB of RAM", f"{right}, {time}"],
        ],
    )


def draw() -> str:
    fields = []
    x, y = zoo.samples("digits_9x9")
    found = answers_of("digits_9x9").argmax(1)
    wrong = np.flatnonzero(found != y)[:4]
    chosen = [int(np.flatnonzero(y == digit)[0]) for digit in range(10)] + wrong.tolist()
    for number, which in enumerate(chosen):
        one = Field(30 + 52 * (number % 7), 74 + 78 * (number // 7), 44, 44, (0, 9), (0, 9))
        ink = (x[which].reshape(9, 9).astype(float) + 128) / 255
        for row, column in np.ndindex(9, 9):
            if ink[row, column] > 0.04:
                one.square(column, 8 - row, 1, 1, COLOURS[5], float(ink[row, column]))
        answer = f"{y[which]}: {found[which]}"
        one.words(0, 9.8, answer, colour="" if found[which] == y[which] else COLOURS[1])
        fields.append(one)
    fields[0].words(0, -19.5, "True answer and the Uno's: one of each digit, then wrong ones")
    for number, (name, counted) in enumerate(SIMULATED.items()):
        top = 74 + 64 * number
        for below, (used, whole, what) in enumerate(
            ((counted["ram"] + counted["stack"], RAM, "RAM"), (counted["flash"], FLASH, "flash"))
        ):
            one = Field(470, top + 22 * below, 180, 14, (0, 1), (0, 1))
            one.square(0, 0, 1, 1, "#ddd")
            one.square(0, 0, used / whole, 1, COLOURS[below])
            one.words(1.03, 0.15, f"{used:,} of {whole:,}", size=10)
            one.words(-0.03, 0.15, what, "end", size=10)
            if not below:
                one.words(0, 1.5, f"{name}: {counted['cycles'][1] / HERTZ * 1e3:.1f} ms")
            fields.append(one)
    return picture("Three networks on an Arduino Uno", fields, 760, 280)


if __name__ == "__main__":
    sys.exit(page.main(HERE, results(), draw(), sys.argv[1:]))
