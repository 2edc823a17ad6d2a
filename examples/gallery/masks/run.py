"""Looks at held-out pictures as a microcontroller would: what it takes for what, and how often a second.

python examples/gallery/masks/run.py [--write | --check]
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from frames import CAMERA, MODEL, a_second, published, reaches, sizes  # noqa: E402
from mosaic import mosaic  # noqa: E402
from scenes import CLASSES, KINDS, class_of, held_out  # noqa: E402
from workshop import page  # noqa: E402
from workshop.classes import confusion, confusion_field, confusion_table, right_of  # noqa: E402
from workshop.parts import figure, life, measures, table  # noqa: E402
from workshop.pictures import COLOURS, picture  # noqa: E402

import microinfer  # noqa: E402
from microinfer.view.svg import text  # noqa: E402

HELD = page.samples(HERE / "masks.npz")
BOARDS = (CAMERA, "nicla-vision", "teensy-4-1", "nucleo-f767zi")
CELL = "18650"


def pictures() -> tuple[NDArray[np.int8], NDArray[np.uint8], int]:
    """Those held out, drawn anew; their kinds, and how many are as trained."""
    drawn, kinds, usual = held_out()
    if crc32(drawn.tobytes()) != HELD["drawn"]:
        raise SystemExit("masks.npz: of other pictures than scenes.py draws; run make.py")
    return (drawn ^ 128).view(np.int8), kinds, usual


def results(answers: NDArray[np.int8], kinds: NDArray[np.uint8], usual: int) -> list[str]:
    found = answers.argmax(1)
    y = np.array([class_of(kind) for kind in kinds.tolist()])
    first, rest = slice(usual), slice(usual, None)
    in_float = right_of(y[first], HELD["in_float"][first])
    return [
        f"{right_of(y[first], found[first])} in int8, {in_float} in float, and beyond what was trained with "
        f"{right_of(y[rest], found[rest])}. The CRC-32 of the device's {len(y)} answers is "
        f"`{crc32(answers.tobytes()):08x}`.",
        "",
        *confusion_table(confusion(y[first], found[first], len(CLASSES)), CLASSES),
        "",
        *kinds_table(kinds, y == found, usual),
        "",
        *parts(),
        "",
        *sizes(),
        "",
        *published(),
    ]


def kinds_table(kinds: NDArray[np.uint8], right: NDArray[np.bool_], usual: int) -> list[str]:
    """Of each thing drawn how many are right; two to a row."""
    cells = []
    for kind, name in enumerate((*KINDS, "checked")):
        counts = []
        for which in (slice(usual), slice(usual, None)):
            of = right[which][kinds[which] == kind]
            counts.append(f"{int(of.sum())} of {len(of)}" if len(of) else "")
        cells.append([f"{name} ({CLASSES[class_of(kind)]})", *counts])
    half = (len(cells) + 1) // 2
    header = ["drawn", "right", "beyond"]
    return table([*header, *header], [a + b for a, b in zip(cells[:half], cells[half:], strict=True)])


def parts() -> list[str]:
    rows = []
    for board in BOARDS:
        cost = measures(MODEL, board)
        seconds = cost["latency"]
        lives = [lasts(board, cost, rate) for rate in (1, 30)]
        arena = f"{cost['arena']['value']:,}"
        rows.append(
            [
                f"{board}, {cost['library']}",
                arena,
                f"{cost['flash']['value']:,}",
                figure(seconds, "s"),
                a_second(seconds),
                reaches(seconds),
                figure(cost["energy"], "J"),
                *lives,
            ]
        )
    header = [
        "part and kernels",
        "arena, bytes",
        "flash, bytes",
        "an inference",
        "frames a second",
        "30?",
        "energy",
    ]
    return table([*header, f"{CELL}, 1 a second", "30 a second"], rows)


def lasts(board: str, cost: Mapping[str, Any], rate: int) -> str:
    """The battery, at so many frames a second."""
    if cost["energy"]["value"] is None:
        return "unknown"
    if cost["latency"]["value"] * rate > 1:
        return "too slow"
    found = microinfer.battery(MODEL, board, rate=rate, cell=CELL, config=False).to_dict()
    return life(found["cells"][0]["hours"])


def draw(answers: NDArray[np.int8], kinds: NDArray[np.uint8], usual: int) -> str:
    """One of each kind with its answer, whether right or not, and what is taken for what."""
    y = np.array([class_of(kind) for kind in kinds.tolist()])
    parts, side = [], 100
    for number, which in enumerate(np.unique(kinds, return_index=True)[1].tolist()):
        left, top = 20 + 118 * (number % 4), 50 + 148 * (number // 4)
        parts.append(mosaic((HELD["x"][number].view(np.uint8) ^ 128), left, top, side))
        found = int(answers[which].argmax())
        name = (*KINDS, "checked")[kinds[which]]
        colour = COLOURS[2] if found == y[which] else COLOURS[1]
        parts.append(text(left + side / 2, top + side + 15, name, "middle", 11))
        parts.append(
            text(
                left + side / 2,
                top + side + 30,
                f"{CLASSES[found]}, {(int(answers[which].max()) + 128) / 256:.0%}",
                "middle",
                11,
                colour,
            )
        )
    counts = confusion(y[:usual], answers[:usual].argmax(1), len(CLASSES))
    field = confusion_field(counts, CLASSES, 560, 110, 180)
    for number, name in enumerate(CLASSES):
        field.words(number + 0.5, 3.1, name, "middle", size=9)
    field.parts += parts
    return picture("One of each kind as the device sees it, and what is taken for what", [field], 770, 500)


if __name__ == "__main__":
    x, kinds, usual = pictures()
    answers = microinfer.Interpreter(MODEL, CAMERA).run_batch(x)
    sys.exit(page.main(HERE, results(answers, kinds, usual), draw(answers, kinds, usual), sys.argv[1:]))
