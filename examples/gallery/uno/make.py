"""Trains the 81-100-60-10 network on digits of 9 x 9 pixels, writes digits_9x9.tflite and its data.

    pip install scikit-learn
    python examples/gallery/uno/make.py [FOLDER]

Needs scikit-learn, which ships the digits; takes about half a minute. The 360 images held out are those of
the zoo's `digits`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

try:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split
except ModuleNotFoundError as error:
    raise SystemExit(
        f"{error.name}: not found; it ships the digits that the network is trained with: install it with "
        "`pip install scikit-learn`. run.py does without"
    ) from error

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from workshop.layers import Dense, Values  # noqa: E402
from workshop.network import Network, classes, fit, stored, to_int8  # noqa: E402
from workshop.page import make, write_model  # noqa: E402

import microinfer  # noqa: E402

SIDE = 9


def larger(images: NDArray[np.float64]) -> Values:
    """Images of 8 x 8 pixels as rows of 9 x 9: between the four nearest, by their distance."""
    at = np.linspace(0, 7, SIDE)
    low = np.minimum(at.astype(int), 6)
    share = at - low
    for axis in (1, 2):
        shape = [1, 1, 1]
        shape[axis] = SIDE
        weight = share.reshape(shape)
        images = np.take(images, low, axis) * (1 - weight) + np.take(images, low + 1, axis) * weight
    return images.reshape(len(images), -1).astype(np.float32)


def vary(x: Values, random: np.random.Generator) -> Values:
    """Moved by up to one pixel in each direction, half of them, and all of them brighter or darker."""
    padded = np.pad(x.reshape(-1, SIDE, SIDE), ((0, 0), (1, 1), (1, 1)))
    places = np.where(random.random((len(x), 1)) < 0.5, 1, random.integers(0, 3, (len(x), 2)))
    moved = [
        one[down : down + SIDE, right : right + SIDE]
        for one, (down, right) in zip(padded, places, strict=True)
    ]
    light = random.uniform(0.8, 1.2, (len(x), 1))
    return np.clip(np.reshape(moved, (len(x), -1)) * light, 0, 1).astype(np.float32)


def main(out: Path) -> None:
    digits = load_digits()
    x, held_x, y, held_y = train_test_split(
        digits.images / 16, digits.target, test_size=360, random_state=1, stratify=digits.target
    )
    x, held_x = larger(x), larger(held_x)
    network = Network((SIDE * SIDE,), [Dense(100), Dense(60), Dense(10, relu=False)], seed=1)
    fit(network, x, y, classes, epochs=80, rate=3e-3, decay=1e-3, vary=vary)
    model = to_int8(
        network,
        x[:300],
        "digits_9x9",
        "Handwritten digits, 81-100-60-10; made by microinfer.",
        softmax=True,
        covers=(0, 1),
    )
    interpreter = microinfer.Interpreter(model)
    given = stored(held_x, *interpreter.get_input_details()[0]["quantization"])
    right = np.mean(interpreter.run_batch(given).argmax(1) == held_y)
    in_float = network(held_x).argmax(1).astype(np.uint8)
    print(f"held out: {right:.2%} right in int8, {np.mean(in_float == held_y):.2%} in float")
    write_model(out, "digits_9x9", model, x=given, y=held_y.astype(np.uint8), in_float=in_float)


if __name__ == "__main__":
    make(HERE, main, sys.argv[1:])
