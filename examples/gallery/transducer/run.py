"""Writes down digits in the device's bits, and says how often a transducer and encoders alone are wrong.

python examples/gallery/transducer/run.py [--write | --check]
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from workshop import page  # noqa: E402
from workshop.alignment import NONE, edits_between, edits_of  # noqa: E402
from workshop.parts import figure, life, measures, table, together  # noqa: E402
from workshop.pictures import COLOURS, Field, picture  # noqa: E402
from writer import JOINT, PREDICTOR, Writer  # noqa: E402

import microinfer  # noqa: E402

ENCODER, CONV1D = "transducer", "transducer_conv1d"
MODELS = {
    ENCODER: "encoder, DFSMN",
    PREDICTOR: "predictor",
    JOINT: "joint network",
    CONV1D: "encoder, Conv1D",
}
BOARDS = ("nucleo-l4r5zi", "xg24-dk", "nucleo-u575zi", "nucleo-f767zi")
WEIGHTED = ("FULLY_CONNECTED", "DEPTHWISE_CONV_2D")
CELL = "LiPo 500"
A_SECOND, ROW = 50, 150
"""Frames; and of a row of digits."""
HELD = page.samples(HERE / "transducer.npz")


@dataclass(frozen=True, slots=True)
class Answers:
    """Of the clip: the encoder's numbers, int8 [240, 32]; frames and labels written; Conv1D's scores."""

    heard: NDArray[np.int8]
    written: list[tuple[int, int]]
    scores: NDArray[np.int8]


def path_of(name: str) -> Path:
    return HERE / f"{name}.tflite"


def answered() -> Answers:
    """Each row anew to the predictor; the encoders go on."""
    heard, scores = (
        microinfer.Interpreter(path_of(name), BOARDS[0]).run_batch(HELD["x"], keep_state=True)
        for name in (ENCODER, CONV1D)
    )
    writer = Writer(path_of(PREDICTOR), path_of(JOINT), BOARDS[0])
    written = [
        (first + frame, label)
        for first in range(0, len(heard), ROW)
        for frame, label in writer.writes(heard[first : first + ROW])[0]
    ]
    return Answers(heard, written, scores)


def results(answers: Answers) -> list[str]:
    labels = np.array([label for _, label in answers.written], np.uint8)
    of = {
        "the encoder's answers": answers.heard,
        "the digits written": labels,
        "Conv1D's scores": answers.scores,
    }
    crcs = [f"of {what} `{crc32(found.tobytes()):08x}`" for what, found in of.items()]
    y, said = HELD["y"], edits_of(HELD["y"], HELD[CONV1D])[1]
    once = ~((y[:, 1:] == y[:, :-1]) & (y[:, 1:] != NONE)).any(1)
    apart = edits_between(y[once], HELD["written"][once]), edits_of(y[once], HELD[ENCODER][once])
    return [
        *networks(),
        "",
        f"Wrong are digits left out, put in and mistaken, in {len(HELD['y'])} rows by voices not trained "
        f"with. In the {once.sum()} rows without a digit twice in succession {share(*apart[0])} are by all "
        f"three, and {share(*apart[1])} by DFSMN before. Where the predictor is told nothing, the same "
        f"networks write {int(HELD['untold']):,} digits "
        f"for {said}. Of the {len(HELD['x']) / A_SECOND:.1f} s that are kept as sound the CRC-32 is "
        f"{', '.join(crcs)}.",
        "",
        *parts(),
        "",
        *published(),
    ]


def share(wrong: int, many: int) -> str:
    return f"{wrong / many:.1%} ({wrong} of {many})"


def alone(which: str) -> str:
    """What is wrong where each frame's likeliest label says it."""
    return share(*edits_of(HELD["y"], HELD[which]))


def transduced(which: str = "written") -> str:
    return share(*edits_between(HELD["y"], HELD[which]))


def parameters(name: str) -> int:
    """Weights and biases, and what a label is looked up in, without the tables of the front end."""
    graph = microinfer.load(path_of(name)).subgraphs[0]
    held = [one.inputs[1:3] for one in graph.operators if one.name in WEIGHTED]
    held += [one.inputs[:1] for one in graph.operators if one.name == "GATHER"]
    return sum(int(np.prod(graph.tensors[place].shape)) for places in held for place in places)


def products(name: str) -> int:
    return microinfer.Interpreter(path_of(name)).report().model.macs


def networks() -> list[str]:
    """What each is made of, and what is wrong by all three, and by an encoder alone."""
    rows = []
    for name, kind in MODELS.items():
        cost = measures(path_of(name), BOARDS[0])
        sizes = (parameters(name), products(name), path_of(name).stat().st_size)
        said = [
            kind,
            *(f"{one:,}" for one in sizes),
            *(f"{cost[one]['value']:,}" for one in ("arena", "flash")),
        ]
        rows.append([*said, *([alone(CONV1D), alone(f"in_float_{CONV1D}")] if name == CONV1D else ["", ""])])
    three = list(a_second())
    shared = microinfer.plan([path_of(one) for one in three], BOARDS[0]).to_dict()
    sizes = [sum(map(parameters, three)), "", sum(path_of(one).stat().st_size for one in three)]
    sizes += [shared["arena_bytes"], shared["flash_bytes"]]
    whole = ["all three, transduced", *(f"{one:,}" if one else "" for one in sizes)]
    before = ["DFSMN, before the others came to it", *[""] * 5, alone(ENCODER), alone(f"in_float_{ENCODER}")]
    rows[3:3] = [[*whole, transduced(), transduced("in_float_written")], before]
    header = ["network", "parameters", "products", "file, bytes", "arena, bytes", "flash, bytes"]
    return table([*header, "wrong, int8", "in float"], rows)


