"""Validation as a whole: tasks, the float model, layers, interruption, the command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microinfer
from microinfer import InputError, ModelBuilder, zoo
from microinfer.validation import ValidationSettings, Validator, validate
from microinfer.validation.blocks import Dataset, from_arrays
from microinfer.validation.metrics import Classification, Regression
from microinfer.validation.results import Reconstruction

X, Y = zoo.samples("digits")


def autoencoder() -> bytes:
    b = ModelBuilder("mirror")
    x = b.input((1, 6), scale=0.1)
    b.output(b.fully_connected(x, np.diag([1.0, 1, 1, 1, 1, 0]).astype(np.float32), scale=0.1))
    return b.build()


def scorer(scale: float = 0.1, *, probability: bool = False) -> bytes:
    b = ModelBuilder("score")
    x = b.input((1, 2), scale=0.1)
    y = b.fully_connected(x, np.array([[1.0, -1.0]], np.float32), scale=scale)
    b.output(b.logistic(y) if probability else y)
    return b.build()


def test_classes_of_the_zoo() -> None:
    found = validate(zoo.load("digits"))
    interpreter = microinfer.Interpreter(zoo.load("digits"))
    answers = interpreter.run_batch(X).argmax(axis=1)
    assert found.accuracy == (answers == Y).mean()
    assert isinstance(found.metrics, Classification)
    assert sum(map(sum, found.metrics.confusion)) == found.samples == 360
    assert found.complete
    assert found.labels == tuple("0123456789")
    assert found.layer_samples == 16


def test_numbers_of_the_zoo() -> None:
    found = validate(zoo.load("sine"))
    assert found.task.name == "regression"
    assert isinstance(found.metrics, Regression)
    assert found.metrics.rmse < 0.05
    assert found.metrics.cosine is None
    assert found.metrics.r2 > 0.99
    assert found.accuracy is None


def test_an_autoencoder_by_its_shape_and_answers() -> None:
    generator = np.random.default_rng(0)
    x = generator.uniform(-3, 3, (40, 6))
    x[:20, 5] = 0
    found = validate(autoencoder(), (x, np.repeat([0, 1], 20)))
    assert isinstance(found.metrics, Reconstruction)
    assert found.metrics.auc == 1.0
    normal, anomalies = found.metrics.rmse_by_class
    assert normal < 0.05 < 0.3 < anomalies
    without = validate(autoencoder(), (x, None))
    assert without.task.name == "autoencoder"
    assert without.metrics.auc is None
    assert without.metrics.rmse == found.metrics.rmse
    real = np.rint(x * 10) / 10
    expected = np.sqrt((real[:, 5] ** 2).sum() / real.size)
    assert without.metrics.rmse == pytest.approx(expected, rel=0.05)
    assert validate(autoencoder(), (x, np.arange(40) % 6)).task.name == "classification"


def test_one_score_is_a_binary_task() -> None:
    x = np.array([[1, 0], [0, 1], [2, 0], [0, 2], [0.2, 0.1]])
    found = validate(scorer(), (x, np.array([1, 0, 1, 0, 0])))
    assert (found.task.name, found.task.threshold) == ("binary", 0.0)
    assert found.accuracy == 0.8
    assert found.metrics.auc == 1.0
    assert found.metrics.confusion == ((2, 1), (0, 2))
    shifted = validate(scorer(), (x, np.array([1, 0, 1, 0, 0])), settings=ValidationSettings(threshold=0.15))
    assert shifted.accuracy == 1.0
    assert validate(scorer(probability=True), (x, np.array([1, 0, 1, 0, 0]))).task.threshold == 0.5
    assert validate(scorer(), (x, np.array([1.5, 0, 2, -2, 0.1]))).task.name == "regression"


def test_a_probability_is_one_in_every_type() -> None:
    """The threshold hangs on what the output is of, not on the type that holds it."""
    x, y = np.array([[1, 0], [0, 1], [2, 0], [0, 2], [0.2, 0.1]]), np.array([1, 0, 1, 0, 0])
    for dtype in ("int16", "float32"):
        for probability in (True, False):
            b = ModelBuilder("score")
            scale = 0.01 if dtype == "int16" else None
            score = b.fully_connected(
                b.input((1, 2), dtype, scale), np.array([[1.0, -1.0]], np.float32), scale=scale
            )
            b.output(b.reshape(b.logistic(score) if probability else score, (1, 1)))
            found = validate(b.build(), (x, y))
            assert (found.task.name, found.task.threshold) == (
                "binary", 0.5 if probability or dtype == "float32" else 0.0
            )  # fmt: skip


def test_every_pixel_its_class() -> None:
    b = ModelBuilder("segments")
    x = b.input((1, 4, 4, 3), scale=0.1)
    b.output(b.relu(x))
    x_real = np.random.default_rng(0).uniform(0, 3, (5, 4, 4, 3)).round(1)
    y = np.rint(x_real * 10).argmax(axis=3)
    found = validate(b.build(), (x_real, y))
    assert (found.task.name, found.task.positions) == ("classification", 16)
    assert found.accuracy == 1.0
    assert found.metrics.samples == 80


def test_tasks_that_do_not_suit() -> None:
    for model, data, task, message in (
        (zoo.load("digits"), (X, Y), "autoencoder", "gives back its input"),
        (zoo.load("digits"), (X, Y), "binary", "one output a sample"),
        (zoo.load("digits"), (X, Y), "regression", "y has shape"),
        (scorer(), (np.zeros((2, 2)), np.zeros(2, int)), "classification", "a score a class"),
        (scorer(), (np.zeros((2, 2)), np.zeros(2, int)), "nonsense", "no task 'nonsense'"),
        (autoencoder(), (np.zeros((2, 6)), np.array([0, 3])), "autoencoder", "1 for an anomaly"),
    ):
        with pytest.raises(InputError, match=message):
            validate(model, data, settings=ValidationSettings(task=task))
    assert validate(zoo.load("digits"), (X, Y), settings=ValidationSettings(task="none")).metrics is None


def test_a_float_model_in_litert_and_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = np.random.default_rng(0).normal(size=(3, 8)).astype(np.float32)
    real, coarse = ModelBuilder("real"), ModelBuilder("coarse")
    real.output(real.fully_connected(real.input((1, 8), "float32"), weights))
    coarse.output(coarse.fully_connected(coarse.input((1, 8), scale=0.5), weights, scale=0.5))
    x = np.random.default_rng(1).normal(size=(200, 8)).astype(np.float32)
    y = (x @ weights.T).argmax(axis=1)
    (tmp_path / "real.tflite").write_bytes(real.build())
    settings = ValidationSettings(float_model=tmp_path / "real.tflite", layer_samples=0)
    absent = tmp_path / "absent" / "ai_edge_litert"
    absent.mkdir(parents=True)
    (absent / "__init__.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", str(absent.parent))
    own = validate(coarse.build(), (x, y), settings=settings).float_model
    assert own.source.endswith("in microinfer's float reference")
    assert own.metrics.accuracy == 1.0
    device = microinfer.Interpreter(coarse.build())
    answers = device.run_batch(device.quantize_input(x)).argmax(axis=1)
    assert own.agreement == (answers == y).mean() < 1.0
    assert sum(cost.lost for cost in own.classes) == (answers != y).sum()
    assert sum(cost.gained for cost in own.classes) == 0
    monkeypatch.undo()
    pytest.importorskip("ai_edge_litert", reason="LiteRT is an extra")
    theirs = validate(coarse.build(), (x, y), settings=settings).float_model
    assert theirs.source.endswith("in LiteRT")
    assert theirs.rmse == pytest.approx(own.rmse, rel=1e-4)
    assert theirs.classes == own.classes
    np.savez(tmp_path / "outputs.npz", outputs=x @ weights.T)
    arrays = validate(
        coarse.build(),
        (x, y),
        settings=ValidationSettings(float_model=tmp_path / "outputs.npz", layer_samples=0),
    ).float_model
    assert arrays.classes == own.classes
    assert arrays.sqnr_db == pytest.approx(own.sqnr_db, rel=1e-4)


def test_float_models_that_do_not_suit(tmp_path: Path) -> None:
    np.save(tmp_path / "few.npy", np.zeros((5, 10)))
    np.save(tmp_path / "narrow.npy", np.zeros((360, 9)))
    np.savez(tmp_path / "two.npz", a=np.zeros((360, 10)), b=np.zeros((360, 10)))
    (tmp_path / "int8.tflite").write_bytes(zoo.load("digits"))
    b = ModelBuilder("other")
    b.output(b.relu(b.input((1, 9), "float32")))
    (tmp_path / "other.tflite").write_bytes(b.build())
    (tmp_path / "none.tflite").write_bytes(b"hello")
    for name, message in {
        "few.npy": "outputs of 5 samples, the data have 360",
        "narrow.npy": "expected real numbers",
        "two.npz": "holds a, b",
        "int8.tflite": "one float32 input",
        "other.tflite": "its input has shape",
        "none.tflite": "not a TensorFlow Lite file",
    }.items():
        with pytest.raises(InputError, match=message):
            validate(zoo.load("digits"), settings=ValidationSettings(float_model=tmp_path / name))


def test_what_is_done_can_be_taken_up_again(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    interpreter = microinfer.Interpreter(zoo.load("digits"))
    whole = Validator(interpreter)
    list(whole.run())

    class PowerError(Exception):
        pass

    def failing() -> Dataset:
        dataset = from_arrays("d", "zoo digits", [X], Y)

        def blocks(start: int, size: int) -> Iterator[Any]:
            for position, block in enumerate(dataset.blocks(start, 50)):
                if position == 3:
                    raise PowerError
                yield block

        return Dataset("d", "zoo digits", 360, blocks)

    first = Validator(interpreter, failing())
    with pytest.raises(PowerError):
        list(first.run())
    first.save(path)
    part = first.result()
    assert (part.samples, part.total, part.complete) == (150, 360, False)
    again = Validator(interpreter)
    again.resume(path)
    assert list(again.run())[-1] == 360
    result = again.result()
    assert result.resumed == 150
    assert result.metrics == whole.result().metrics
    other = Validator(interpreter, (X, Y))
    with pytest.raises(InputError, match="of another run, data differ"):
        other.resume(path)
    with pytest.raises(InputError, match="nothing to resume"):
        other.resume(tmp_path / "absent.npz")
    path.write_bytes(b"hello")
    with pytest.raises(InputError, match="not the state of an interrupted run"):
        again.resume(path)
    with pytest.raises(InputError, match="cannot be resumed"):
        Validator(interpreter, settings=ValidationSettings(keep_state=True)).resume(path)
    with pytest.raises(InputError, match="cannot write"):
        again.save(tmp_path / "no" / "folder.npz")


def test_limits_are_complete() -> None:
    validator = Validator(microinfer.Interpreter(zoo.load("digits")), settings=ValidationSettings(limit=7))
    assert list(validator.run()) == [7]
    assert (validator.result().samples, validator.result().complete, validator.total) == (7, True, 7)
