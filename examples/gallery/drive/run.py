"""Lets the car drive by each part's answers, as late as the part gives them, and says how far that goes.

python examples/gallery/drive/run.py [--write | --check]
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from car import CAMERA, EDGE, Answer, Drive, Floors, Images, Numbers, drive  # noqa: E402
from track import HELD, Track  # noqa: E402
from workshop import page  # noqa: E402
from workshop.parts import figure, life, table  # noqa: E402
from workshop.pictures import COLOURS, Field, picture  # noqa: E402
from workshop.scales import stored  # noqa: E402

import microinfer  # noqa: E402
from microinfer.words.printing import brief_interval  # noqa: E402

MODEL = HERE / "drive.tflite"
PARTS = (
    ("nucleo-f767zi", "tflm-cmsis-nn"),
    ("nucleo-f767zi", "tflm-reference"),
    ("nucleo-l4r5zi", "tflm-cmsis-nn"),
    ("nucleo-l4r5zi", "tflm-reference"),
    ("raspberry-pi-pico", "tflm-pico"),
    ("raspberry-pi-pico", "tflm-reference"),
    ("esp32", "tflm-esp-nn"),
    ("esp32", "tflm-reference"),
    ("arduino-mega", "bare-c"),
)
SPEED = 1.2
"""Of all cars in the table, in m/s."""
SPEEDS = np.arange(1, 32) / 10
"""Among which the highest is sought."""
CELL = "LiPo 500"
SHOWN, FRAME = 3, 22
"""The track and the camera's frame of the picture."""
ENDS = ("low", "value", "high")
TRACKS = [Track.drawn(seed) for seed in HELD]
FLOORS, ALL = Floors(TRACKS), np.arange(len(TRACKS))


@dataclass(frozen=True)
class Driven:
    """A part's network, its `cost` by measure, and how it drove.

    `drive` is at `SPEED`, on all tracks for each of `ENDS` in turn; `limits` are highest speeds, perhaps and
    surely.
    """

    board: str
    library: str
    cost: Mapping[str, Any]
    drive: Drive
    limits: tuple[float, float]

    @property
    def name(self) -> str:
        return f"{self.board}, {self.library}"


def controller(board: str, library: str) -> Answer:
    """The network on an emulated part, from images to angles."""
    interpreter = microinfer.Interpreter(MODEL, board, library=library)
    given = interpreter.get_input_details()[0]["quantization"]
    scale, zero_point = interpreter.get_output_details()[0]["quantization"]

    def answer(images: Images) -> Numbers:
        found = interpreter.run_batch(stored(images, *given))[:, 0]
        return (found.astype(float) - zero_point) * scale

    return answer


def driven(board: str, library: str) -> Driven:
    found = microinfer.check(MODEL, board, library, config=False).to_dict()["checks"][0]
    cost = {**{one["name"]: one for one in found["measures"]}, "verdict": found["verdict"]}
    answer = controller(board, library)
    late = np.array([cost["latency"][end] for end in ENDS])
    on, latency = np.tile(ALL, len(late)), np.repeat(late, len(ALL))
    found_drive = drive(FLOORS, on, np.full(len(on), SPEED), latency, answer)
    perhaps, surely = limits(late[[0, -1]], answer).tolist()
    return Driven(board, library, cost, found_drive, (perhaps, surely))


