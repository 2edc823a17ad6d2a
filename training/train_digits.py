"""Trains `digits`: the 8 x 8 digits that scikit-learn ships, in int8, small enough for an ATmega328P.

    pip install -e '.[train]'
    python training/train_digits.py

Three quarters of the samples train (moved and brightened at random), one quarter is held out and goes
into the package with the model. Nothing is chosen by looking at the held-out quarter.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from conversion import DATA, quantize_input, run_int8, seed_everything, tf, to_int8, write
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


def architecture() -> tf.keras.Model:
    """288 + 576 bytes at the peak, 1.7 thousand weights, 11 thousand multiply-accumulates."""
    layers = tf.keras.layers
    return tf.keras.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(8, 3, activation="relu"),
            layers.DepthwiseConv2D(3, padding="same", activation="relu"),
            layers.Conv2D(16, 1, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )


def vary(images: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """Half of the images moved by up to one pixel in each direction, all of them scaled in contrast."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    shifts = np.where(random.random((len(images), 1)) < 0.5, 1, random.integers(0, 3, (len(images), 2)))
    moved = np.stack([image[y : y + 8, x : x + 8] for image, (y, x) in zip(padded, shifts, strict=True)])
    contrast = random.uniform(0.8, 1.2, (len(images), 1, 1, 1))
    return np.clip(moved * contrast, 0, 1).astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=DATA, help="folder for digits.tflite and digits.npz")
    parser.add_argument("--epochs", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    seed_everything(arguments.seed)
    random = np.random.default_rng(arguments.seed)
    digits = load_digits()
    images = (digits.images[..., np.newaxis] / 16).astype(np.float32)
    x, held_x, y, held_y = train_test_split(
        images, digits.target, test_size=360, random_state=arguments.seed, stratify=digits.target
    )

    model = architecture()
    steps = arguments.epochs * -(-len(x) // 32)
    rate = tf.keras.optimizers.schedules.CosineDecay(4e-3, steps)
    model.compile(tf.keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    for epoch in range(arguments.epochs):
        seen = model.fit(vary(x, random), y, batch_size=32, verbose=0).history
        if epoch % 10 == 9:
            print(
                f"epoch {epoch + 1:3d}  loss {seen['loss'][0]:.3f}  right {seen['accuracy'][0]:.1%}",
                flush=True,
            )

    made = to_int8(model, x[:300])
    held = quantize_input(made, held_x)
    in_float = float(np.mean(model.predict(held_x, verbose=0).argmax(1) == held_y))
    in_int8 = float(np.mean(run_int8(made, held).argmax(1) == held_y))
    print(f"held out ({len(held_y)} samples): float {in_float:.2%}, int8 {in_int8:.2%}")
    write(arguments.out, "digits", made, x=held, y=held_y.astype(np.uint8))


if __name__ == "__main__":
    main()