def a_second() -> dict[str, float]:
    """How often each network of the transducer runs: a frame or a digit, as many as are written."""
    digits = (HELD["written"] != NONE).sum() / (len(HELD["written"]) * ROW / A_SECOND)
    return {ENCODER: A_SECOND, PREDICTOR: digits, JOINT: A_SECOND + digits}


def parts() -> list[str]:
    """How long each network takes, and what all three, and Conv1D alone, draw that hear all day and night."""
    rows = []
    for board in BOARDS:
        costs = {name: measures(path_of(name), board) for name in MODELS}
        times = {name: figure(cost["latency"], "s") for name, cost in costs.items()}
        rows.append(
            [
                f"{board}, {costs[ENCODER]['library']}",
                *(times[name] for name in a_second()),
                *lasts(board, list(a_second().items())),
                times[CONV1D],
                *lasts(board, [(CONV1D, A_SECOND)])[2:],
            ]
        )
    header = [
        "part and kernels",
        "encoder",
        "predictor",
        "joint network",
        "power, all three",
        "of it the encoder",
    ]
    return table([*header, f"{CELL}, always on", "Conv1D, alone", CELL], rows)


def lasts(board: str, rates: Sequence[tuple[str, float]]) -> list[str]:
    """Power, the first network's share of it and the cell's life where they run so many times a second."""
    watts, hours, shares = together([(path_of(name), rate) for name, rate in rates], board, CELL)
    power = {one: f"{value * 1e3:.2g}" for one, value in watts.items()}
    said = f"{power['typical']} mW ({power['low']}-{power['high']})"
    return [said, f"{shares[0]:.1%}", life(hours)]


def published() -> list[str]:
    own = sum(map(parameters, a_second()))
    folder = "https://github.com/k2-fsa/icefall/tree/master/egs/librispeech/ASR/tiny_transducer_ctc"
    return table(
        ["published", "there", "here"],
        [
            [
                "[Tiny Transducer, DFSMN](https://arxiv.org/abs/2101.06856)",
                "0.9 M parameters, 9.1 to 20.5 % fewer errors than a larger hybrid system",
                f"{own:,} parameters, {transduced()} of digits wrong",
            ],
            [
                f"[tiny_transducer_ctc, Conv1D, small]({folder})",
                "1,073,392 parameters, 22.0 M multiply-adds, 9.68 % of LibriSpeech's words wrong",
                f"{parameters(CONV1D):,} parameters, {products(CONV1D):,} products a frame, "
                f"{alone(CONV1D)} of digits wrong",
            ],
        ],
    )


def draw(answers: Answers) -> str:
    x = HELD["x"].reshape(-1, 160).astype(float)
    seconds = len(HELD["x"]) / A_SECOND
    ticks = [(float(at), f"{at}") for at in range(int(seconds) + 1)]
    sound = Field(50, 64, 680, 80, (0, seconds), (-float(np.abs(x).max()), float(np.abs(x).max())))
    time = (np.arange(len(x)) + 0.5) / A_SECOND / 2
    outline = [*zip(time, x.max(1), strict=True), *reversed([*zip(time, x.min(1), strict=True)])]
    sound.line([*outline, outline[0]], COLOURS[0])
    for row in range(int(np.ceil(len(HELD["x"]) / ROW))):
        digits = " ".join(str(one - 1) for one in HELD["y"][row].tolist() if one != NONE)
        sound.words(row * ROW / A_SECOND + 0.05, sound.y[1] * 0.75, f"said: {digits}")
    sound.frame("what it hears")
    likeliest = answers.scores.argmax(1)
    shown = {
        "transducer, DFSMN: a digit is written down once": answers.written,
        "Conv1D alone: the likeliest digit of each frame": [
            (frame, int(likeliest[frame])) for frame in np.flatnonzero(likeliest).tolist()
        ],
    }
    fields = [sound]
    for number, (title, found) in enumerate(shown.items()):
        one = Field(50, 186 + 160 * number, 680, 110, (0, seconds), (0, 10))
        for frame, label in found:
            one.square(frame / A_SECOND, label - 1, 1 / A_SECOND, 1, COLOURS[1 + number])
        for digit in range(10):
            one.words(-0.04, digit + 0.1, str(digit), "end", size=9)
        one.frame(title, ticks, "s" if number else "")
        fields.append(one)
    return picture("Digits, heard 20 ms at a time", fields, 760, 490)


if __name__ == "__main__":
    given = answered()
    sys.exit(page.main(HERE, results(given), draw(given), sys.argv[1:]))
