"""Trains `sine`: y = sin(x) for x from 0 to 2 pi, the hello world of microcontrollers, in int8.

pip install -e '.[train]'
python training/train_sine.py
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from conversion import DATA, quantize_input, run_int8, seed_everything, tf, to_int8, write


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=DATA, help="folder for sine.tflite and sine.npz")
    parser.add_argument("--epochs", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    seed_everything(arguments.seed)
    random = np.random.default_rng(arguments.seed)
    x = random.uniform(0, 2 * np.pi, (2000, 1)).astype(np.float32)
    held_x = np.linspace(0, 2 * np.pi, 200, dtype=np.float32)[:, np.newaxis]

    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [
            layers.Input((1,)),
            layers.Dense(16, activation="relu"),
            layers.Dense(16, activation="relu"),
            layers.Dense(1),
        ]
    )
    rate = tf.keras.optimizers.schedules.CosineDecay(5e-3, arguments.epochs * -(-len(x) // 64))
    model.compile(tf.keras.optimizers.Adam(rate), "mse")
    model.fit(x, np.sin(x), batch_size=64, epochs=arguments.epochs, verbose=0)

    made = to_int8(model, np.concatenate([x[:300], held_x[[0, -1]]]))
    held = quantize_input(made, held_x)
    wanted = np.sin(held_x)
    in_float = float(np.abs(model.predict(held_x, verbose=0) - wanted).mean())
    in_int8 = float(np.abs(run_int8(made, held) - wanted).mean())
    print(f"mean absolute error on {len(held_x)} points: float {in_float:.4f}, int8 {in_int8:.4f}")
    write(arguments.out, "sine", made, x=held, y=wanted.astype(np.float32))


if __name__ == "__main__":
    main()
