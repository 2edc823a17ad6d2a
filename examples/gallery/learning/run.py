"""Lets the layer behind the frozen network learn from the stream, and says what it gains, forgets and takes.

python examples/gallery/learning/run.py [--write | --check]
"""

from __future__ import annotations

import sys
from pathlib import Path
from zlib import crc32

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from workshop import page  # noqa: E402
from workshop.parts import life, measures, table  # noqa: E402
from workshop.pictures import COLOURS, Field, picture  # noqa: E402

import microinfer  # noqa: E402
from microinfer.learning import (  # noqa: E402
    LearningReport,
    OnlineLayer,
    features,
    features_of,
    labels,
    score,
    training_memory,
)
from microinfer.parts.profile import load_profile  # noqa: E402
from microinfer.timing.battery_life import battery_life, load_cell  # noqa: E402
from microinfer.timing.energy import Span  # noqa: E402
from microinfer.words.printing import brief_interval  # noqa: E402
from microinfer.words.result import plain  # noqa: E402

MODEL = HERE / "learning.tflite"
BOARDS = ("arduino-uno", "arduino-nano-33-ble", "nucleo-l4r5zi", "raspberry-pi-pico")
RATE, EVERY = 0.005, 50
CELL, A_MINUTE = "2xAA", 1 / 60
HEADER = [
    "part and kernels",
    "runs",
    "arena, bytes",
    "flash, bytes",
    "layer, bytes of RAM",
    "network",
    "predict",
]
HEADER += ["learn", "energy"]
HELD = page.samples(HERE / "learning.npz")


def learnt(board: str) -> tuple[LearningReport, OnlineLayer, list[float]]:
    """What a board says of the stream, the layer behind it, and how it answers later windows, twice."""
    interpreter = microinfer.Interpreter(MODEL, board)
    found = features_of(interpreter)
    layer = OnlineLayer(HELD["weights"], found.scale, found.zero_point, RATE)
    given = features(interpreter, HELD["later_x"], "later")
    right = labels(HELD["later_y"], len(given), layer.geometry.outputs, "later")
    scores = [score(layer, given, right)]
    report = microinfer.learn(
        MODEL,
        board,
        data=(HELD["x"], HELD["y"]),
        known=(HELD["known_x"], HELD["known_y"]),
        layer=layer,
        every=EVERY,
    )
    return report, layer, [*scores, score(layer, given, right)]


def said(span: Span | None, report: LearningReport) -> str:
    if span is None:
        return "unknown"
    seconds = span.scaled(1 / report.clock_hz)
    return brief_interval(seconds.typical, seconds.low, seconds.high, "s")


def lasts(report: LearningReport) -> str:
    """A battery's life where a window a minute is told, and learnt from."""
    spans = (report.network, report.predict, report.learn)
    if any(span is None for span in spans):
        return "unknown"
    ends = ("typical", "low", "high")
    whole = Span(*(sum(getattr(span, end) for span in spans) / report.clock_hz for end in ends))
    found = battery_life(load_profile(report.profile), whole, load_cell(CELL), A_MINUTE)
    return life(plain(found.hours))


def spent(report: LearningReport) -> str:
    span = report.microjoules
    if span is None:
        return "unknown"
    return brief_interval(*(end * 1e-6 for end in (span.typical, span.low, span.high)), "J")


def results(report: LearningReport, layer: OnlineLayer, later: list[float]) -> list[str]:
    kept = report.kept
    assert kept is not None
    before, after = HELD["in_float"].tolist()
    rows = [
        ["where it was trained", f"{before:.1%}", f"{kept.before:.1%}", f"{kept.after:.1%}"],
        ["after the sensor was moved", f"{after:.1%}", f"{later[0]:.1%}", f"{later[1]:.1%}"],
    ]
    parts = []
    for board in BOARDS:
        one, cost = learnt(board)[0], measures(MODEL, board)
        sizes = [f"{cost[name]['value']:,}" for name in ("arena", "flash")]
        layer_bytes = f"{one.weights_bytes + one.scratch_bytes:,}"
        spans = [said(span, one) for span in (one.network, one.predict, one.learn)]
        parts.append(
            [f"{board}, {one.library}", one.verdict, *sizes, layer_bytes, *spans, spent(one), lasts(one)]
        )
    ways = training_memory(microinfer.load(MODEL)).ways
    return [
        *table(["250 windows, told rightly", "in float, frozen", "int8, as it was", "having learnt"], rows),
        "",
        f"Of the {report.stream.samples} windows of the stream {report.stream.learning:.1%} are told "
        f"rightly before they are learnt from, {report.stream.frozen:.1%} without",
        f"learning. The CRC-32 of the weights at the end is `{crc32(layer.weights.tobytes()):08x}`.",
        "",
        *table([*HEADER, f"{CELL}, 1 a minute"], parts),
        "",
        *table(
            ["what of the frozen network could be trained", "weights, bytes", "kept of a sample, bytes"],
            [[one.name, f"{one.weights_bytes:,}", f"{one.kept_high:,}"] for one in ways],
        ),
        "",
        *published(learnt(BOARDS[1])[0], later),
    ]


def published(report: LearningReport, later: list[float]) -> list[str]:
    """Others beside this."""
    joules = report.microjoules
    assert joules is not None
    samples = report.stream.samples
    whole = brief_interval(*(end * 1e-6 * samples for end in (joules.typical, joules.low, joules.high)), "J")
    gained = f"{100 * (later[1] - later[0]):.1f} points more right"
    size = f"{report.weights_bytes + report.scratch_bytes} bytes"
    biases = training_memory(microinfer.load(MODEL)).ways[2]
    return table(
        ["published", "there", "here"],
        [
            [
                "[Keywords in new noise, a classifier tuned on a GAP9](https://arxiv.org/abs/2403.10549)",
                "up to 14 % more right, under 10 kB, 806 mJ in all; 100 labelled samples bring 5 %",
                f"{gained}, {size}, {whole} in all with the network, {samples} labelled windows",
            ],
            [
                "[TinyTL](https://proceedings.neurips.cc/paper/2020/hash/81f7acabd411274fcf65ce2070ed568a-Abstract.html)",
                "up to 6.5 times less memory than training all",
                f"biases: {biases.saves_low:.1f} times less, no convolution and so no residual",
            ],
        ],
    )


def draw(report: LearningReport) -> str:
    stretches = report.stream.stretches
    one = Field(50, 64, 640, 170, (0, report.stream.samples), (0, 1))
    for name, colour in (("learning", COLOURS[0]), ("frozen", COLOURS[1])):
        points = [((part.first + part.last + 1) / 2, getattr(part, name)) for part in stretches]
        one.line(points, colour)
        one.words(points[-1][0], points[-1][1] + 0.05, name, "end", colour)
    ticks = [(float(at), f"{at}") for at in range(0, report.stream.samples + 1, 2 * EVERY)]
    one.frame("told rightly, of 50 windows each", ticks, "windows since the sensor was moved")
    for share in (0.5, 1.0):
        one.words(-6, share, f"{share:.0%}", "end")
    return picture("A layer follows a sensor that was moved", [one], 740, 290)


if __name__ == "__main__":
    found = learnt(BOARDS[0])
    sys.exit(page.main(HERE, results(*found), draw(found[0]), sys.argv[1:]))
