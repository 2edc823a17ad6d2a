"""Lets biases follow a sensor whose zero level moved, and says what they gain, forget and take on parts.

python examples/gallery/biases/run.py [--write | --check]
"""

from __future__ import annotations

import sys
from pathlib import Path
from zlib import crc32

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from follower import (  # noqa: E402
    EACH,
    FILE,
    PEOPLE,
    Followed,
    followed,
    parts,
    parts_aside,
    with_residuals,
)
from workshop import page  # noqa: E402
from workshop.parts import table  # noqa: E402
from workshop.pictures import COLOURS, Field, picture  # noqa: E402

import microinfer  # noqa: E402
from microinfer.learning import BiasLearner, training_memory  # noqa: E402

MODEL = HERE / "biases.tflite"
BOARDS = ("arduino-uno", "arduino-nano-33-ble", "nucleo-l4r5zi", "raspberry-pi-pico")
HELD = page.samples(HERE / "biases.npz")


def ways_table(ways: dict[str, Followed], beside: Followed) -> list[str]:
    rows = []
    shown = {**ways, "and lite residuals beside all five": beside}
    for name, one in shown.items():
        told = "" if one.stream is None else f"{one.stream.learning:.1%}"
        sizes = ["0", "0"] if one.stream is None else [f"{size:,}" for size in one.ram]
        rows.append([name, told, f"{one.after[1]:.1%}", f"{one.after[0]:.1%}", *sizes])
    return table(
        ["learns", "of the stream", "moved", "as before", "bytes for good", "bytes of a sample"], rows
    )


def results(ways: dict[str, Followed]) -> list[str]:
    every, beside = list(ways.values())[-1], with_residuals()
    learner = every.learner
    assert isinstance(learner, BiasLearner)
    g, (full, _, _, _) = learner.geometry, training_memory(microinfer.load(FILE)).ways
    answers = microinfer.Interpreter(MODEL, BOARDS[0], library="bare-c").run_batch(HELD["x"])
    told = np.mean([learner.layer.predict(one.reshape(-1)).argmax() for one in answers] == HELD["y"])
    assert told == every.after[1]
    whole = full.weights_bytes + full.kept_low
    kept = g.kept_bytes + sum(every.ram) - g.ram_bytes + g.biases_bytes
    return [
        *ways_table(ways, beside),
        "",
        f"Of the {sum(every.ram):,} bytes of all biases {g.pass_bytes:,} are the pass backwards; without it, "
        "as training all of it is counted,",
        f"they are {kept:,}, and all of it {whole:,}: {whole / kept:.1f} times as many. The CRC-32 of the "
        f"{len(learner.changes)} biases' changes is `{crc32(learner.changes.tobytes()):08x}`,",
        f"that of the file's {len(answers)} answers `{crc32(answers.tobytes()):08x}`.",
        "",
        *parts(every, BOARDS),
        "",
        *parts_aside(beside, BOARDS),
        "",
        *published(kept, whole, ways),
    ]


def published(kept: int, full: int, ways: dict[str, Followed]) -> list[str]:
    """TinyTL's abstract beside this."""
    _, last, *_, every = ways.values()
    more = round(100 * every.after[1], 1) - round(100 * last.after[1], 1)
    source = "https://proceedings.neurips.cc/paper/2020/hash/81f7acabd411274fcf65ce2070ed568a-Abstract.html"
    return table(
        ["published", "there", "here"],
        [
            [
                f"[TinyTL, ProxylessNAS on pictures]({source})",
                "up to 6.5 times less memory than all, up to 33.8 % more right than by the last layer",
                f"{full / kept:.1f} times less, {more:.1f} points more right; biases alone",
            ]
        ],
    )


def draw(ways: dict[str, Followed]) -> str:
    count = PEOPLE * EACH
    one = Field(60, 64, 620, 190, (0, count), (0, 1))
    every = [each.stream for each in ways.values() if each.stream is not None]
    lines = [("as it was", [each.frozen for each in every[0].stretches], "#777")]
    for name, found, colour in (
        ("the last layer", every[0], COLOURS[1]),
        ("all biases", every[-1], COLOURS[0]),
    ):
        lines.append((name, [each.learning for each in found.stretches], colour))
    for number, (name, shares, colour) in enumerate(lines):
        middles = [(each.first + each.last + 1) / 2 for each in every[0].stretches]
        one.line(list(zip(middles, shares, strict=True)), colour)
        one.words(count, 0.05 + 0.11 * number, name, "end", colour)
    ticks = [(float(at), f"{at}") for at in range(0, count + 1, 4 * EACH)]
    one.frame(f"told rightly, of {EACH} gestures each", ticks, "gestures since the zero level moved")
    for level in (0.5, 1.0):
        one.words(-3, level, f"{level:.0%}", "end")
    return picture("Biases follow a sensor whose zero level moved", [one], 760, 310)


if __name__ == "__main__":
    found = followed()
    sys.exit(page.main(HERE, results(found), draw(found), sys.argv[1:]))
