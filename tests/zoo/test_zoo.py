"""The models that ship with the package."""

from __future__ import annotations

import hashlib
import re
from importlib import resources

import numpy as np
import pytest

import microinfer
from microinfer import zoo
from microinfer.errors import InputError

from support import oracle

TRAINED = (
    "digits",
    "sine",
    "sine_float",
    "digits_9x9",
    "drive",
    "ecg",
    "ecg_int16",
    "gesture",
    "masks",
    "press",
    "sounds",
    "vibration",
)


def run_all(name: str) -> np.ndarray:
    interpreter = microinfer.Interpreter(zoo.load(name))
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    found = []
    for sample in zoo.samples(name)[0]:
        interpreter.reset()
        interpreter.set_tensor(source["index"], sample[np.newaxis])
        interpreter.invoke()
        found.append(interpreter.get_tensor(target["index"])[0])
    return np.array(found)


def test_digits_are_read() -> None:
    x, y = zoo.samples("digits")
    assert x.shape == (360, 8, 8, 1)
    assert x.dtype == np.int8
    assert np.bincount(y).min() > 30
    right = float(np.mean(run_all("digits").argmax(axis=1) == y))
    assert right >= 0.97


def test_sine_is_followed() -> None:
    _, y = zoo.samples("sine")
    interpreter = microinfer.Interpreter(zoo.load("sine"))
    scale, zero_point = interpreter.get_output_details()[0]["quantization"]
    error = np.abs((run_all("sine").astype(np.float32) - zero_point) * scale - y)
    assert error.mean() < 0.02
    assert error.max() < 0.08


@pytest.mark.parametrize("name", TRAINED)
def test_bits_are_tflms(name: str) -> None:
    found = run_all(name)[::40]
    for sample, ours in zip(zoo.samples(name)[0][::40], found, strict=True):
        np.testing.assert_array_equal(oracle.tflm(zoo.load(name), [sample[np.newaxis]])[0][0], ours)


def test_the_float_sine_is_followed() -> None:
    error = np.abs(run_all("sine_float") - zoo.samples("sine_float")[1])
    assert error.mean() < 0.02
    assert error.max() < 0.08


def test_digits_fits_an_atmega328p() -> None:
    interpreter = microinfer.Interpreter(zoo.load("digits"), profile="atmega328p")
    memory = interpreter.report().memory
    assert memory.fits
    assert memory.min_arena_bytes <= 1100
    assert memory.weights_bytes <= 8192


@pytest.mark.parametrize("name", TRAINED)
def test_files_are_what_training_wrote(name: str) -> None:
    """The digests stand beside the files, with how to make them again."""
    told = resources.files(zoo).joinpath("data/README.md").read_text("utf-8")
    for suffix in ("tflite", "npz"):
        digest = hashlib.sha256(
            resources.files(zoo).joinpath(f"data/{name}.{suffix}").read_bytes()
        ).hexdigest()
        assert re.search(rf"`{name}\.{suffix}` .*`{digest}`", told)


@pytest.mark.parametrize("name", TRAINED)
def test_trained_models_are_clean(name: str) -> None:
    model = microinfer.load(zoo.load(name))
    assert model.warnings == ()
    assert zoo.recognise(model.sha256) == name


def test_samples_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        zoo.samples("digits")[0][0] = 0


def test_sample_is_one_of_the_samples() -> None:
    sample = zoo.sample("sine")
    assert sample.shape == (1, 1)
    np.testing.assert_array_equal(sample[0], zoo.samples("sine")[0][zoo.describe("sine").sample])
    assert zoo.labels("digits") == tuple("0123456789")
    assert zoo.labels("sine") == ()


def test_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'digits'"):
        zoo.load("digit")
    assert not zoo.has("digit")
    assert zoo.recognise("0" * 64) is None


def test_architectures_are_said_to_be_untrained() -> None:
    untrained = [name for name in zoo.names() if name not in TRAINED]
    assert len(untrained) >= 5
    for name in untrained:
        assert not zoo.describe(name).trained
        with pytest.raises(InputError, match="untrained"):
            zoo.samples(name)