def limits(late: Numbers, answer: Answer) -> Numbers:
    """The highest of `SPEEDS` at which all tracks are lapped, by halving, for each latency."""
    sure, over = np.full(len(late), -1), np.full(len(late), len(SPEEDS))
    on = np.tile(ALL, len(late))
    while (over - sure > 1).any():
        middle = np.maximum((sure + over) // 2, 0)
        speeds, latency = (np.repeat(one, len(TRACKS)) for one in (SPEEDS[middle], late))
        good = drive(FLOORS, on, speeds, latency, answer).laps.reshape(len(late), -1).all(1)
        going = over - sure > 1
        sure, over = np.where(going & good, middle, sure), np.where(going & ~good, middle, over)
    return np.where(sure < 0, 0.0, SPEEDS[sure])


def row(one: Driven) -> list[str]:
    found = one.drive
    quick, typical, slow = (len(ALL) - found.laps.reshape(len(ENDS), -1).sum(1)).tolist()
    if quick == 0:
        said = "laps all" if slow == 0 else "cannot tell"
    else:
        said = f"leaves {quick}" if quick == slow else f"leaves {quick} to {slow}"
    of = found.car // len(ALL) == ENDS.index("value")
    away, lasted = found.away[of], found.lasted[of]
    ordered = np.argsort(away)
    far = away[ordered][np.searchsorted(np.cumsum(lasted[ordered]), 0.95 * lasted.sum())]
    aside = f"{np.average(away, weights=lasted) * 100:.1f} / {far * 100:.1f}" if typical == 0 else ""
    high, low = one.limits
    bytes_of = [
        "unknown" if one.cost[name]["value"] is None else f"{one.cost[name]['value']:,}"
        for name in ("arena", "flash")
    ]
    time, top = figure(one.cost["latency"], "s"), f"{low:.1f}" if low == high else f"{low:.1f}-{high:.1f}"
    return [one.name, *bytes_of, time, said, aside, top, *energy(one)]


def energy(one: Driven) -> list[str]:
    """What the processor takes for a lap at the speed that it surely keeps, asleep between frames, and how
    long a battery drives it."""
    rate = 0.999 / max(CAMERA, one.cost["latency"]["value"])
    found = microinfer.battery(MODEL, one.board, one.library, rate=rate, cell=CELL, config=False).to_dict()
    length = float(np.mean([track.length for track in TRACKS]))
    lap = length / one.limits[1]
    joules = (found["average_w"][end] * lap for end in ("typical", "low", "high"))
    return [brief_interval(*joules, "J"), life(found["cells"][0]["hours"])]


def results(parts: list[Driven]) -> list[str]:
    held = page.samples(HERE / "drive.npz")
    interpreters = [microinfer.Interpreter(MODEL, one.board, library=one.library) for one in parts]
    answers = [one.run_batch(held["x"]) for one in interpreters]
    crcs = {crc32(one.tobytes()) for one in answers}
    scale, zero_point = interpreters[0].get_output_details()[0]["quantization"]
    angles = (answers[0].astype(float) - zero_point) * scale
    errors = [np.degrees(np.sqrt(np.mean((one - held["y"]) ** 2))) for one in (angles, held["in_float"])]
    header = ["part and kernels", "arena", "flash", "an inference", f"{SPEED} m/s, {len(TRACKS)} tracks"]
    header += ["from the line, cm", "up to, m/s", "a lap there", f"{CELL}, driving"]
    return [
        f"The angle is {errors[0]:.2f}° from the expert's in int8, {errors[1]:.2f}° in float (root mean "
        f"square over {len(angles)} disturbed poses",
        "on tracks held out). The CRC-32 of a device's answers is "
        f"{' or '.join(f'`{one:08x}`' for one in sorted(crcs))}, whichever of these parts it is.",
        "",
        *table(header, [row(one) for one in parts]),
        "",
        *published(parts),
    ]


def published(parts: list[Driven]) -> list[str]:
    """Others beside this."""
    named = {(one.board, one.library): figure(one.cost["latency"], "s") for one in parts}
    model = microinfer.Interpreter(MODEL).report().model
    size = f"{model.macs / 1e3:.0f} k products, {MODEL.stat().st_size / 1e3:.0f} kB"
    four, seven = parts[2], parts[0]
    quicker = four.cost["latency"]["value"] / seven.cost["latency"]["value"]
    less = seven.cost["energy"]["value"] / four.cost["energy"]["value"]
    return table(
        ["published", "there", "here"],
        [
            [
                "[VNN4, line camera](https://github.com/praesc/Robust-navigation-with-TinyML)",
                "163 k products, 6.04 k weights",
                size,
            ],
            [
                "[GAP8 beside STM32L4 and K64F](https://arxiv.org/abs/2007.00302)",
                "over 13 times as quick, 92 % less energy",
                f"Cortex-M7 beside STM32L4: {quicker:.1f} times as quick, {less:.1f} times the energy",
            ],
            [
                "[PilotNet on a Raspberry Pi Pico](https://www.hackster.io/news/deeppicarmicro-crams-nvidia-s-pilotnet-autonomous-vehicle-neural-network-into-a-raspberry-pi-pico-2a0b8a38e18e)",
                "3 s a frame in int8",
                named["raspberry-pi-pico", "tflm-pico"],
            ],
            [
                "[TinyNav, ESP32, depth](https://arxiv.org/abs/2603.11071)",
                "30 ms, 23 k weights",
                named["esp32", "tflm-esp-nn"],
            ],
        ],
    )


def draw(parts: list[Driven]) -> str:
    line = TRACKS[SHOWN].line
    road = Field(20, 50, 370, 370, (-2.1, 2.1), (-2.1, 2.1))
    places = " ".join(f"{road.across(x):.1f},{road.up(y):.1f}" for x, y in line[::4])
    wide = 2 * EDGE / (road.x[1] - road.x[0]) * road.width
    road.parts.append(f"<polygon points='{places}' fill='none' stroke='#ddd' stroke-width='{wide:.1f}'/>")
    road.line([*line[::4].tolist(), line[0].tolist()], "#666", dashed=True)
    shown = ((0, "value", ""), (-2, "high", ", at its slowest"), (-1, "value", ""))
    for number, (at, end, said) in enumerate(shown):
        found, name, car = parts[at].drive, parts[at].name, ENDS.index(end) * len(ALL) + SHOWN
        road.line(found.places[found.car == car].tolist(), COLOURS[number])
        words = f"{name}{said}: {'a lap' if found.laps[car] else 'off the track'}"
        road.words(-2, -2.2 - 0.18 * number, words, colour=COLOURS[number], size=10)
    bars = Field(560, 70, 180, 300, (0, 2.8), (0, len(parts)))
    for number, one in enumerate(parts):
        (high, low), y = one.limits, len(parts) - number - 0.75
        bars.square(0, y, low, 0.5, COLOURS[0])
        bars.square(low, y, high - low, 0.5, COLOURS[0], 0.4)
        bars.words(-0.05, y + 0.15, one.name, "end", size=9)
    bars.line([(SPEED, 0), (SPEED, len(parts))], "#777", dashed=True)
    bars.frame("Surely, and perhaps, up to", [(0, "0"), (SPEED, f"{SPEED}"), (2, "2")], "m/s")
    title = f"One network at {SPEED} m/s on a track that it has not seen"
    return picture(title, [road, frame(155, 180), bars], 760, 475)


def frame(left: float, top: float) -> Field:
    """What the camera sees, in eight shades, where neighbours of one shade are one."""
    rows = (page.samples(HERE / "drive.npz")["x"][FRAME, ..., 0].astype(int) + 128) // 32
    height, width = rows.shape
    field = Field(left, top, 100, 75, (0, width), (0, height))
    for number, row in enumerate(rows):
        edges = [0, *(np.flatnonzero(np.diff(row)) + 1).tolist(), width]
        for start, end in pairwise(edges):
            shade = f"{int(row[start]) * 36:02x}"
            field.square(start, height - number - 1, end - start, 1, f"#{shade * 3}")
    return field


if __name__ == "__main__":
    everyone = [driven(board, library) for board, library in PARTS]
    sys.exit(page.main(HERE, results(everyone), draw(everyone), sys.argv[1:]))
