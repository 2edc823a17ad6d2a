"""Runs the gesture network as a microcontroller would over people whom it has not seen, and says how it did.

python examples/gallery/gesture/run.py [--write | --check]
"""

from __future__ import annotations

import sys
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from hand import GESTURES, LENGTH, RATE  # noqa: E402
from workshop import page  # noqa: E402
from workshop.classes import confusion, confusion_field, right_of  # noqa: E402
from workshop.parts import figure, measures, parts_table, table  # noqa: E402
from workshop.pictures import COLOURS, Field, picture  # noqa: E402

import microinfer  # noqa: E402

MODEL = HERE / "gesture.tflite"
BOARDS = ("arduino-uno", "arduino-nano-33-ble", "nucleo-l4r5zi", "raspberry-pi-pico")
LEARNERS = {
    "gesture": "convolutions in time",
    "gesture_protonn": "ProtoNN, 40 prototypes in 12 dimensions",
    "gesture_bonsai": "Bonsai, depth 2 in 12 dimensions",
}
HELD = page.samples(HERE / "gesture.npz")


def results(answers: NDArray[np.int8]) -> list[str]:
    y, found = HELD["y"], answers.argmax(1)
    missed = float((found[y > 0] == 0).mean())
    false = float((found[y == 0] > 0).mean())
    return [
        f"{right_of(y, found)} in int8, {right_of(y, HELD['in_float_gesture'])} in float. Of the gestures",
        f"{missed:.1%} pass for none, of what is none {false:.1%} passes for a gesture. The CRC-32 of the "
        f"device's answers is `{crc32(answers.tobytes()):08x}`.",
        "",
        *parts_table(MODEL, BOARDS, rate="2/s", cell="CR2032", awake="2 a second"),
        "",
        *learners_table(),
        "",
        *published(right_of(y, found)),
    ]


def learners_table() -> list[str]:
    """The network beside ProtoNN and Bonsai, on the part whose 2 KB those were made for."""
    rows = []
    for name, title in LEARNERS.items():
        path = HERE / f"{name}.tflite"
        found = microinfer.Interpreter(path, "arduino-uno").run_batch(HELD["x"]).argmax(1)
        cost = measures(path, "arduino-uno")
        bytes_of = [f"{cost[one]['value']:,}" for one in ("arena", "stack", "flash")]
        rates = [f"{np.mean(one == HELD['y']):.1%}" for one in (found, HELD[f"in_float_{name}"])]
        rows.append([title, *rates, *bytes_of, figure(cost["latency"], "s")])
    header = ["on an ATmega328P", "int8", "in float", "arena, bytes", "stack, bytes", "flash, bytes"]
    return table([*header, "an inference"], rows)


def published(right: str) -> list[str]:
    """Others beside this."""
    uno = measures(MODEL, "arduino-uno")
    products = microinfer.Interpreter(MODEL, "arduino-uno").report().model.macs
    spent = f"{figure(uno['latency'], 's')}, {products:,} products, {len(GESTURES)} classes"
    cane = "[White cane with ProtoNN](https://doi.org/10.1145/3332165.3347881)"
    punch = "[Punch and flex, Arduino Leonardo](https://github.com/DeqingSun/Machine-Learning-Experiment-on-8-bit-Arduino)"
    small = "[Bonsai, Arduino Uno](http://proceedings.mlr.press/v70/kumar17a.html)"
    bonsai = measures(HERE / "gesture_bonsai.tflite", "arduino-uno")
    said = f"{figure(bonsai['latency'], 's')}, {bonsai['arena']['value']} bytes of arena"
    return table(
        ["published", "there", "here"],
        [
            [cane, "92 % right, people in a laboratory", right],
            [small, "milliseconds, a few KB, no figure for gestures", said],
            [punch, "14 ms in int8, 60 ms in float, 1,577 parameters, 2 classes", spent],
        ],
    )


def draw(answers: NDArray[np.int8]) -> str:
    x, y, found = HELD["x"], HELD["y"], answers.argmax(1)
    scale, zero_point = microinfer.Interpreter(MODEL).get_input_details()[0]["quantization"]
    time = np.arange(LENGTH) / RATE
    fields = []
    for number, name in enumerate(GESTURES):
        which = np.flatnonzero((y == number) & (found == number))[1]
        one = Field(30 + 150 * (number % 3), 70 + 160 * (number // 3), 130, 100, (0, 2), (-2.1, 2.1))
        for axis in range(3):
            values = (x[which, :, 0, axis].astype(float) - zero_point) * scale
            one.line(zip(time, values, strict=True), COLOURS[axis])
        one.frame(name, [(0, "0"), (1, "1"), (2, "2 s")])
        fields.append(one)
    for axis, letter in enumerate("xyz"):
        fields[0].words(1.5 + 0.16 * axis, 2.4, letter, colour=COLOURS[axis])
    fields.append(confusion_field(confusion(y, found, len(GESTURES)), GESTURES, 570, 70, 170))
    return picture("Accelerations in g, and what is taken for what", fields, 760, 380)


if __name__ == "__main__":
    answers = microinfer.Interpreter(MODEL, BOARDS[0]).run_batch(HELD["x"])
    sys.exit(page.main(HERE, results(answers), draw(answers), sys.argv[1:]))
