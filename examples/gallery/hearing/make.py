"""Lets espeak-ng speak in noise, trains an LSTM to find the gains of bands, writes it from sound to sound.

    python examples/gallery/hearing/make.py [FOLDER [--quick]]

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
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "wake")]

from aid import BANDS, FRAME, HOP, WINDOW, between, features, framed, heard  # noqa: E402
from ratios import ratios_of  # noqa: E402
from scenes import NOISES, Scenes, scenes  # noqa: E402
from speech import expect_synthesiser  # noqa: E402
from voices import HELD, TRAINED  # noqa: E402
from workshop.layers import Dense, Values  # noqa: E402
from workshop.network import Network, fit  # noqa: E402
from workshop.page import make, write_model  # noqa: E402
from workshop.recurrent import EachStep, Lstm  # noqa: E402
from workshop.stepping import LOGITS, connected, write_step  # noqa: E402

import microinfer  # noqa: E402
from microinfer import ModelBuilder  # noqa: E402

MANY, EACH, RATIOS = 280, 4, (0, 5, 10)
"""Scenes to train with; of every noise and ratio in dB held out."""
UNITS, STRETCH, EPOCHS = 48, 125, 24
"""Of the LSTM; frames of a stretch that is trained with, a second."""
SCENE, CLIP, STEP = 7, 300, 32
"""The held-out scene some of whose frames are kept as sound, and the steps of int16 in which."""


def main(out: Path, quick: bool = False) -> None:
    expect_synthesiser()
    random = np.random.default_rng(21)
    plan = [(int(random.integers(len(NOISES) - 1)), float(random.uniform(-3, 14))) for _ in range(MANY)]
    held_plan = [(kind, float(ratio)) for kind in range(len(NOISES)) for ratio in RATIOS for _ in range(EACH)]
    others = [HELD.says(HELD.phrase(8, random), random) for _ in range(12)]
    learnt, held = scenes(TRAINED, plan, [], random), scenes(HELD, held_plan, others, random)

    front = ModelBuilder("front")
    front.output(features(front, framed(front, front.input((HOP,), "int16"))))
    x = in_reals(front.build(), learnt.noisy)
    mean, spread = x.mean(0), x.std(0)
    memory, bands = Lstm(UNITS), Dense(BANDS, relu=False)
    network = Network((STRETCH, BANDS), [memory, EachStep(bands)], seed=3)
    given = ((x - mean) / spread).reshape(-1, STRETCH, BANDS)
    epochs = 2 if quick else EPOCHS
    loss = fit(network, given, wanted(learnt), left, epochs=epochs, batch=16, rate=6e-3)
    print(f"{len(x) * HOP / 16000 / 60:.0f} minutes, loss {loss:.4f}")

    network(given[::4])
    model = written(memory, bands, mean, spread)
    sound = held.noisy.reshape(-1, HOP)
    answers = microinfer.Interpreter(model).run_batch(sound, keep_state=True)
    said = held.clean.reshape(-1, HOP)
    in_float = in_reals_heard(network, (in_reals(front.build(), held.noisy) - mean) / spread, held)
    found = ratios_of(sound, answers, said, len(held_plan))
    found_in_float = ratios_of(sound, in_float, said, len(held_plan))
    for kind, name in enumerate(NOISES):
        of_kind = [one[held.noise == kind].mean(0).round(2) for one in (found, found_in_float)]
        print(name, *of_kind)
    first = SCENE * held.noisy.shape[1] // HOP
    clip = slice(first, first + CLIP)
    write_model(
        out, "hearing", model, x=rounded(sound[clip]), y=held.noise, ratio=held.ratio, found=found,
        in_float=found_in_float, clean=rounded(said[clip]), scene=np.int32(SCENE),
    )  # fmt: skip


def rounded(sound: NDArray[np.generic]) -> NDArray[np.int16]:
    return (np.rint(sound / STEP) * STEP).clip(-32768, 32767).astype(np.int16)


def in_reals(front: bytes, sound: NDArray[np.int16]) -> Values:
    """What the front end makes of a stream: [frames, bands]."""
    interpreter = microinfer.Interpreter(front)
    found = interpreter.run_batch(sound.reshape(-1, HOP), keep_state=True).reshape(-1, BANDS)
    return np.asarray(interpreter.dequantize_output(0, found), np.float32)


def spectra(sound: NDArray[np.generic]) -> NDArray[np.complex64]:
    """Of each scene's frames as the device has them: [scenes x frames, bins]."""
    padded = np.concatenate([np.zeros(HOP), sound.astype(np.float64).ravel()])
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP]
    return np.fft.rfft(frames * WINDOW).astype(np.complex64)


def in_reals_heard(network: Network, x: Values, held: Scenes) -> Values:
    """What is left of the scenes in real numbers, a frame late as the device's: [frames, 128]."""
    gains = 1 / (1 + np.exp(-network(x[np.newaxis])[0])) @ between()
    frames = np.fft.irfft(spectra(held.noisy) * gains) * WINDOW
    made = frames[:, :HOP].copy()
    made[1:] += frames[:-1, HOP:]
    return made.astype(np.float32)


def wanted(learnt: Scenes) -> Values:
    """What the loss of a bin's gain g is made of, a g² - 2 b g, as shares of a stretch's speech."""
    given, said = spectra(learnt.noisy), spectra(learnt.clean)
    parts = np.stack([np.abs(given) ** 2, (said * given.conj()).real], -1)
    parts = parts.reshape(-1, STRETCH, FRAME // 2 + 1, 2)
    energy = (np.abs(said) ** 2).reshape(len(parts), -1).sum(1)
    energy = np.maximum(energy, 0.05 * energy.mean())
    return (parts / energy[:, np.newaxis, np.newaxis, np.newaxis]).astype(np.float32)


def left(logits: Values, y: NDArray[np.generic]) -> tuple[float, Values]:
    """What differs from the speech, as a share of it, less the share that is there anyway."""
    ways = between()
    bands = 1 / (1 + np.exp(-logits))
    gains = bands @ ways
    change = 2 * (y[..., 0] * gains - y[..., 1])
    value = float((y[..., 0] * gains**2 - 2 * y[..., 1] * gains).sum() / len(y))
    return value, ((change @ ways.T) * bands * (1 - bands) / len(y)).astype(np.float32)


def written(memory: Lstm, bands: Dense, mean: Values, spread: Values) -> bytes:
    """Sound to sound; the features' mean and spread are in the first weights."""
    fresh, recurrent, bias = memory.parameters
    folded = Lstm(UNITS)
    folded.parameters = [fresh / spread[:, np.newaxis], recurrent, bias - (mean / spread) @ fresh]
    folded.largest = memory.largest
    b = ModelBuilder("hearing", "Speech with less noise, 8 ms at a time; made by microinfer.")
    frames = framed(b, b.input((HOP,), "int16", name="samples"))
    shown = write_step(b, features(b, frames), folded, "memory")
    gains = b.logistic(connected(b, shown, *bands.parameters, LOGITS["scale"]))
    twice = np.repeat(between(), 2, 1)
    b.output(heard(b, frames, connected(b, gains, twice, np.zeros(twice.shape[1], np.float32), 1 / 256)))
    return b.build()


if __name__ == "__main__":
    make(HERE, main, sys.argv[1:], short=partial(main, quick=True))
