"""Listens to held-out sound as a microcontroller would, and says how often it misses the word or errs.

python examples/gallery/wake/run.py [--write | --check]
"""

from __future__ import annotations

import sys
from math import exp
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from listener import HOP, KINDS, SMOOTH, alarms, scores  # noqa: E402
from workshop import page  # noqa: E402
from workshop.parts import figure, life, measures, table  # noqa: E402
from workshop.pictures import COLOURS, Field, picture  # noqa: E402

import microinfer  # noqa: E402

MODEL = HERE / "wake.tflite"
BOARDS = ("sparkfun-edge", "ek-ra6m4", "nucleo-l4r5zi", "xg24-dk")
CELL, RATE, A_SECOND = "zinc-air 675", "50/s", 50
HELD = page.samples(HERE / "wake.npz")
THRESHOLDS = [int(one) for one in HELD["thresholds"]]
"""Of a sum of five probabilities, 0 to 1,275, chosen by sound of its own; the last one is the device's."""
DEVICE = THRESHOLDS[-1]
BEFORE, BEHIND = 15, 25
"""Frames around a word's end in which an alarm is none too many."""
Counts = dict[str, int]


def counted(threshold: int) -> Counts:
    """Words missed, and false alarms by what was to be heard then."""
    ends = HELD["ends"]
    found = np.array(alarms(scores(HELD["probability"]), threshold), np.int64)
    near = (found[:, np.newaxis] >= ends - BEFORE) & (found[:, np.newaxis] <= ends + BEHIND)
    kinds = KIND[found[~near.any(1)]]
    missed = len(ends) - int(near.any(0).sum())
    return {"missed": missed, **{kind: int((kinds == number).sum()) for number, kind in enumerate(KINDS)}}


def kind_of_frames() -> NDArray[np.uint8]:
    """The number of what each frame of the held-out stream belongs to."""
    frames = np.arange(len(HELD["probability"]))
    found: NDArray[np.uint8] = HELD["y"][
        np.minimum(np.searchsorted(HELD["stops"], frames, side="right"), len(HELD["y"]) - 1)
    ]
    return found


KIND = kind_of_frames()


def hours(kind: str) -> float:
    return float((KINDS.index(kind) == KIND).sum()) / A_SECOND / 3600


def at_most(count: int) -> float:
    """How many there are on average, at most, where as few as this are seen one time in twenty (Poisson)."""
    low, high = 0.0, 10.0 + 3 * count
    for _ in range(60):
        mean = (low + high) / 2
        term = share = exp(-mean)
        for number in range(1, count + 1):
            term *= mean / number
            share += term
        low, high = (mean, high) if share > 0.05 else (low, mean)
    return high


def rate(count: int, kind: str) -> str:
    return f"{count / hours(kind):.1f} (< {at_most(count) / hours(kind):.1f})"


def results(answers: NDArray[np.int8]) -> list[str]:
    words, near = len(HELD["ends"]), int((HELD["y"] == KINDS.index("near")).sum())
    rows = []
    for threshold in THRESHOLDS:
        found = counted(threshold)
        missed = f"{found['missed'] / words:.1%} ({found['missed']} of {words})"
        similar = f"{found['near']} of {near}"
        shown = f"{threshold:,}"
        rows.append([shown, missed, rate(found["talk"], "talk"), rate(found["noise"], "noise"), similar])
    header = ["threshold", "misses", "false alarms an hour of talk", "of noise", "at similar words"]
    clip = alarms(scores(answers[:, 1]), DEVICE)
    said = [int(end) for end in clip_ends()]
    return [
        *table(header, rows),
        "",
        f"Held out are {hours('talk') * 60:.0f} minutes of talk and {hours('noise') * 60:.0f} of noise in "
        f"voices and words not trained with; in brackets what the rate is below with 95 % certainty. In the "
        f"{len(answers) / A_SECOND:.1f} s that are kept as sound the word is said {len(said)} times, and the "
        f"device hears it {len(clip)} times; the CRC-32 of its answers is `{crc32(answers.tobytes()):08x}`.",
        "",
        *parts(),
        "",
        size(),
        "",
        *published(),
    ]


def clip_ends() -> NDArray[np.integer]:
    """The frames of the clip in which a word is over."""
    ends = HELD["ends"] - HELD["first"]
    return ends[(ends >= 0) & (ends < len(HELD["x"]))]


