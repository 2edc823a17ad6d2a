"""Heartbeats in int8 and in int16x8, and the LSTM that learns them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microinfer
from microinfer import ModelBuilder

from support import oracle
from support.gallery import FOLDER

HERE = FOLDER / "ecg"


def held(name: str) -> dict[str, Any]:
    with np.load(HERE / f"{name}.npz") as found:
        return dict(found)


def test_beats_are_known_and_sixteen_bits_are_nearer_to_reals() -> None:
    reals, off = held("ecg")["in_float"], {}
    for name in ("ecg", "ecg_int16"):
        interpreter, y = microinfer.Interpreter(HERE / f"{name}.tflite"), held(name)["y"]
        answers = interpreter.run_batch(held(name)["x"])
        assert np.mean(answers.argmax(1) == y) > 0.95
        off[name] = np.abs(interpreter.dequantize_output(0, answers) - reals).mean()
    assert off["ecg_int16"] < 0.6 * off["ecg"] < 0.01


def test_both_are_of_the_same_beats(example: Any) -> None:
    """And eight bits are the upper ones of the twelve."""
    heart, (eight, wide) = example("heart"), (held("ecg"), held("ecg_int16"))
    np.testing.assert_array_equal(eight["y"], wide["y"])
    assert np.abs(wide["x"]).max() <= 2048
    np.testing.assert_array_equal(eight["x"], np.clip(np.rint(wide["x"] / heart.LESS), -128, 127))
    assert set(eight["y"]) == set(range(len(heart.KINDS)))


def test_a_beat_hangs_on_the_one_before_without_reset() -> None:
    """In TFLM's reference kernels, which is why the page says to reset."""
    x, path = held("ecg")["x"][:6], HERE / "ecg.tflite"
    alone = microinfer.Interpreter(path).run_batch(x)
    kept = microinfer.Interpreter(path).run_batch(x, keep_state=True)
    np.testing.assert_array_equal(alone[0], kept[0])
    assert (alone[1:] != kept[1:]).any()


def test_gradients_through_time_are_differences(example: Any) -> None:
    recurrent = example("workshop.recurrent")
    random = np.random.default_rng(5)
    layer = recurrent.Lstm(3)
    assert layer.start((6, 2), random) == (6, 3)
    layer.parameters = [one.astype(np.float64) for one in layer.parameters]
    x, change = random.normal(size=(4, 6, 2)), random.normal(size=(4, 6, 3))
    shown = layer.forward(x)
    assert shown.shape == change.shape
    to_x = layer.backward(change)
    for values, gradient in ((x, to_x), *zip(layer.parameters, layer.gradients, strict=True)):
        for place in list(np.ndindex(values.shape))[::5]:
            before, sums = values[place], []
            for step in (1e-2, -1e-2):
                values[place] = before + step
                sums.append(float((layer.forward(x).astype(np.float64) * change).sum()))
            values[place] = before
            assert gradient[place] == pytest.approx((sums[0] - sums[1]) / 2e-2, rel=0.02, abs=2e-3)


@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_what_is_written_is_what_was_trained(example: Any, dtype: str) -> None:
    """In reals, and to the bit as TFLM has it."""
    recurrent, scales = example("workshop.recurrent"), example("workshop.scales")
    random = np.random.default_rng(6)
    layer, last = recurrent.Lstm(5), recurrent.Last()
    shape = layer.start((7, 3), random)
    x = random.uniform(-1, 1, (9, 7, 3)).astype(np.float32)
    wanted = last.forward(layer.forward(x))
    b = ModelBuilder("lstm")
    step = 1 / 127 if dtype == "int8" else 1 / 32767
    given = b.input((1, 7, 3), dtype, scale=step, zero_point=0)
    scale = scales.quantization(-1, 1) if dtype == "int8" else (1 / 32767, 0)
    b.output(last.write(b, layer.write(b, given, scale=scale[0], zero_point=scale[1])))
    interpreter = microinfer.Interpreter(b.build())
    stored = np.rint(x / step).astype(dtype)
    answers = interpreter.run_batch(stored)
    assert last.start(shape, random) == (5,)
    assert np.abs(interpreter.dequantize_output(0, answers) - wanted).max() < 0.05
    for one, answer in zip(stored, answers, strict=True):
        found = oracle.tflm(b.build(), [one[np.newaxis]])[0][0]
        np.testing.assert_array_equal(np.asarray(found).ravel(), answer)
