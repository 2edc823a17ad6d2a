"""Lets espeak-ng speak, trains the wake word's network, writes wake.tflite and its held-out sound and scores.

    python examples/gallery/wake/make.py [FOLDER [--quick]]

Needs espeak-ng (`apt install espeak-ng`), which run.py does not; takes about a minute and a half.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # products of this size are slower on two

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from listener import HOP, KINDS, RANGE, alarms, features, scores  # noqa: E402
from speech import Stream, expect_synthesiser, stream  # noqa: E402
from voices import HELD, SETTLING, TRAINED  # noqa: E402
from workshop.layers import Conv, DepthwiseConv, Layer, Values  # noqa: E402
from workshop.network import Network, fit  # noqa: E402
from workshop.page import make, write_model  # noqa: E402
from workshop.streaming import looks_back, write_streaming  # noqa: E402

import microinfer  # noqa: E402
from microinfer import ModelBuilder  # noqa: E402

PLAN = {"word": 400, "talk": 290, "near": 140, "noise": 40}
HELD_PLAN = {"word": 150, "talk": 330, "near": 100, "noise": 100}
SETTLING_PLAN = {"talk": 300, "noise": 60}
"""Pieces that are trained with, held out, and that thresholds are chosen by."""
EPOCHS = (2, 50)
"""Over all stretches, and over those that are hard then."""
FEWEST = (8, 2, 0)
"""False alarms that each threshold leaves of what it is chosen by."""
STRETCH = 128
"""Answers of a stretch that is trained with."""
EARLY, LATE, BEFORE, BEHIND = 2, 8, 14, 6
"""Frames before and after the word's end that shall be found, and around these that may be."""
CLIP, STEP = 240, 64
"""Frames of the held-out stream that are kept as sound, in ten bits of the sixteen."""
UNSURE = 2


