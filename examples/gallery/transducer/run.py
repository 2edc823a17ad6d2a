"""Writes down digits that two encoders hear in the device's bits, and says how often each is wrong.

python examples/gallery/transducer/run.py [--write | --check]
"""

from __future__ import annotations

import sys
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from workshop import page  # noqa: E402
from workshop.alignment import NONE, edits_of  # noqa: E402
from workshop.parts import figure, life, measures, table  # noqa: E402
from workshop.pictures import COLOURS, Field, picture  # noqa: E402

import microinfer  # noqa: E402

ENCODERS = {"transducer": "DFSMN", "transducer_conv1d": "Conv1D"}
BOARDS = ("nucleo-l4r5zi", "xg24-dk", "nucleo-u575zi", "nucleo-f767zi")
WEIGHTED = ("FULLY_CONNECTED", "DEPTHWISE_CONV_2D")
CELL = "LiPo 500"
A_SECOND, ROW = 50, 150
"""Frames; and of a row of digits."""
HELD = page.samples(HERE / "transducer.npz")
Answers = dict[str, NDArray[np.int8]]


def answered() -> Answers:
    """Scores of the clip's frames, [240, 11]."""
    return {
        name: microinfer.Interpreter(HERE / f"{name}.tflite", BOARDS[0]).run_batch(HELD["x"], keep_state=True)
        for name in ENCODERS
    }


def results(answers: Answers) -> list[str]:
    crcs = [f"`{crc32(answers[name].tobytes()):08x}` ({kind})" for name, kind in ENCODERS.items()]
    rows = len(HELD["y"])
    return [
        *encoders(),
        "",
        f"Wrong are digits left out, put in and mistaken, in {rows} rows by voices not trained with. Of the "
        f"{len(HELD['x']) / A_SECOND:.1f} s that are kept as sound the CRC-32 of the device's answers is "
        f"{' and '.join(crcs)}.",
        "",
        *parts(),
        "",
        *published(),
    ]


def wrong(which: str) -> str:
    count, many = edits_of(HELD["y"], HELD[which])
    return f"{count / many:.1%} ({count} of {many})"


def parameters(name: str) -> int:
    """Weights and biases of the encoder, without the tables of the front end."""
    graph = microinfer.load(HERE / f"{name}.tflite").subgraphs[0]
    return sum(
        int(np.prod(graph.tensors[place].shape))
        for one in graph.operators
        if one.name in WEIGHTED
        for place in one.inputs[1:3]
    )


def encoders() -> list[str]:
    rows = []
    for name, kind in ENCODERS.items():
        path = HERE / f"{name}.tflite"
        products = microinfer.Interpreter(path).report().model.macs
        sizes = (parameters(name), products, path.stat().st_size)
        rows.append([kind, *(f"{one:,}" for one in sizes), wrong(name), wrong(f"in_float_{name}")])
    header = ["encoder", "parameters", "products a frame", "file, bytes", "wrong, int8", "in float"]
    return table(header, rows)


def parts() -> list[str]:
    """What 20 ms of sound cost, front end and encoder."""
    rows = []
    for board in BOARDS:
        for name, kind in ENCODERS.items():
            path = HERE / f"{name}.tflite"
            cost = measures(path, board)
            found = microinfer.battery(path, board, rate=f"{A_SECOND}/s", cell=CELL, config=False).to_dict()
            factor = cost["latency"]["value"] * A_SECOND
            power = {one: f"{value * 1e3:.2g}" for one, value in found["average_w"].items()}
            rows.append(
                [
                    f"{board}, {cost['library']}",
                    kind,
                    *(f"{cost[one]['value']:,}" for one in ("arena", "flash")),
                    figure(cost["latency"], "s"),
                    f"{factor:.2f}",
                    f"{power['typical']} mW ({power['low']}-{power['high']})",
                    life(found["cells"][0]["hours"]),
                ]
            )
    header = ["part and kernels", "encoder", "arena, bytes", "flash, bytes", "20 ms of sound"]
    return table([*header, "real-time factor", "average power", f"{CELL}, always on"], rows)


def published() -> list[str]:
    here = {kind: (f"{parameters(name):,} parameters", wrong(name)) for name, kind in ENCODERS.items()}
    folder = "https://github.com/k2-fsa/icefall/tree/master/egs/librispeech/ASR/tiny_transducer_ctc"
    products = microinfer.Interpreter(HERE / "transducer_conv1d.tflite").report().model.macs
    return table(
        ["published", "there", "here"],
        [
            [
                "[Tiny Transducer, DFSMN](https://arxiv.org/abs/2101.06856)",
                "0.9 M parameters, 9.1 to 20.5 % fewer errors than a larger hybrid system",
                f"{here['DFSMN'][0]}, {here['DFSMN'][1]} of digits wrong",
            ],
            [
                f"[tiny_transducer_ctc, Conv1D, small]({folder})",
                "1,073,392 parameters, 22.0 M multiply-adds, 9.68 % of LibriSpeech's words wrong",
                f"{here['Conv1D'][0]}, {products:,} products a frame, {here['Conv1D'][1]} of digits wrong",
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
    fields = [sound]
    for number, (name, kind) in enumerate(ENCODERS.items()):
        one = Field(50, 186 + 160 * number, 680, 110, (0, seconds), (0, 10))
        best = answers[name].argmax(1)
        for frame in np.flatnonzero(best).tolist():
            one.square(frame / A_SECOND, best[frame] - 1, 1 / A_SECOND, 1, COLOURS[1 + number])
        for digit in range(10):
            one.words(-0.04, digit + 0.1, str(digit), "end", size=9)
        one.frame(f"{kind}: the likeliest digit of each frame", ticks, "s" if number else "")
        fields.append(one)
    return picture("Digits, heard 20 ms at a time", fields, 760, 490)


if __name__ == "__main__":
    given = answered()
    sys.exit(page.main(HERE, results(given), draw(given), sys.argv[1:]))
