"""The wake word: what it remembers has TFLM's bits, and it hears as the page says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microinfer
from microinfer import ModelBuilder

from support import oracle
from support.gallery import FOLDER, on_tflm

HERE = FOLDER / "wake"
MODEL = HERE / "wake.tflite"


@pytest.fixture(scope="module")
def held() -> dict[str, Any]:
    with np.load(HERE / "wake.npz") as found:
        return dict(found)


def test_a_stream_has_tflms_bits(held: dict[str, Any]) -> None:
    """Framer, noise estimate and five resource variables, over all frames of the clip."""
    wanted = on_tflm(MODEL.read_bytes(), held["x"])
    interpreter = oracle.Interpreter(MODEL)
    np.testing.assert_array_equal(interpreter.run_batch(held["x"], keep_state=True), wanted)
    for frame, answer in zip(held["x"][:60], wanted, strict=False):
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], frame)
        interpreter.invoke()
        np.testing.assert_array_equal(
            interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0], answer
        )
    fresh = oracle.Interpreter(MODEL).run_batch(held["x"][100:120])
    assert (fresh != wanted[100:120]).any(), "a frame alone is answered as one in the stream"


def test_one_frame_at_a_time_is_the_stretch(example: Any) -> None:
    """In real numbers over a stretch, and in int8 frame by frame: the same once it is full."""
    layers, streaming = example("workshop.layers"), example("workshop.streaming")
    network = example("workshop.network")
    chain = [
        layers.Conv(6, (3, 1), padding="VALID"),
        layers.DepthwiseConv((5, 1), relu=False, padding="VALID"),
        layers.Conv(4, (1, 1), relu=False, padding="VALID"),
    ]
    random = np.random.default_rng(2)
    x = np.float32(random.uniform(0, 1, (1, 50, 1, 8)))
    stretch = network.Network((50, 1, 8), chain, seed=3)(x)
    past = streaming.looks_back(chain)
    assert past == 7
    assert stretch.shape == (1, 50 - past + 1, 1, 4)
    b = ModelBuilder("stream")
    given = b.input((1, 1, 1, 8), scale=1 / 255, zero_point=-128)
    b.output(streaming.write_streaming(b, given, chain, x))
    interpreter = microinfer.Interpreter(b.build())
    stored = np.rint(x[0] * 255 - 128).astype(np.int8)[:, np.newaxis]
    answers = interpreter.run_batch(stored, keep_state=True)
    found = interpreter.dequantize_output(0, answers).reshape(50, 4)[past - 1 :]
    assert np.abs(found - stretch[0, :, 0]).max() < 0.04 * np.abs(stretch).max()
    wanted = on_tflm(b.build(), stored[:, np.newaxis])
    np.testing.assert_array_equal(answers.reshape(50, 4), wanted.reshape(50, 4))


def test_it_hears_and_is_quiet(example: Any) -> None:
    run = example("run")
    found = run.counted(run.DEVICE)
    assert found["missed"] < 0.2 * len(run.HELD["ends"])
    assert found["talk"] < 2 * run.hours("talk")
    assert found["noise"] < 5 * run.hours("noise")
    assert [round(run.at_most(count), 2) for count in (0, 1, 5)] == [3.0, 4.74, 10.51]


def test_alarms_keep_apart(example: Any) -> None:
    listener = example("listener")
    score = listener.scores(np.repeat(np.int8([-128, 127, -128, 127]), [10, 20, 40, 20]))
    assert score.max() == 255 * listener.SMOOTH
    assert listener.alarms(score, 1000) == [13, 73]
    assert listener.alarms(score, 1275) == []