def main(out: Path, quick: bool = False) -> None:
    expect_synthesiser()
    random = np.random.default_rng(11)
    plans = [pieces(plan, random) for plan in (PLAN, HELD_PLAN)]
    heard, held = (stream(one, plan, random) for one, plan in zip((TRAINED, HELD), plans, strict=True))
    settling = stream(SETTLING, pieces(SETTLING_PLAN, random), random)
    front = ModelBuilder("front")
    front.output(features(front, front.input((HOP,), "int16")))
    x = in_reals(front.build(), frames_of(heard))
    y = wanted(heard, len(x))
    layers = network()
    past = looks_back(layers)
    given, answers = stretches(x, y, past)
    trained = Network((past + STRETCH - 1, 1, x.shape[1]), layers, seed=6)
    for epochs, share in zip((1, 1) if quick else EPOCHS, (1.0, 0.4), strict=True):
        hard = hardest(trained, given, answers, share)
        loss = fit(
            trained, given[hard], answers[hard], of_frames,
            epochs=epochs, batch=8, rate=4e-3, decay=3e-3, vary=other_voices,
        )  # fmt: skip
        print(f"{len(x) * 0.02 / 60:.0f} minutes, {len(hard)} stretches, loss {loss:.4f}")

    for one in layers[-1].parameters:
        one *= 0.5  # less sure throughout: eight bits still tell sure from surer
    b = ModelBuilder("wake", "A wake word, from 20 ms of sound to its probability; made by microinfer.")
    logits = write_streaming(b, features(b, b.input((HOP,), "int16", name="samples")), layers, given[::20])
    b.output(b.softmax(b.reshape(logits, (1, 2))))
    model = b.build()
    sound = frames_of(held)
    found, quiet = (
        microinfer.Interpreter(model).run_batch(one, keep_state=True)[:, 1]
        for one in (sound, frames_of(settling))
    )
    ends, stops = ((one // HOP).astype(np.int32) for one in (held.ends, held.stops))
    first = busiest(ends, len(sound))
    clip = (np.rint(sound[first : first + CLIP] / STEP).clip(-511, 511) * STEP).astype(np.int16)
    write_model(
        out, "wake", model, x=clip, y=np.array([KINDS.index(one) for one in plans[1]], np.uint8),
        first=np.int32(first), probability=found, ends=ends, stops=stops, thresholds=thresholds(quiet),
    )  # fmt: skip


def thresholds(probability: NDArray[np.int8]) -> NDArray[np.int32]:
    """The lowest that leave no more false alarms than FEWEST, where the word is never said."""
    score = scores(probability)
    counts = [len(alarms(score, threshold)) for threshold in range(5 * 255 + 1)]
    return np.array(
        [next(at for at, count in enumerate(counts) if max(counts[at:]) <= few) for few in FEWEST], np.int32
    )


def busiest(ends: NDArray[np.int32], frames: int) -> int:
    """Where the clip begins that has the most words in it."""
    starts = np.maximum(ends[:-2] - 80, 0)
    starts = starts[starts + CLIP < frames]
    return int(starts[np.argmax([((ends > one) & (ends < one + CLIP - 20)).sum() for one in starts])])


def pieces(plan: dict[str, int], random: np.random.Generator) -> list[str]:
    found: list[str] = random.permutation(np.repeat(list(plan), list(plan.values()))).tolist()
    return found


def frames_of(heard: Stream) -> NDArray[np.int16]:
    return heard.samples[: len(heard.samples) // HOP * HOP].reshape(-1, HOP)


def in_reals(front: bytes, frames: NDArray[np.int16]) -> Values:
    """What the front end makes of a stream: [frames, 40]."""
    interpreter = microinfer.Interpreter(front)
    found = interpreter.run_batch(frames, keep_state=True).reshape(len(frames), -1)
    return np.asarray(interpreter.dequantize_output(0, found), np.float32)


def wanted(heard: Stream, frames: int) -> NDArray[np.uint8]:
    """Of each frame: 1 where the word has just been said, UNSURE about then, 0 elsewhere."""
    y = np.zeros(frames, np.uint8)
    for end in (heard.ends // HOP).tolist():
        y[max(0, end - BEFORE) : end + LATE + BEHIND] = UNSURE
    for end in (heard.ends // HOP).tolist():
        y[end - EARLY : end + LATE] = 1
    return y


def network() -> list[Layer]:
    """Convolutions over time; an answer looks back over 45 frames, 0.9 s."""
    layers: list[Layer] = [Conv(24, (3, 1), padding="VALID")]
    for taps in (9, 11, 13, 13):
        layers += [DepthwiseConv((taps, 1), relu=False, padding="VALID"), Conv(32, (1, 1), padding="VALID")]
    return [*layers, Conv(2, (1, 1), relu=False, padding="VALID")]


def stretches(x: Values, y: NDArray[np.uint8], past: int) -> tuple[Values, NDArray[np.uint8]]:
    """The stream in pieces: [stretches, frames, 1, 40], and what is wanted of each one's last STRETCH."""
    starts = range(0, len(x) - past - STRETCH, STRETCH)
    given = np.stack([x[start : start + past + STRETCH - 1, np.newaxis] for start in starts])
    return given, np.stack([y[start + past - 1 : start + past + STRETCH - 1] for start in starts])


def vary(x: Values, random: np.random.Generator) -> Values:
    """Other voices and rooms: each channel louder or softer, some noise, and a band that says nothing."""
    many, _, _, channels = x.shape
    made = x + random.normal(0, 0.25, x.shape).astype(np.float32)
    made *= (1 + random.normal(0, 0.08, (many, 1, 1, channels))).astype(np.float32)
    made += random.normal(0, 0.3, (many, 1, 1, channels)).astype(np.float32)
    for one in made:
        first, wide = random.integers(0, channels), random.integers(0, 7)
        one[:, :, first : first + wide] = random.uniform(0, 4)
    return np.clip(made, 0, RANGE)


def other_voices(x: Values, random: np.random.Generator) -> Values:
    """Through longer or shorter throats, which moves and stretches the bands; then as `vary` does."""
    channels = x.shape[-1]
    made = np.empty_like(x)
    for given, one in zip(x, made, strict=True):
        at = np.arange(channels) * random.uniform(0.93, 1.07) + random.uniform(-1.5, 1.5)
        at = at.clip(0, channels - 1.001)
        below, share = at.astype(int), (at % 1).astype(np.float32)
        one[...] = given[..., below] * (1 - share) + given[..., below + 1] * share
    return vary(made, random)


def hardest(trained: Network, x: Values, y: NDArray[np.uint8], share: float) -> NDArray[np.intp]:
    """The stretches with the word in them, and of all a share that has the greatest losses."""
    losses = [of_frames(trained(x[at : at + 1]), y[at : at + 1])[0] for at in range(len(x))]
    limit = np.quantile(losses, 1 - share)
    return np.flatnonzero((y == 1).any(1) | (np.array(losses) >= limit))


def of_frames(logits: Values, y: NDArray[np.generic]) -> tuple[float, Values]:
    """Cross-entropy of each frame that is sure, and its gradient; all weigh the same."""
    grown = np.exp(logits - logits.max(-1, keepdims=True))
    shares = (grown / grown.sum(-1, keepdims=True))[:, :, 0]
    right = np.where(y == 1, shares[..., 1], shares[..., 0])
    weight = (y != UNSURE).astype(np.float32)
    total = weight.sum() + 1e-6
    change = shares - np.stack([y != 1, y == 1], -1)
    value = float((-np.log(right + 1e-7) * weight).sum() / total)
    return value, (change * weight[..., np.newaxis] / total)[:, :, np.newaxis].astype(np.float32)


if __name__ == "__main__":
    make(HERE, main, sys.argv[1:], short=partial(main, quick=True))
