"""Lets espeak-ng say digits, trains two encoders to hear them, and the rest of a transducer behind the first.

    python examples/gallery/transducer/make.py [FOLDER [--quick]]

Needs espeak-ng (`apt install espeak-ng`), which run.py does not; takes less than two minutes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # products of this size are slower on two

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "wake")]

from digits import SECONDS, WORDS, Said, said  # noqa: E402
from listener import HOP, RANGE, features  # noqa: E402
from speech import expect_synthesiser  # noqa: E402
from voices import HELD, TRAINED  # noqa: E402
from workshop.alignment import NONE, aligned, edits_between, edits_of, evenly, of_frames  # noqa: E402
from workshop.layers import Conv, Dense, Layer, Values  # noqa: E402
from workshop.memory import MemoryBlock  # noqa: E402
from workshop.network import Loss, Network, fit  # noqa: E402
from workshop.page import make, write_model  # noqa: E402
from workshop.streaming import looks_back, write_streaming  # noqa: E402
from workshop.transducing import CONTEXT, Embedding, Joint, Transducer, transduced  # noqa: E402
from writer import JOINT, PREDICTOR, Writer, written  # noqa: E402

import microinfer  # noqa: E402
from microinfer import ModelBuilder  # noqa: E402

MANY, HELD_ROWS, EPOCHS = 1100, 150, (3, 20, 16)
"""Rows of digits to train with and held out; epochs with digits evenly spread, where they are found, and of
all three networks."""
CHANNELS, WIDTH, ORDER, BLOCKS = 32, 64, 8, 5
FRAMES = SECONDS * 50
CLIP, STEP = 240, 64
"""Frames of held-out sound that are kept, in ten bits of the sixteen."""
EMBEDDED, KEPT = 16, 32
"""Numbers that stand for a label, and labels of a row that are kept."""
Labels: TypeAlias = "NDArray[np.uint8]"


def encoders() -> dict[str, list[Layer]]:
    """Both look back over 38 frames; a convolution in front, a label of each frame at the end."""
    blocks: dict[str, list[Layer]] = {
        "transducer": [MemoryBlock(WIDTH, ORDER) for _ in range(BLOCKS)],
        "transducer_conv1d": [Conv(CHANNELS, (ORDER, 1), padding="VALID") for _ in range(BLOCKS)],
    }
    return {
        name: [
            Conv(CHANNELS, (3, 1), padding="VALID"),
            *those,
            Conv(len(WORDS) + 1, (1, 1), relu=False, padding="VALID"),
        ]
        for name, those in blocks.items()
    }


def main(out: Path, quick: bool = False) -> None:
    expect_synthesiser()
    random = np.random.default_rng(31)
    learnt, held = (said(one, rows, random) for one, rows in ((TRAINED, MANY), (HELD, HELD_ROWS)))
    front = ModelBuilder("front")
    front.output(features(front, front.input((HOP,), "int16")))
    x, heard = (in_reals(front.build(), one) for one in (learnt, held))
    sound = held.samples.reshape(-1, HOP)
    names = list(encoders())
    with ProcessPoolExecutor(2) as pool:  # a processor for each
        found = list(pool.map(partial(listens, x=x, learnt=learnt, heard=heard, quick=quick), names))
    arrays: dict[str, Any] = {}
    for name, (model, _, in_float) in zip(names, found, strict=True):
        scores = microinfer.Interpreter(model).run_batch(sound, keep_state=True)
        arrays[name] = scores.reshape(HELD_ROWS, FRAMES, -1).argmax(2).astype(np.uint8)
        arrays[f"in_float_{name}"] = in_float
        print(f"{name}: by its frames alone, of digits wrong and said: {edits_of(held.labels, arrays[name])}")

    (_, encoder, _), (conv1d, _, _) = found
    models, more = transducer(encoder, x, learnt, heard, sound, quick)
    print(f"all three: {edits_between(held.labels, more['written'])}")
    clip = (np.rint(sound[:CLIP] / STEP).clip(-511, 511) * STEP).astype(np.int16)
    write_model(out, names[0], models.pop(names[0]), x=clip, y=held.labels, **arrays, **more)
    for name, model in {names[1]: conv1d, **models}.items():
        write_model(out, name, model)


def listens(name: str, x: Values, learnt: Said, heard: Values, quick: bool) -> tuple[bytes, Network, Labels]:
    """An encoder that scores the labels of each frame: as a file, in reals, and the likeliest held out."""
    layers = encoders()[name]
    past = looks_back(layers)
    seen = windows(x, past)
    network = Network(seen.shape[1:], layers, seed=6)
    begun = evenly(learnt.labels, learnt.spans, FRAMES)
    for y, of, epochs in ((begun, of_frames, EPOCHS[0]), (learnt.labels, aligned, EPOCHS[1])):
        train(network, seen, y, of, epochs, 4e-3, quick)
    likeliest = network(windows(heard, past))[:, :, 0].argmax(-1).astype(np.uint8)
    network(seen[::8])
    return encoded(name, layers, seen[::8]), network, likeliest


def train(network: Network, x: Values, y: Labels, loss: Loss, epochs: int, rate: float, quick: bool) -> None:
    rows = slice(len(x) // 10 if quick else None)
    fit(
        network, x[rows], y[rows], loss,
        epochs=2 if quick else epochs, batch=8, rate=rate, decay=3e-3, vary=vary,
    )  # fmt: skip


def transducer(
    encoder: Network, x: Values, learnt: Said, heard: Values, sound: NDArray[np.int16], quick: bool
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """All three as files, and what they write of what is held out."""
    count = len(WORDS) + 1
    past = looks_back(encoder.layers)
    seen = windows(x, past)
    predictor: list[Layer] = [Embedding(count, EMBEDDED), Dense(CHANNELS), Dense(CHANNELS, relu=False)]
    network = Transducer(encoder, predictor, Joint(CHANNELS, count), seed=8)
    train(network, seen, learnt.labels, transduced, EPOCHS[2], 5e-3, quick)
    in_float = [transcribed(network, row) for row in network.encoder(windows(heard, past))[:, :, 0]]
    network.weighs(seen[::8], learnt.labels[::8])
    models = {
        "transducer": encoded("transducer", encoder.layers, seen[::8]),
        **network.write(PREDICTOR, JOINT),
    }
    frames = microinfer.Interpreter(models["transducer"]).run_batch(sound, keep_state=True)
    rows = frames.reshape(HELD_ROWS, FRAMES, -1)
    writer = Writer(models[PREDICTOR], models[JOINT])
    told = [writer.writes(row) for row in rows]
    weighed = [pair for _, each in told for _, *pair in each][:CLIP]
    arrays = {
        "written": padded([each for each, _ in told]),
        "in_float_written": padded(in_float),
        "untold": np.array(writer.untold(frames)),
        f"x_{PREDICTOR}": np.array(list(product(range(count), repeat=CONTEXT)), np.int32),
        f"x_{JOINT}": np.array(weighed).swapaxes(0, 1),
    }
    return models, arrays


def transcribed(network: Transducer, frames: Values) -> list[tuple[int, int]]:
    """What all three write in real numbers of a row of frames."""

    def reads(labels: Sequence[int]) -> Values:
        return network.reads(np.array([[[*([0] * CONTEXT), *labels][-CONTEXT:]]]))[0]

    def weighs(heard: Values, read: Values) -> int:
        return int(network.joint.forward(heard[np.newaxis], read[np.newaxis]).argmax())

    return written(frames[:, np.newaxis], reads, weighs)[0]


def padded(rows: Sequence[Sequence[tuple[int, int]]]) -> Labels:
    """The labels of each row, [rows, KEPT]."""
    made = np.full((len(rows), KEPT), NONE, np.uint8)
    for row, each in zip(made, rows, strict=True):
        row[: len(each)] = [label for _, label in each[:KEPT]]
    return made


def encoded(name: str, layers: Sequence[Layer], samples: Values) -> bytes:
    """From 20 ms of sound to a score for each label, or to what the joint network takes."""
    b = ModelBuilder(name, "Digits out of 20 ms of sound at a time; made by microinfer.")
    sampled = b.input((HOP,), "int16", name="samples")
    found = write_streaming(b, features(b, sampled), layers, samples)
    b.output(b.reshape(found, (1, found.shape[3])))
    return b.build()


def in_reals(front: bytes, heard: Said) -> Values:
    """What the front end makes of a stream: [frames, 40]."""
    interpreter = microinfer.Interpreter(front)
    frames = heard.samples.reshape(-1, HOP)
    found = interpreter.run_batch(frames, keep_state=True).reshape(len(frames), -1)
    return np.asarray(interpreter.dequantize_output(0, found), np.float32)


def windows(x: Values, past: int) -> Values:
    """Rows of the stream with what answers to their first frames look back on: [rows, frames, 1, 40]."""
    padded = np.concatenate([np.zeros((past - 1, x.shape[1]), np.float32), x])
    starts = range(0, len(x), FRAMES)
    return np.stack([padded[start : start + past - 1 + FRAMES, np.newaxis] for start in starts])


def vary(x: Values, random: np.random.Generator) -> Values:
    """Other voices and rooms: each channel louder or softer, some noise, and a band that says nothing."""
    many, _, _, channels = x.shape
    made = x + random.normal(0, 0.2, x.shape).astype(np.float32)
    made *= (1 + random.normal(0, 0.08, (many, 1, 1, channels))).astype(np.float32)
    made += random.normal(0, 0.3, (many, 1, 1, channels)).astype(np.float32)
    for one in made:
        first, wide = random.integers(0, channels), random.integers(0, 6)
        one[:, :, first : first + wide] = random.uniform(0, 4)
    return np.clip(made, 0, RANGE)


if __name__ == "__main__":
    make(HERE, main, sys.argv[1:], short=partial(main, quick=True))
