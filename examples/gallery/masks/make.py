"""Draws people with masks and without, trains a network on them, and writes the model and some pictures.

    python examples/gallery/masks/make.py [FOLDER [--quick]]

Needs nothing but microinfer; takes about a minute and a half. Nobody held out is anybody of training.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from zlib import crc32

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # products of this size are slower on two

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from canvas import SIZE  # noqa: E402
from people import Person  # noqa: E402
from scenes import CLASSES, KINDS, class_of, held_out, scenes  # noqa: E402
from workshop.layers import Conv, Dense, DepthwiseConv, Layer, Values  # noqa: E402
from workshop.network import Network, classes, fit, to_int8  # noqa: E402
from workshop.normed import Normed, fold_all  # noqa: E402
from workshop.page import make, write_model  # noqa: E402
from workshop.pools import AveragePool, Flatten  # noqa: E402
from workshop.stem import Stem  # noqa: E402

import microinfer  # noqa: E402

PEOPLE, PICTURES, EPOCHS = 400, 6000, 8
SAMPLES = 400
"""Pictures that say what ranges are."""
MOVED = 5
"""Pixels that a picture is moved by when it is met again, at most."""
SHARES = (0.34, 0.33, 0.33)


def main(out: Path, quick: bool = False) -> None:
    random = np.random.default_rng(5)
    people = [Person.drawn(random) for _ in range(PEOPLE)]
    kinds = drawn_kinds(random, PICTURES // 12 if quick else PICTURES)
    x, y = scenes(people, kinds.tolist(), random), classes_of(kinds)
    network = Network((SIZE, SIZE, 3), layers(), seed=4)
    epochs = 2 if quick else EPOCHS
    loss = fit(network, x, y, classes, epochs=epochs, batch=16, rate=4e-3, decay=0.01, vary=vary)
    about = "A face with a mask, without, or nobody, 96 x 96 colour pixels; made by microinfer."
    some = reals(x[random.permutation(len(x))[:SAMPLES]])
    fold_all(network.layers, some)
    model = to_int8(network, some, "masks", about, softmax=True, covers=(-1, 127 / 128))
    pictures, held, usual = held_out()
    given = (pictures ^ 128).view(np.int8)
    in_float = np.concatenate([network(reals(one)).argmax(1) for one in np.array_split(pictures, 15)])
    answers = microinfer.Interpreter(model).run_batch(given).argmax(1)
    for name, found in (("int8", answers), ("float", in_float)):
        right = found == classes_of(held)
        print(
            f"{right[:usual].mean():.2%} right in {name}, {right[usual:].mean():.2%} beyond; loss {loss:.3f}"
        )
    shown = np.unique(held, return_index=True)[1]
    write_model(
        out, "masks", model, x=given[shown], y=classes_of(held[shown]),
        in_float=in_float.astype(np.uint8), drawn=np.uint32(crc32(pictures.tobytes())),
    )  # fmt: skip


def drawn_kinds(random: np.random.Generator, many: int) -> NDArray[np.uint8]:
    """What to draw: each class as often, and the kinds of a class."""
    of_class = classes_of(np.arange(len(KINDS)))
    return np.concatenate(
        [
            random.choice(np.flatnonzero(of_class == number), round(many * share))
            for number, share in enumerate(SHARES)
        ]
    ).astype(np.uint8)


def classes_of(kinds: NDArray[np.integer]) -> NDArray[np.uint8]:
    return np.array([class_of(kind) for kind in kinds.tolist()], np.uint8)


def reals(pictures: NDArray[np.uint8]) -> Values:
    """Pixels as the network takes them: -1 to 1, which is their byte less 128 in int8."""
    return (pictures.astype(np.float32) - 128) / 128


def vary(pictures: Values, random: np.random.Generator) -> Values:
    """Mirrored, moved, and under another light; the batch comes as bytes."""
    down, right = random.integers(0, 2 * MOVED + 1, 2)
    wide = np.pad(pictures, [(0, 0), (MOVED, MOVED), (MOVED, MOVED), (0, 0)], "edge")
    x = reals(wide[:, down : down + SIZE, right : right + SIZE])
    mirrored = random.random(len(x)) < 0.5
    x[mirrored] = x[mirrored, :, ::-1]
    gains = random.uniform(0.8, 1.2, (len(x), 1, 1, 3)).astype(np.float32)
    return np.minimum((x + 1) * gains - 1, 1)


def layers() -> list[Layer]:
    """A MobileNet of seven blocks; the maps halve four times, to 6 x 6."""
    found: list[Layer] = [Normed(Stem(8, (3, 3), (2, 2)))]
    for channels, stride in ((24, 2), (32, 1), (64, 2), (64, 1), (128, 2), (144, 1), (160, 1)):
        found += [DepthwiseConv((3, 3), (stride, stride), relu=False), Normed(Conv(channels, (1, 1)))]
    return [*found, AveragePool((6, 6)), Flatten(), Dense(len(CLASSES), relu=False)]


if __name__ == "__main__":
    make(HERE, main, sys.argv[1:], short=partial(main, quick=True))
