"""Runs the fan's autoencoder as a microcontroller would over the windows held out, and says what it finds.

python examples/gallery/vibration/run.py [--write | --check]
"""

from __future__ import annotations

import sys
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from machine import BANDS, FAULTS, RATE  # noqa: E402
from workshop import page  # noqa: E402
from workshop.parts import figure, life, measures, parts_table, table  # noqa: E402
from workshop.pictures import COLOURS, Field, picture  # noqa: E402

import microinfer  # noqa: E402

MODEL = HERE / "vibration.tflite"
BOARDS = ("arduino-uno", "arduino-nano-33-ble", "nucleo-l4r5zi", "raspberry-pi-pico")
KINDS = ("healthy", *FAULTS)
DAY_MINUTES = 1440


def scores(given: NDArray[np.int8]) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    """Each window's score, the sum of squared differences of int8 numbers, and what comes back."""
    back = microinfer.Interpreter(MODEL, "arduino-nano-33-ble").run_batch(given)
    return ((given.astype(np.int32) - back) ** 2).sum(1), back


def area_under_curve(healthy: NDArray[np.generic], faulty: NDArray[np.generic]) -> float:
    """How often a faulty window scores above a healthy one."""
    return float((faulty[:, np.newaxis] > healthy).mean())


def results(found: NDArray[np.int32], back: NDArray[np.int8]) -> list[str]:
    held = page.samples(HERE / "vibration.npz")
    kind, limit = held["kind"], held["threshold"]
    rows = []
    for number, name in enumerate(KINDS):
        of = kind == number
        over = [found[of] > limit, held["in_float"][of] > held["threshold_in_float"]]
        curve = "" if number == 0 else f"{area_under_curve(found[kind == 0], found[of]):.4f}"
        rows.append([name, *(f"{one.sum()} of {of.sum()}" for one in over), curve])
    rate = float((found[kind == 0] > limit).mean())
    right = float(((found > limit) == (kind > 0)).mean())
    recall = float((found[kind > 0] > limit).mean())
    curve = area_under_curve(found[kind == 0], found[kind > 0])
    return [
        *table(["window of a fan", "alarms, int8", "in float", "AUC, int8"], rows),
        "",
        f"An alarm is a score above {limit:,}; {right:.2%} of all windows are told rightly, with an AUC of "
        f"{curve:.4f}. At a window a",
        f"minute a healthy fan gives {rate * DAY_MINUTES:.1f} false alarms a day, and "
        f"{rate**2 * DAY_MINUTES:.2f} where two windows in a row have to be over it.",
        f"The CRC-32 of the device's {len(back):,} answers is `{crc32(back.tobytes()):08x}`.",
        "",
        *parts_table(MODEL, BOARDS, rate="1/min", cell="2xAA", awake="1 a minute"),
        "",
        *published(rate, right, recall),
    ]


def published(rate: float, right: float, recall: float) -> list[str]:
    """Papers beside this."""
    nucleo = measures(MODEL, BOARDS[2])
    nano_life = microinfer.battery(MODEL, BOARDS[1], rate="1/min", cell="2xAA", config=False).to_dict()[
        "cells"
    ][0]
    spent = figure(nucleo["latency"], "s"), figure(nucleo["energy"], "J")
    return table(
        ["published", "there", "here"],
        [
            [
                "[USB fan, Arduino Nano 33 BLE](https://doi.org/10.1109/LSENS.2024.3463977)",
                "99.23 % right, 1.222 % false alarms, 17 kB",
                f"{right:.2%} right, {rate:.1%} false alarms, {MODEL.stat().st_size / 1000:.1f} kB",
            ],
            [
                "[Washing machine, Arduino Nano 33 BLE](http://sdsu-dspace.calstate.edu/handle/10211.3/219966)",
                "92 % right, recall 99 %, 20 h on a battery",
                f"{right:.2%} right, recall {recall:.1%}, {life(nano_life['hours'])}",
            ],
            [
                "[MLPerf Tiny, NUCLEO-L4R5ZI, X-CUBE-AI](https://github.com/mlcommons/tiny_results_v1.1)",
                "7.58 ms, 529 µJ",
                ", ".join(spent),
            ],
        ],
    )


def draw(found: NDArray[np.int32], back: NDArray[np.int8]) -> str:
    held = page.samples(HERE / "vibration.npz")
    kind, x = held["kind"], held["x"]
    fields = []
    hertz = np.arange(BANDS) * RATE / 2 / BANDS
    scale = microinfer.Interpreter(MODEL).get_input_details()[0]["quantization"][0]
    for number, (title, chosen) in enumerate((("healthy", 0), (FAULTS[0], 1), (FAULTS[2], 3))):
        at = np.flatnonzero(kind == chosen)
        which = at[np.argsort(found[at])[len(at) // 2]]
        one = Field(40, 64 + 112 * number, 300, 70, (0, RATE / 2), (-6.5, 6.5))
        for values, colour in ((x[which], COLOURS[0]), (back[which], COLOURS[1])):
            one.line(zip(hertz, (values + 1.0) * scale, strict=True), colour)
        ticks = [(float(place), f"{place}") for place in range(0, 513, 128)]
        one.frame(f"{title}: score {found[which]:,}", ticks, "Hz" if number == 2 else "")
        fields.append(one)
    fields[0].words(512, 6.9, "spectrum", "end", COLOURS[0])
    fields[0].words(505, 5.2, "what comes back", "end", COLOURS[1])
    low, high = 3.6, 5.8
    edges = np.linspace(low, high, 56)
    ticks = [(4.0, "10,000"), (5.0, "100,000")]
    for number, name in enumerate(KINDS):
        counts, _ = np.histogram(np.log10(found[kind == number]), edges)
        one = Field(430, 64 + 64 * number, 300, 38, (low, high), (0, counts.max() * 1.05))
        middles = (edges[1:] + edges[:-1]) / 2
        one.area(list(zip(middles, counts.tolist(), strict=True)), COLOURS[0 if number == 0 else 1])
        limit = float(np.log10(held["threshold"]))
        one.line([(limit, 0), (limit, counts.max())], "#222", dashed=True)
        one.frame(
            name, ticks if number == len(KINDS) - 1 else (), "score" if number == len(KINDS) - 1 else ""
        )
        fields.append(one)
    fields[3].words(limit + 0.03, fields[3].y[1] * 0.8, "threshold")
    return picture("A fan's spectrum, what the autoencoder makes of it, and its score", fields, 760, 400)


if __name__ == "__main__":
    answers = scores(page.samples(HERE / "vibration.npz")["x"])
    sys.exit(page.main(HERE, results(*answers), draw(*answers), sys.argv[1:]))
