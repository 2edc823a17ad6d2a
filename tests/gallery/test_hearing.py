"""Speech with less noise: what the aid remembers and transforms has TFLM's bits, and it gains as told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microinfer
from microinfer import ModelBuilder

from support import oracle
from support.gallery import FOLDER, on_tflm

HERE = FOLDER / "hearing"
MODEL = HERE / "hearing.tflite"


@pytest.fixture(scope="module")
def held() -> dict[str, Any]:
    with np.load(HERE / "hearing.npz") as found:
        return dict(found)


def test_a_stream_has_tflms_bits(held: dict[str, Any]) -> None:
    x = held["x"][:120]
    wanted = on_tflm(MODEL.read_bytes(), x)
    np.testing.assert_array_equal(oracle.Interpreter(MODEL).run_batch(x, keep_state=True), wanted)
    fresh = oracle.Interpreter(MODEL).run_batch(x[60:70])
    assert (fresh != wanted[60:70]).any(), "a frame alone is answered as one in the stream"


def test_noise_is_less(example: Any, held: dict[str, Any]) -> None:
    answers = microinfer.Interpreter(MODEL).run_batch(held["x"], keep_state=True)
    before, after, *_ = example("ratios").ratios_of(held["x"], answers, held["clean"], 1)[0]
    assert after > before + 5
    gained = held["found"][:, 1] - held["found"][:, 0]
    known = held["y"] < 4
    assert gained[known].mean() > 5
    assert gained[~known].mean() > 0
    assert abs(held["found"][:, 1] - held["in_float"][:, 1]).mean() < 0.3


def test_it_remembers_with_every_library() -> None:
    """No kernel of it begins each run with an empty state, as CMSIS-NN's LSTM does."""
    found = microinfer.check(MODEL, "nucleo-f767zi", config=False)
    assert found.verdict == "yes"


@pytest.mark.parametrize("kind", ["quiet", "loudest", "clipped"])
def test_gains_of_one_give_the_sound_back(example: Any, kind: str) -> None:
    """A frame late, without an overflow however loud it is, and as TFLM does it."""
    aid = example("aid")
    b = ModelBuilder("through")
    frames = aid.framed(b, b.input((aid.HOP,), "int16"))
    gains = b.constant(np.full((1, aid.FRAME + 2), 256, np.int16), 1 / 256, 0)
    b.output(aid.heard(b, frames, gains))
    time = np.arange(40 * aid.HOP) / aid.RATE
    wave = np.sin(2 * np.pi * 500 * time)
    sound = {"quiet": 300 * wave, "loudest": 32767 * wave, "clipped": np.sign(wave) * 32767}[kind]
    x = sound.astype(np.int16).reshape(-1, aid.HOP)
    found = microinfer.Interpreter(b.build()).run_batch(x, keep_state=True)
    np.testing.assert_array_equal(found, on_tflm(b.build(), x))
    assert np.abs(found[2:].astype(int) - x[1:-1]).max() <= 20


def test_bands_share_the_bins(example: Any) -> None:
    aid = example("aid")
    np.testing.assert_allclose(aid.between().sum(0), 1, rtol=1e-6)
    assert aid.between().shape == (aid.BANDS, aid.FRAME // 2 + 1)
    assert len(aid.bank()[4]) == aid.BANDS + 1


def test_one_step_at_a_time_is_the_stretch(example: Any) -> None:
    """An LSTM written out, state in variables, as the layer that was trained, and with TFLM's bits."""
    recurrent, stepping = example("workshop.recurrent"), example("workshop.stepping")
    random = np.random.default_rng(8)
    layer = recurrent.Lstm(6)
    layer.start((30, 4), random)
    x = random.uniform(-1, 1, (1, 30, 4)).astype(np.float32)
    wanted = layer.forward(x)[0]
    b = ModelBuilder("steps")
    b.output(stepping.write_step(b, b.input((1, 4), "int16", scale=1 / 32767, zero_point=0), layer, "memory"))
    stored = np.rint(x[0] * 32767).astype(np.int16)[:, np.newaxis]
    interpreter = microinfer.Interpreter(b.build())
    found = interpreter.run_batch(stored, keep_state=True)
    np.testing.assert_array_equal(found.reshape(30, 6), on_tflm(b.build(), stored))
    assert np.abs(interpreter.dequantize_output(0, found).reshape(30, 6) - wanted).max() < 0.02
