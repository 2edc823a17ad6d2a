"""Lets espeak-ng say digits, trains two encoders to write them down, and writes both for one frame at a time.

    python examples/gallery/transducer/make.py [FOLDER [--quick]]

Needs espeak-ng (`apt install espeak-ng`), which run.py does not; takes less than two minutes.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # products of this size are slower on two

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "wake")]

from digits import SECONDS, WORDS, Said, said  # noqa: E402
from listener import HOP, RANGE, features  # noqa: E402
from speech import expect_synthesiser  # noqa: E402
from voices import HELD, TRAINED  # noqa: E402
from workshop.alignment import aligned, edits_of, evenly, of_frames  # noqa: E402
from workshop.layers import Conv, Layer, Values  # noqa: E402
from workshop.memory import MemoryBlock  # noqa: E402
from workshop.network import Network, fit  # noqa: E402
from workshop.page import make, write_model  # noqa: E402
from workshop.streaming import looks_back, write_streaming  # noqa: E402

import microinfer  # noqa: E402
from microinfer import ModelBuilder  # noqa: E402

MANY, HELD_ROWS, EPOCHS = 1100, 150, (3, 20)
"""Rows of digits to train with and held out; epochs with digits evenly spread, and where they are found."""
CHANNELS, WIDTH, ORDER, BLOCKS = 32, 64, 8, 5
FRAMES = SECONDS * 50
CLIP, STEP = 240, 64
"""Frames of held-out sound that are kept, in ten bits of the sixteen."""


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
    x = in_reals(front.build(), learnt)
    sound = held.samples.reshape(-1, HOP)
    begun = evenly(learnt.labels, learnt.spans, FRAMES)
    models, best = {}, {}
    for name, layers in encoders().items():
        past = looks_back(layers)
        given = windows(x, past)
        rows = slice(len(given) // 10 if quick else None)
        network = Network(given.shape[1:], layers, seed=6)
        for y, of, epochs in ((begun, of_frames, EPOCHS[0]), (learnt.labels, aligned, EPOCHS[1])):
            loss = fit(
                network, given[rows], y[rows], of,
                epochs=2 if quick else epochs, batch=8, rate=4e-3, decay=3e-3, vary=vary,
            )  # fmt: skip
        in_float = network(windows(in_reals(front.build(), held), past))[:, :, 0].argmax(-1)
        network(given[::8])
        models[name] = written(name, layers, given[::8])
        found = microinfer.Interpreter(models[name]).run_batch(sound, keep_state=True)
        best[name] = found.reshape(HELD_ROWS, FRAMES, -1).argmax(2).astype(np.uint8)
        best[f"in_float_{name}"] = in_float.astype(np.uint8)
        for which in (name, f"in_float_{name}"):
            wrong, many = edits_of(held.labels, best[which])
            print(f"{which}: loss {loss:.3f}, {wrong} of {many} digits wrong")
    clip = (np.rint(sound[:CLIP] / STEP).clip(-511, 511) * STEP).astype(np.int16)
    write_model(out, "transducer", models.pop("transducer"), x=clip, y=held.labels, **best)
    for name, model in models.items():
        (out / f"{name}.tflite").write_bytes(model)


def written(name: str, layers: list[Layer], samples: Values) -> bytes:
    """From 20 ms of sound to a score for each label."""
    b = ModelBuilder(name, "Digits out of 20 ms of sound at a time; made by microinfer.")
    sampled = b.input((HOP,), "int16", name="samples")
    scores = write_streaming(b, features(b, sampled), layers, samples)
    b.output(b.reshape(scores, (1, len(WORDS) + 1)))
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
