"""Tells beats of patients who are new to the network in int8 and in int16x8, and says how that goes.

python examples/gallery/ecg/run.py [--write | --check]
"""

from __future__ import annotations

import sys
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from heart import BEFORE, COUNT_MV, KINDS, LESS, RATE, STEPS, TAPS  # noqa: E402
from workshop import page  # noqa: E402
from workshop.classes import confusion, confusion_field, right_of  # noqa: E402
from workshop.parts import figure, life, measures, table  # noqa: E402
from workshop.pictures import COLOURS, Field, picture  # noqa: E402

import microinfer  # noqa: E402

MODELS = {"ecg": "int8", "ecg_int16": "int16x8"}
BOARDS = ("nrf52840-dk", "nucleo-l4r5zi", "raspberry-pi-pico", "esp32-s3")
CELL, A_SECOND = "LiPo 500", 1.2
HELD = {name: page.samples(HERE / f"{name}.npz") for name in MODELS}
Y = HELD["ecg"]["y"]
Answers = dict[str, NDArray[np.generic]]
"""Probabilities by model's name, and in_float."""


def answered() -> Answers:
    """As the device answers, and in reals: [beats, kinds]."""
    found: Answers = {"in_float": HELD["ecg"]["in_float"]}
    for name in MODELS:
        interpreter = microinfer.Interpreter(HERE / f"{name}.tflite", BOARDS[0])
        found[name] = interpreter.run_batch(HELD[name]["x"])
    return found


def in_reals(name: str, answers: Answers) -> NDArray[np.generic]:
    if name == "in_float":
        return answers[name]
    return microinfer.Interpreter(HERE / f"{name}.tflite").dequantize_output(0, answers[name])


def f1(found: NDArray[np.integer]) -> float:
    """The mean over all kinds of the harmonic mean of precision and recall."""
    counts = confusion(Y, found, len(KINDS))
    return float(np.mean(2 * counts.diagonal() / (counts.sum(0) + counts.sum(1))))


def results(answers: Answers) -> list[str]:
    wide = microinfer.Interpreter(HERE / "ecg_int16.tflite")
    rounded = wide.run_batch(np.rint(HELD["ecg_int16"]["x"] / LESS).astype(np.int16) * LESS)
    crcs = [f"`{crc32(answers[name].tobytes()):08x}` in {kind}" for name, kind in MODELS.items()]
    return [
        *table(["of beats", "int8", "int16x8", "in float"], list(accuracies(answers))),
        "",
        f"Of the upper eight bits alone int16x8 gets {right_of(Y, rounded.argmax(1))}. The CRC-32 of the "
        f"device's answers is {' and '.join(crcs)}.",
        "",
        *parts(),
        "",
        *published(answers),
    ]


def accuracies(answers: Answers) -> list[list[str]]:
    found = {name: answers[name].argmax(1) for name in (*MODELS, "in_float")}
    rows = [["all", *(right_of(Y, one) for one in found.values())]]
    for number, kind in enumerate(KINDS):
        of_kind = number == Y
        right = [f"{int((one[of_kind] == number).sum())} of {int(of_kind.sum())}" for one in found.values()]
        rows.append([kind, *right])
    off = [np.abs(in_reals(name, answers) - answers["in_float"]) for name in MODELS]
    by = [f"{one.mean():.2g} ({one.max():.2g})" for one in off]
    rows.append(["a probability is off by, mean (most)", *by, ""])
    rows.append(["mean F1", *(f"{f1(one):.3f}" for one in found.values())])
    return rows


def parts() -> list[str]:
    """What a beat costs, a row for each part and type."""
    rows = []
    for board in BOARDS:
        for name, kind in MODELS.items():
            path = HERE / f"{name}.tflite"
            cost = measures(path, board)
            lives = microinfer.battery(path, board, rate=f"{A_SECOND}/s", cell=CELL, config=False)
            rows.append(
                [
                    f"{board}, {cost['library']}",
                    kind,
                    *(f"{cost[one]['value']:,}" for one in ("arena", "flash")),
                    figure(cost.get("latency"), "s"),
                    figure(cost.get("energy"), "J"),
                    life(lives.to_dict()["cells"][0]["hours"]),
                ]
            )
    header = ["part and kernels", "type", "arena, bytes", "flash, bytes", "a beat", "energy"]
    return table([*header, f"{CELL}, {A_SECOND} beats a second"], rows)


def published(answers: Answers) -> list[str]:
    """Others beside this, on the same core as theirs where they say which."""
    cost = measures(HERE / "ecg.tflite", BOARDS[0])
    right = np.mean(answers["ecg"].argmax(1) == Y)
    esp = figure(measures(HERE / "ecg.tflite", "esp32-s3")["latency"], "s")
    drop = f"F1 {f1(answers['in_float'].argmax(1)):.3f}, in int8 {f1(answers['ecg'].argmax(1)):.3f}"
    return table(
        ["published", "there", "here"],
        [
            [
                "[LSTM beside 1D-CNN, five data sets](https://arxiv.org/abs/2603.04860)",
                "LSTM about 89 % right in 2,038 ms, 1D-CNN about 95 % in 27.6 ms",
                f"LSTM {right:.1%} right in {esp}, esp32-s3",
            ],
            [
                "[Convolutions and LSTM, nRF52, CMSIS-NN](https://arxiv.org/abs/2001.03538)",
                "F1 0.8, in fixed point 0.784, 195.6 KB",
                f"{drop}, {cost['flash']['value'] / 1e3:.1f} KB of flash",
            ],
        ],
    )


def draw(answers: Answers) -> str:
    found, time = answers["ecg"].argmax(1), np.arange(STEPS * TAPS) / RATE - BEFORE
    fields = []
    for number, kind in enumerate(KINDS):
        one = Field(30 + 160 * (number % 3), 70 + 170 * (number // 3), 140, 100, (-BEFORE, 0.5), (-1.8, 2.2))
        for shade, which in enumerate(np.flatnonzero((number == Y) & (found == number))[[1, 8, 15]]):
            values = HELD["ecg_int16"]["x"][which].ravel() * COUNT_MV
            one.line(zip(time, np.clip(values, *one.y), strict=True), COLOURS[shade])
        one.frame(kind, [(-1, "-1"), (-0.5, "-0.5"), (0, "0 s")])
        fields.append(one)
    names = [kind.replace("premature", "prem.").replace(" branch", "") for kind in KINDS]
    fields.append(confusion_field(confusion(Y, found, len(KINDS)), names, 610, 90, 170))
    return picture("Beats of three patients each, and what is taken for what in int8", fields, 800, 390)


if __name__ == "__main__":
    given = answered()
    sys.exit(page.main(HERE, results(given), draw(given), sys.argv[1:]))
