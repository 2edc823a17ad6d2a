"""Trains `sine_float`: y = sin(x) for x from 0 to 2 pi in float32, with numpy alone.

pip install -e .
python training/train_sine_float.py
"""

from __future__ import annotations

import argparse
import hashlib
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from microinfer import Interpreter, ModelBuilder

DATA = Path(__file__).resolve().parent.parent / "src/microinfer/zoo/data"
WIDTHS = (1, 16, 16, 1)
BATCH = 64
RATE = 5e-3

Layer = tuple[NDArray[np.float64], NDArray[np.float64]]


def first_layers(random: np.random.Generator) -> list[Layer]:
    """Weights [out, in] of Glorot's uniform spread, and biases of 0."""
    made = []
    for fan_in, fan_out in pairwise(WIDTHS):
        bound = np.sqrt(6 / (fan_in + fan_out))
        made.append((random.uniform(-bound, bound, (fan_out, fan_in)), np.zeros(fan_out)))
    return made


def forward(layers: list[Layer], x: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """What goes into each layer, and what comes out of the last."""
    found = [x]
    for weights, bias in layers:
        x = x @ weights.T + bias
        if len(found) < len(layers):
            x = np.maximum(x, 0)
        found.append(x)
    return found


def gradients(
    layers: list[Layer], x: NDArray[np.float64], y: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """Of the mean square error: weights and bias of each layer in turn."""
    values = forward(layers, x)
    error = 2 * (values[-1] - y) / len(x)
    made: list[NDArray[np.float64]] = []
    for place in range(len(layers) - 1, -1, -1):
        made[:0] = error.T @ values[place], error.sum(axis=0)
        error = (error @ layers[place][0]) * (values[place] > 0)
    return made


def train(
    layers: list[Layer], x: NDArray[np.float64], y: NDArray[np.float64], epochs: int, seed: int
) -> None:
    """Adam, whose rate falls along a cosine to 0."""
    random = np.random.default_rng(seed)
    parameters = [array for layer in layers for array in layer]
    first, second = ([np.zeros_like(array) for array in parameters] for _ in range(2))
    batches = -(-len(x) // BATCH)
    for step in range(epochs * batches):
        if step % batches == 0:
            order = random.permutation(len(x))
        chosen = order[step % batches * BATCH :][:BATCH]
        rate = RATE * 0.5 * (1 + np.cos(np.pi * step / (epochs * batches)))
        for array, slope, mean, square in zip(
            parameters, gradients(layers, x[chosen], y[chosen]), first, second, strict=True
        ):
            mean += 0.1 * (slope - mean)
            square += 0.001 * (slope**2 - square)
            unbiased = np.sqrt(square / (1 - 0.999 ** (step + 1))) + 1e-7
            array -= rate * mean / (1 - 0.9 ** (step + 1)) / unbiased


def to_float32(layers: list[Layer]) -> bytes:
    b = ModelBuilder("sine_float", "y = sin(x) in float32.")
    x = b.input((1, 1), "float32", name="x")
    for place, (weights, bias) in enumerate(layers):
        activation = "RELU" if place < len(layers) - 1 else "NONE"
        x = b.fully_connected(
            x,
            weights.astype(np.float32),
            bias.astype(np.float32),
            activation=activation,
            name=f"dense_{place}",
        )
    b.output(x)
    return b.build()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=DATA, help="folder for the .tflite and .npz")
    parser.add_argument("--epochs", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    random = np.random.default_rng(arguments.seed)
    x = random.uniform(0, 2 * np.pi, (2000, 1))
    held_x = np.linspace(0, 2 * np.pi, 200, dtype=np.float32)[:, np.newaxis]
    held_y = np.sin(held_x).astype(np.float32)
    layers = first_layers(random)
    train(layers, x, np.sin(x), arguments.epochs, arguments.seed)

    model = to_float32(layers)
    found = Interpreter(model).run_batch(held_x)
    print(f"mean absolute error on {len(held_x)} points: {float(np.abs(found - held_y).mean()):.4f}")
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "sine_float.tflite").write_bytes(model)
    np.savez_compressed(arguments.out / "sine_float.npz", x=held_x, y=held_y)
    for suffix in ("tflite", "npz"):
        content = (arguments.out / f"sine_float.{suffix}").read_bytes()
        print(f"sine_float.{suffix}: {len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
