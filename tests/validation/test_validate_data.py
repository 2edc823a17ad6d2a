"""Datasets as people have them: whole, broken, empty, misshapen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microinfer
from microinfer import InputError, ModelBuilder, load, zoo
from microinfer.validation import ValidationSettings, Validator, validate
from microinfer.validation.conforming import Fitter
from microinfer.validation.csv_samples import read_table

from support.digits_data import ACCURACY, REAL, X, Y, accuracy


def table(path: Path, rows: Any, head: str = "") -> str:
    lines = [",".join(map(str, row)) for row in rows]
    path.write_text("\n".join(([head] if head else []) + lines) + "\n")
    return str(path)


def test_npz_by_the_usual_names(tmp_path: Path) -> None:
    for x, y in (("x", "y"), ("X_test", "y_test"), ("images", "labels"), ("arr_0", "arr_1")):
        np.savez(tmp_path / "d.npz", **{x: REAL, y: Y})
        assert accuracy(str(tmp_path / "d.npz")) == ACCURACY
    np.savez(tmp_path / "d.npz", foo=REAL, bar=Y)
    assert accuracy(str(tmp_path / "d.npz"), x="foo", y="bar") == ACCURACY
    with pytest.raises(
        InputError,
        match=r"holds foo, bar; expected .* or as x; or name the samples and the answers with --x and --y",
    ):
        accuracy(str(tmp_path / "d.npz"))
    with pytest.raises(InputError, match="no array 'baz' for x; it holds foo, bar"):
        accuracy(str(tmp_path / "d.npz"), x="baz")


def test_answers_to_something_else_are_left_alone_where_nothing_is_measured(tmp_path: Path) -> None:
    """As of a stream, whose answers are those of phrases in it."""
    np.savez(tmp_path / "stream.npz", x=X[:6], y=Y[:4])
    with pytest.raises(InputError, match=r"6 samples of x and 4 of y.*--task none looks at no answers"):
        validate(zoo.load("digits"), tmp_path / "stream.npz")
    settings = ValidationSettings(task="none", layer_samples=0)
    assert validate(zoo.load("digits"), tmp_path / "stream.npz", settings=settings).samples == 6
    with pytest.raises(InputError, match="4 of y"):
        validate(zoo.load("digits"), tmp_path / "stream.npz", settings=ValidationSettings(task="none", y="y"))


def test_npy_pairs(tmp_path: Path) -> None:
    np.save(tmp_path / "x_test.npy", REAL)
    np.save(tmp_path / "y_test.npy", Y)
    np.save(tmp_path / "other.npy", Y)
    assert accuracy(str(tmp_path / "x_test.npy")) == ACCURACY
    assert accuracy(str(tmp_path / "x_test.npy"), y=str(tmp_path / "other.npy")) == ACCURACY
    with pytest.raises(InputError, match="no such file"):
        accuracy(str(tmp_path / "x_test.npy"), y="nowhere.npy")


@pytest.mark.parametrize("head", [True, False])
def test_csv(tmp_path: Path, head: bool) -> None:
    flat = REAL.reshape(360, -1)
    named = ",".join([*(f"pixel{i}" for i in range(64)), "label"])
    path = table(tmp_path / "d.csv", np.column_stack([flat, Y]), named if head else "")
    assert accuracy(path) == ACCURACY
    first = ",".join(["label", *map(str, range(64))])
    assert accuracy(table(tmp_path / "e.csv", np.column_stack([Y, flat]), first)) == ACCURACY
    assert accuracy(table(tmp_path / "f.csv", np.column_stack([Y, flat])), y="0") == ACCURACY


def test_csv_faults_have_a_line(tmp_path: Path) -> None:
    rows: list[list[Any]] = np.column_stack([REAL.reshape(360, -1), Y]).tolist()
    rows[3][5] = "oops"
    with pytest.raises(InputError, match=r"line 4, column 6: 'oops' is no number"):
        accuracy(table(tmp_path / "d.csv", rows))
    rows[3] = rows[3][:-1]
    with pytest.raises(InputError, match=r"line 4 has 64 columns, expected 65"):
        accuracy(table(tmp_path / "d.csv", rows))
    with pytest.raises(InputError, match=r"63 columns of numbers a line, expected 64"):
        accuracy(table(tmp_path / "d.csv", [row[:63] for row in rows[:3]]))
    with pytest.raises(InputError, match="no samples"):
        accuracy(table(tmp_path / "d.csv", []))
    (tmp_path / "d.csv").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(InputError, match="not a table of text"):
        accuracy(str(tmp_path / "d.csv"))


def test_shapes_that_differ_by_ones_or_are_flat() -> None:
    for x in (REAL[..., 0], REAL.reshape(360, 64), REAL[:, np.newaxis], REAL):
        assert accuracy((x, Y)) == ACCURACY
    for x in (REAL[:, :7], REAL.reshape(360, 4, 16), REAL[0]):
        with pytest.raises(InputError, match=r"got samples of shape|equal numbers"):
            accuracy((x, Y))


def test_answers_as_classes_words_and_rows() -> None:
    assert accuracy((REAL, Y[:, np.newaxis])) == ACCURACY
    assert accuracy((REAL, np.eye(10)[Y])) == ACCURACY
    assert accuracy((REAL, Y.astype(np.float64))) == ACCURACY
    names = np.array(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
    assert accuracy((REAL, names[Y]), labels=tuple(names)) == ACCURACY
    found = validate(zoo.load("digits"), (REAL, np.char.add("d", Y.astype(str))))
    assert found.labels[3] == "d3"
    assert found.accuracy == ACCURACY
    with pytest.raises(InputError, match="class 'nine' is none of"):
        accuracy((REAL, names[Y]), labels=tuple(names[:-1]))


def test_wrong_answers_name_the_sample() -> None:
    with pytest.raises(InputError, match=r"sample 7: class 12, expected a whole number from 0 to 9"):
        accuracy((REAL, np.where(np.arange(360) == 7, 12, Y)))
    with pytest.raises(InputError, match="sample 7: y is not finite"):
        accuracy((REAL, np.where(np.arange(360) == 7, np.nan, Y)))
    with pytest.raises(InputError, match="360 samples of x and 5 of y"):
        accuracy((REAL, Y[:5]))
    with pytest.raises(InputError, match="y has shape"):
        accuracy((REAL, np.zeros((360, 4), int)), task="classification")
    with pytest.raises(InputError, match="needs answers"):
        accuracy((REAL, None), task="classification")


def test_wrong_samples_name_the_sample() -> None:
    bad = REAL.copy()
    bad[5, 3, 3] = np.nan
    with pytest.raises(InputError, match="sample 5 has values that are not finite"):
        accuracy((bad, Y))
    with pytest.raises(InputError, match="no samples"):
        accuracy((REAL[:0], Y[:0]))
    with pytest.raises(InputError, match="complex128, expected numbers"):
        accuracy((REAL.astype(complex), Y))
    with pytest.raises(InputError, match="sample 0 has"):
        accuracy((REAL, Y), stored=True)


def test_numbers_of_another_type_are_real_unless_stored() -> None:
    whole = X.astype(np.int64)
    found = validate(zoo.load("digits"), (whole, Y), settings=ValidationSettings(layer_samples=0))
    assert found.accuracy < ACCURACY
    assert found.clipped > 0.5
    assert "--stored" in found.warnings[0]
    assert accuracy((whole, Y), stored=True) == ACCURACY
    assert accuracy((X, Y)) == ACCURACY


def test_real_numbers_round_halves_away_from_zero_and_nothing_less() -> None:
    """0.249999985 / 0.5 is 0.49999997 in float32, which rounds to 0, though adding 0.5 there gives 1."""
    builder = ModelBuilder("half")
    builder.output(builder.relu(builder.input((1, 4), scale=0.5, zero_point=3)))
    tensor = load(builder.build()).subgraphs[0].tensors[0]
    stored, _ = Fitter(tensor)(np.array([[-0.25, 0.249999985, 0.25, 1e9]], np.float32), 0)
    np.testing.assert_array_equal(stored, [[2, 3, 4, 127]])


def test_bytes_of_images_by_the_range_of_the_input() -> None:
    grey = np.rint(REAL * 255).astype(np.uint8)
    found = validate(zoo.load("digits"), (grey, Y), settings=ValidationSettings(layer_samples=0))
    assert found.accuracy == ACCURACY
    assert found.inputs[0].startswith("bytes 0 to 255 as 0 to 1, quantised with the input's scale 0.0039")
    assert accuracy((grey, Y), pixels=(0.0, 1.0)) == ACCURACY
    b = ModelBuilder("odd")
    b.output(b.relu(b.input((1, 2, 2, 1), scale=0.0137, zero_point=4)))
    with pytest.raises(InputError, match="--pixels LOW:HIGH"):
        validate(b.build(), (np.zeros((3, 2, 2, 1), np.uint8), None))


def test_files_that_are_none(tmp_path: Path) -> None:
    for name, content in (("a.npz", b"hello"), ("b.npy", b""), ("c.npz", b"PK\x03\x04broken")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=r"not a .npy or .npz file of numbers"):
            accuracy(str(tmp_path / name))
    np.savez(tmp_path / "d.npz", x=np.array([None, 1], object))
    with pytest.raises(InputError, match=r"not a .npy or .npz file of numbers"):
        accuracy(str(tmp_path / "d.npz"))
    np.savez(tmp_path / "e.npz")
    with pytest.raises(InputError, match="holds nothing"):
        accuracy(str(tmp_path / "e.npz"))
    with pytest.raises(InputError, match="no such file or folder"):
        accuracy(str(tmp_path / "f.npz"))
    (tmp_path / "g.txt").touch()
    with pytest.raises(InputError, match=r"expected .npz, .npy or .csv, not .txt"):
        accuracy(str(tmp_path / "g.txt"))
    with pytest.raises(InputError, match="no images and no WAV files"):
        accuracy(str(tmp_path))
    with pytest.raises(InputError, match="no data"):
        validate(_scalar_model())


def _scalar_model() -> bytes:
    b = ModelBuilder("scalar")
    b.output(b.relu(b.input((1, 1), scale=0.1)))
    return b.build()


def test_several_inputs() -> None:
    b = ModelBuilder("two")
    first, second = b.input((1, 3), scale=0.1, name="first"), b.input((1, 3), scale=0.1, name="second")
    b.output(b.sub(first, second, scale=0.1))
    model = b.build()
    generator = np.random.default_rng(0)
    x1, x2 = generator.integers(-20, 20, (2, 30, 3)).astype(np.float64) / 10
    y = (x1 - x2).argmax(axis=1)
    assert validate(model, ([x1, x2], y)).accuracy == 1.0
    assert validate(model, ([x1, x2], x1 - x2)).task.name == "regression"


def test_the_validator_needs_samples() -> None:
    validator = Validator(microinfer.Interpreter(zoo.load("digits")))
    with pytest.raises(InputError, match="no sample was run"):
        validator.result()
    with pytest.raises(InputError, match="no output 'nothing'"):
        Validator(microinfer.Interpreter(zoo.load("digits")), settings=ValidationSettings(output="nothing"))
    with pytest.raises(InputError, match="data is a int"):
        Validator(microinfer.Interpreter(zoo.load("digits")), 3)


def test_an_input_of_real_numbers() -> None:
    b = ModelBuilder("reals")
    x = b.input((1, 2, 2, 1), "float32")
    b.output(b.relu(b.quantize(x, scale=1 / 255, zero_point=-128)))
    grey = np.random.default_rng(0).integers(0, 256, (9, 2, 2, 1), np.uint8)
    settings = ValidationSettings(pixels=(0.0, 1.0), task="autoencoder", layer_samples=0)
    found = validate(b.build(), (grey, None), settings=settings)
    assert found.inputs == ("bytes 0 to 255 as 0 to 1",)
    assert found.metrics.rmse < 1e-6
    assert validate(b.build(), (grey / 255.0, None)).inputs == ("taken as float32",)


@pytest.mark.parametrize("answers", [["9" * 23, "-5"], ["3", "9" * 5000], ["9223372036854775808", "1"]])
def test_csv_answers_beyond_64_bits(tmp_path: Path, answers: list[str]) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join(f"1,2,{answer}" for answer in answers))
    with pytest.raises(InputError, match=r"line [12]: the answer \d+ in column 3 takes more than 64 bits"):
        read_table(path, 2, None, None)


def test_csv_answers_that_are_words_after_a_long_number(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"1,2,{'9' * 23}\n1,2,cat\n")
    _, _, answers = read_table(path, 2, None, None)
    assert answers is not None
    assert answers.tolist() == ["9" * 23, "cat"]
