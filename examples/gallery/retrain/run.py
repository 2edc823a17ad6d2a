"""Says what four ways to retrain a frozen network gain, forget and take of memory.

python examples/gallery/retrain/run.py [--write | --check]
"""

from __future__ import annotations

import sys
from pathlib import Path
from zlib import crc32

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from mobilenet import mobilenet  # noqa: E402
from workshop import page  # noqa: E402
from workshop.parts import parts_table, table  # noqa: E402
from workshop.pictures import COLOURS, Field, picture  # noqa: E402

import microinfer  # noqa: E402
from microinfer import zoo  # noqa: E402
from microinfer.learning import OnlineGeometry, TrainingWay, layer_cost, training_memory  # noqa: E402
from microinfer.parts.profile import load_profile  # noqa: E402
from microinfer.words.printing import brief_interval  # noqa: E402

MODEL = HERE / "retrain.tflite"
BOARDS = ("arduino-uno", "arduino-nano-33-ble", "nucleo-l4r5zi", "raspberry-pi-pico")
SHIPPED = 2
"""The way whose network is in the file."""
HELD = page.samples(HERE / "retrain.npz")
WAYS = training_memory(microinfer.load(HERE.parent / "gesture" / "gesture.tflite")).ways


def share(answers: np.ndarray) -> float:
    return float((answers == HELD["y"]).mean())


def between(low: float, high: float, form: str) -> str:
    first, last = format(low, form), format(high, form)
    return first if first == last else f"{first}-{last}"


def ways_table() -> list[str]:
    begun = HELD["begun"]
    rows = [["nothing", f"{share(begun[0]):.1%}", f"{share(begun[1]):.1%}", "0", "0", "0", ""]]
    for at in reversed(range(len(WAYS))):
        one, (trained, kept) = WAYS[at], HELD["counted"][at].tolist()
        assert trained == one.trained
        assert one.kept_low <= kept <= one.kept_high
        whole = [4 * count + size for count, size in HELD["counted"].tolist()]
        rows.append(
            [
                one.name,
                f"{share(HELD['later'][at]):.1%}",
                f"{share(HELD['known'][at]):.1%}",
                f"{trained:,}",
                f"{one.weights_bytes:,}",
                f"{kept:,}",
                f"{whole[0] / whole[at]:.1f}",
            ]
        )
    return table(
        ["trained", "turned", "as before", "numbers", "their bytes", "kept of a sample, bytes", "times less"],
        rows,
    )


def ratio(one: TrainingWay) -> str:
    return between(one.saves_low, one.saves_high, ".1f")


def ratios() -> list[str]:
    models = {
        "this one, 13 thousand products": microinfer.load(HERE.parent / "gesture" / "gesture.tflite"),
        "DS-CNN, 49 x 10": microinfer.load(zoo.load("ds_cnn")),
        "MobileNetV2, 224 x 224": mobilenet(),
    }
    rows = []
    for name, model in models.items():
        for batch in (1, 8):
            every, lite, biases, _ = training_memory(model, batch).ways
            told = [f"{one.weights_bytes / 1000:,.1f} + {one.kept_high / 1000:,.1f}" for one in (every, lite)]
            rows.append([f"{name}, batch {batch}", *told, ratio(lite), ratio(biases)])
    return table(
        ["network", "all, KB", "biases and lite residuals, KB", "times less", "biases, times less"], rows
    )


def results() -> list[str]:
    answers = microinfer.Interpreter(MODEL, BOARDS[0]).run_batch(HELD["x"])
    right = share(answers.argmax(1))
    return [
        *ways_table(),
        "",
        f"Retrained by {WAYS[SHIPPED].name} and written in int8 again, {right:.1%} are told rightly. "
        f"The CRC-32 of the device's {len(answers)} answers is `{crc32(answers.tobytes()):08x}`.",
        "",
        *ratios(),
        "",
        *with_steps(parts_table(MODEL, BOARDS, rate="2/s", cell="cr2032", awake="2 a second")),
        "",
        *published(),
    ]


def with_steps(rows: list[str]) -> list[str]:
    """The table of parts, and what a step of the last layer takes on each, behind an inference."""
    graph = microinfer.load(MODEL).subgraphs[0]
    last = next(one for one in reversed(graph.operators) if one.name == "FULLY_CONNECTED")
    outputs, inputs = graph.tensors[last.inputs[1]].shape
    made = [f"{rows[0]} a step of the last layer |", f"{rows[1]} ---: |"]
    for board, row in zip(BOARDS, rows[2:], strict=True):
        part = load_profile(board)
        span = layer_cost(OnlineGeometry(inputs, outputs, classes=True), part).both
        assert span is not None
        said = brief_interval(*(end / part.clock_hz for end in (span.typical, span.low, span.high)), "s")
        made.append(f"{row} {said} |")
    return made


def published() -> list[str]:
    """TinyTL's abstract beside this."""
    later = [round(100 * share(one), 1) for one in HELD["later"]]  # as the table has them
    names = [one.name for one in WAYS]
    more = later[names.index("biases and lite residuals")] - later[names.index("the last layer")]
    lite = training_memory(mobilenet(), 8).ways[1]
    source = "https://proceedings.neurips.cc/paper/2020/hash/81f7acabd411274fcf65ce2070ed568a-Abstract.html"
    return table(
        ["published", "there", "here"],
        [
            [
                f"[TinyTL, ProxylessNAS on pictures]({source})",
                "up to 6.5 times less memory than all, up to 33.8 % more right than by the last layer",
                f"{ratio(lite)} times less for a MobileNetV2, {more:.1f} points more right for this network",
            ]
        ],
    )


def draw() -> str:
    most = max(4 * trained + kept for trained, kept in HELD["counted"].tolist())
    one = Field(60, 64, 620, 190, (0, most * 1.1), (0.3, 1))
    one.line([(0, share(HELD["begun"][0])), (most * 1.1, share(HELD["begun"][0]))], "#777", dashed=True)
    one.words(most * 1.1, share(HELD["begun"][0]) + 0.02, "not retrained", "end")
    for at, way in enumerate(WAYS):
        trained, kept = HELD["counted"][at].tolist()
        x = 4 * trained + kept
        for name, colour in (("later", COLOURS[0]), ("known", COLOURS[1])):
            y = share(HELD[name][at])
            one.square(x - most * 0.006, y - 0.012, most * 0.012, 0.024, colour)
        one.words(x, 0.97 if at % 2 else 0.33, way.name, "end" if at < 2 else "start")
    one.words(0, share(HELD["later"][3]) + 0.1, "turned", "start", COLOURS[0])
    one.words(0, share(HELD["known"][3]) - 0.1, "as before", "start", COLOURS[1])
    one.frame(
        "told rightly", [(float(at), f"{at:,}") for at in range(0, most, 2000)], "bytes of weights and kept"
    )
    for level in (0.4, 0.6, 0.8, 1.0):
        one.words(-most * 0.01, level, f"{level:.0%}", "end")
    return picture("Four ways to retrain gesture's network for a board that was turned", [one], 760, 310)


if __name__ == "__main__":
    sys.exit(page.main(HERE, results(), draw(), sys.argv[1:]))
