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
from workshop.parts import table  # noqa: E402
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
from microinfer.timing.energy import Span  # noqa: E402
from microinfer.words.printing import brief_interval  # noqa: E402

MODEL = HERE / "learning.tflite"
BOARDS = ("arduino-uno", "arduino-nano-33-ble", "nucleo-l4r5zi", "raspberry-pi-pico")
RATE, EVERY = 0.005, 50
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
        one = learnt(board)[0]
        mark = "provisional" if one.provisional else "measured"
        size = f"{one.weights_bytes + one.scratch_bytes:,}"
        spans = [said(span, one) for span in (one.network, one.predict, one.learn)]
        parts.append([f"{board}, {one.library}", one.verdict, size, *spans, mark])
    ways = training_memory(microinfer.load(MODEL)).ways
    return [
        *table(["250 windows, told rightly", "in float, frozen", "int8, as it was", "having learnt"], rows),
        "",
        f"Of the {report.stream.samples} windows of the stream {report.stream.learning:.1%} are told "
        f"rightly before they are learnt from, {report.stream.frozen:.1%} without",
        f"learning. The CRC-32 of the weights at the end is `{crc32(layer.weights.tobytes()):08x}`.",
        "",
        *table(["part and kernels", "runs", "RAM, bytes", "network", "predict", "learn", "prices"], parts),
        "",
        *table(
            ["what of the frozen network could be trained", "weights, bytes", "kept of a sample, bytes"],
            [[one.name, f"{one.weights_bytes:,}", f"{one.kept_high:,}"] for one in ways],
        ),
    ]


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
