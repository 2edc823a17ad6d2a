"""Draws tracks, trains a network to steer as the expert does, writes drive.tflite and drive.npz.

    python examples/gallery/drive/make.py [FOLDER]

Needs nothing but microinfer; takes about half a minute. The tracks held out are none of those of training.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from car import EDGE, SIZE, Floors, Images, Marks, Numbers, drive, expert  # noqa: E402
from track import HELD, TRAIN, Track  # noqa: E402
from workshop.layers import Conv, Dense  # noqa: E402
from workshop.network import Network, fit, squares, stored, to_int8  # noqa: E402
from workshop.page import make, write_model  # noqa: E402
from workshop.pools import Flatten  # noqa: E402

import microinfer  # noqa: E402

POSES, DRIVEN, SAMPLES = 300, 2000, 96
"""Disturbed poses a track of training, poses of its own driving, samples held out."""
Drawn = tuple[Images, Numbers]


def main(out: Path) -> None:
    random = np.random.default_rng(5)
    floors = Floors([Track.drawn(seed) for seed in TRAIN])
    held = Floors([Track.drawn(seed) for seed in HELD])
    network = Network(
        (*SIZE, 1),
        [
            Conv(8, (3, 3), (2, 2)),
            Conv(16, (3, 3), (2, 2)),
            Conv(24, (3, 3), (2, 2)),
            Flatten(written=False),
            Dense(32),
            Dense(1, relu=False),
        ],
        seed=2,
    )
    x, y = disturbed(floors, POSES, random)
    fit(network, x, y, squares, epochs=6, batch=32, rate=2e-3, decay=1e-3)
    more = driven(floors, network, random)
    x, y = np.concatenate([x, more[0]]), np.concatenate([y, more[1]])
    fit(network, x, y, squares, epochs=12, batch=32, rate=2e-3, decay=1e-3)
    about = "A car's steering angle from a camera; made by microinfer."
    model = to_int8(network, x[::8], "drive", about, covers=(0, 1))
    held_x, held_y = disturbed(held, SAMPLES // len(HELD), random)
    interpreter = microinfer.Interpreter(model)
    given = stored(held_x, *interpreter.get_input_details()[0]["quantization"])
    scale, zero_point = interpreter.get_output_details()[0]["quantization"]
    answers = (interpreter.run_batch(given).astype(float) - zero_point) * scale
    errors = [np.degrees(np.sqrt(np.mean((one - held_y) ** 2))) for one in (answers, network(held_x))]
    print(f"drive: {errors[0]:.2f} degrees from the expert's in int8, {errors[1]:.2f} in float")
    write_model(out, "drive", model, x=given, y=held_y, in_float=network(held_x).round(5))


def disturbed(floors: Floors, each: int, random: np.random.Generator) -> Drawn:
    """Images from `each` pose of every track, beside the line and askew, and the expert's angles there."""
    on = np.repeat(np.arange(len(floors.counts)), each)
    at = random.integers(0, floors.counts[on])
    aside, askew = np.clip(random.normal(0, 0.06, len(on)), -EDGE, EDGE), random.normal(0, 0.22, len(on))
    poses = floors.beside(on, at, aside, askew)
    return labelled(floors, on, poses, at, random)


def driven(floors: Floors, network: Network, random: np.random.Generator) -> Drawn:
    """The same from where the network's own driving leads it, quick and slow."""
    count = len(floors.counts)
    on = np.tile(np.arange(count), 2)
    latency = np.repeat([0.002, 0.08], count)
    gone = drive(floors, on, np.full(len(on), 1.1), latency, lambda x: network(x)[:, 0].astype(float))
    chosen = random.choice(len(gone.at), DRIVEN, replace=False)
    return labelled(floors, on[gone.seeing[chosen]], gone.poses[chosen], gone.at[chosen], random)


def labelled(floors: Floors, on: Marks, poses: Numbers, at: Marks, random: np.random.Generator) -> Drawn:
    """What is seen there and the expert's angles; every other as in a mirror, where left is right."""
    gain, number = random.uniform(0.75, 1.25, len(on)), random.integers(0, 1000, len(on))
    images = floors.images(on, poses, gain, number)
    angles = expert(floors, on, poses, at).round(4).astype(np.float32)[:, np.newaxis]
    images[::2], angles[::2] = images[::2, :, ::-1], -angles[::2]
    return images, angles


if __name__ == "__main__":
    make(HERE, main, sys.argv[1:])
