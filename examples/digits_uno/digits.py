"""What `digits.toml` names: `build` gives a network that is not trained yet, `score` trains it.

The data are the 8 x 8 digits of scikit-learn. A quarter of them, the samples that microinfer's zoo keeps with
its own digits, are held out: neither `build` nor `score` looks at them.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from network import SCALE, ZERO_POINT, Config, Network, Values
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from microinfer import Interpreter

HELD_OUT, SEED = 360, 1
FOLDS, BATCH = 3, 48
RATE, DECAY = 6e-3, 1e-4
CALIBRATION = 300


@cache
def data() -> tuple[Values, NDArray[np.int64]]:
    """All but what is held out: (1437, 8, 8, 1) from 0 to 1, and the digits."""
    digits = load_digits()
    images = (digits.images[..., np.newaxis] / 16).astype(np.float32)
    x, _, y, _ = train_test_split(
        images, digits.target, test_size=HELD_OUT, random_state=SEED, stratify=digits.target
    )
    return x, y


def vary(images: Values, random: np.random.Generator) -> Values:
    """Half of them moved by up to one pixel, all scaled in contrast."""
    n = len(images)
    wide = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    shifts = np.where(random.random((n, 1)) < 0.5, 1, random.integers(0, 3, (n, 2)))
    rows = shifts[:, :1] + np.arange(8)
    columns = shifts[:, 1:] + np.arange(8)
    moved = wide[np.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]
    return np.clip(moved * random.uniform(0.8, 1.2, (n, 1, 1, 1)), 0, 1).astype(np.float32)


def train(config: Config, x: Values, y: NDArray[np.int64], epochs: int, seed: int) -> Network:
    """Adam with a rate that falls as a cosine, on crossed entropy; the weights are the mean of the last
    quarter of all steps."""
    network, random = Network(config, seed), np.random.default_rng(seed)
    weights = [getattr(layer, name) for layer in network.weighted for name in ("w", "b")]
    first, second, mean = ([np.zeros_like(one) for one in weights] for _ in range(3))
    steps = epochs * (len(x) // BATCH)
    averaged = 0
    order = np.zeros(0, np.int64)
    for step in range(steps):
        if len(order) < BATCH:
            order = random.permutation(len(x))
        some, order = order[:BATCH], order[BATCH:]
        logits = network.forward(vary(x[some], random))
        shares = np.exp(logits - logits.max(1, keepdims=True))
        shares /= shares.sum(1, keepdims=True)
        shares[np.arange(BATCH), y[some]] -= 1
        network.backward(shares / BATCH)
        rate = RATE * 0.5 * (1 + np.cos(np.pi * step / steps))
        gradients = [getattr(layer, name) for layer in network.weighted for name in ("dw", "db")]
        for w, g, m, v in zip(weights, gradients, first, second, strict=True):
            m += 0.1 * (g - m)
            v += 0.002 * (g * g - v)
            unbiased = m / (1 - 0.9 ** (step + 1))
            w -= rate * (unbiased / (np.sqrt(v / (1 - 0.998 ** (step + 1))) + 1e-8) + DECAY * w)
        if step >= steps * 3 // 4:
            averaged += 1
            for total, w in zip(mean, weights, strict=True):
                total += (w - total) / averaged
    for w, average in zip(weights, mean, strict=True):
        w[...] = average
    return network


def right(model: bytes, x: Values, y: NDArray[np.int64]) -> float:
    """The share of right answers, in int8."""
    stored = np.clip(np.round(x / SCALE) + ZERO_POINT, -128, 127).astype(np.int8)
    answers = Interpreter(model, "arduino-uno").run_batch(stored)
    return float(np.mean(np.asarray(answers).reshape(len(x), -1).argmax(1) == y))


def build(config: Config) -> bytes:
    """Not trained: its bytes and its time are those of the trained one."""
    return Network(config).to_tflite(data()[0][:CALIBRATION])


def score(model: bytes, config: Config, budget: float) -> tuple[float, bytes]:
    """Right answers of three networks, each of what it was not trained on; and one that is trained on all.

    Args:
        budget: epochs.
    """
    x, y = data()
    folds = np.arange(len(x)) % FOLDS
    shares: list[Any] = []
    for fold in range(FOLDS):
        inside = folds != fold
        network = train(config, x[inside], y[inside], int(budget), fold)
        made = network.to_tflite(x[inside][:CALIBRATION])
        shares.append(right(made, x[~inside], y[~inside]))
    return float(np.mean(shares)), train(config, x, y, int(budget), SEED).to_tflite(x[:CALIBRATION])