def parts() -> list[str]:
    """What always listening takes: 50 inferences a second, samples to probability."""
    rows = []
    for board in BOARDS:
        cost = measures(MODEL, board)
        found = microinfer.battery(MODEL, board, rate=RATE, cell=CELL).to_dict()
        cell = found["cells"][0]
        power = {name: f"{value * 1e3:.2g}" for name, value in found["average_w"].items()}
        low, high = (found["average_w"][one] * 1e3 for one in ("low", "high"))
        under = "yes" if high < 1 else "no" if low > 1 else "cannot tell"
        year = cell["max_rate_per_s_for_a_year"]
        rows.append(
            [
                f"{board}, {cost['library']}",
                f"{cost['arena']['value']:,}",
                f"{cost['flash']['value']:,}",
                figure(cost.get("latency"), "s"),
                f"{power['typical']} mW ({power['low']}-{power['high']})",
                under,
                life(cell["hours"]),
                "never" if not year else f"{year:.2g} a second",
            ]
        )
    header = ["part and kernels", "arena, bytes", "flash, bytes", "an inference", "average power"]
    return table([*header, "under 1 mW", f"{CELL}, always on", "for a year"], rows)


def size() -> str:
    """What of the file is numbers, a buffer that tensors share once."""
    tensors = [one for graph in microinfer.load(MODEL).subgraphs for one in graph.tensors if one.is_constant]
    numbers = sum({one.buffer: one.size_bytes for one in tensors}.values())
    return (
        f"Weights, biases and the features' tables are {numbers:,} bytes, within the class of 14 KB; the "
        f"file is {MODEL.stat().st_size:,}, for it says how they are joined, too."
    )


def published() -> list[str]:
    found = counted(DEVICE)
    measured = f"measured on {hours('talk') * 60:.0f} minutes of synthetic talk"
    here = f"{rate(found['talk'], 'talk')} an hour, {measured}"
    hey = "[microWakeWord, hey jarvis](https://github.com/kahrendt/esphome-on-device-wake-word)"
    said = "0.187 false alarms an hour of the Dinner Party Corpus, ESP32-S3 with PSRAM"
    return table(["published", "there", "here"], [[hey, said, here]])


def draw(answers: NDArray[np.int8]) -> str:
    x = HELD["x"]
    seconds = len(x) / A_SECOND
    ticks = [(float(at), f"{at}") for at in range(int(seconds) + 1)]
    sound = Field(40, 64, 690, 90, (0, seconds), (0, 1))
    loud = np.abs(x.reshape(-1, HOP // 2).astype(float)).max(1)
    for number, size in enumerate((loud / loud.max()).tolist()):
        sound.square(number / 2 / A_SECOND, 0.5 - size / 2, 0.5 / A_SECOND, size, COLOURS[0])
    sound.frame("what it hears")
    heard = Field(40, 190, 690, 90, (0, seconds), (0, 255 * SMOOTH))
    score = scores(answers[:, 1])
    heard.line([(at / A_SECOND, float(one)) for at, one in enumerate(score)], COLOURS[1])
    heard.line([(0, DEVICE), (seconds, DEVICE)], "#222", dashed=True)
    for frame in alarms(score, DEVICE):
        heard.words(frame / A_SECOND + 0.3, 255 * SMOOTH * 0.8, "alarm", "start", COLOURS[1])
    for end in clip_ends().tolist():
        for one in (sound, heard):
            one.line([(end / A_SECOND, one.y[0]), (end / A_SECOND, one.y[1])], "#777")
    heard.frame("sum of five probabilities; grey: the word is over", ticks, "s")
    curve = [counted(threshold) for threshold in range(100, 1275, 25)]
    points = [(one["talk"] / hours("talk"), 100 * one["missed"] / len(HELD["ends"])) for one in curve]
    shown = Field(40, 370, 690, 120, (0, 100), (0, 60))
    shown.line([one for one in points if one[0] <= 100 and one[1] <= 60], COLOURS[0])
    for share in (0, 20, 40, 60):
        shown.words(-0.5, share - 2, f"{share} %", "end")
    shown.frame(
        "misses", [(float(one), f"{one}") for one in range(0, 101, 20)], "false alarms an hour of talk"
    )
    return picture("A wake word in a stream, and what a threshold costs", [sound, heard, shown], 760, 540)


if __name__ == "__main__":
    given = microinfer.Interpreter(MODEL, BOARDS[0]).run_batch(HELD["x"], keep_state=True)
    sys.exit(page.main(HERE, results(given), draw(given), sys.argv[1:]))
