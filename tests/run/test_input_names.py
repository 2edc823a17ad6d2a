"""An input has the same names in every file and every command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microinfer
from microinfer import ModelBuilder

from support.commands import call, error_of

LEFT, RIGHT = np.array([[1, -2, 3, 100]], np.int8), np.array([[5, 6, -127, 100]], np.int8)


def two_inputs() -> bytes:
    """Whose signature's names are not in the order of the graph."""
    b = ModelBuilder("two")
    x, y = b.input((1, 4), scale=0.5, name="a:0"), b.input((1, 4), scale=0.5, name="b:0")
    b.output(b.sub(x, y, scale=1.0))
    b.signature({"right": y, "left": x}, {}, "serve")
    return b.build()


def one_input() -> bytes:
    b = ModelBuilder("one")
    x = b.input((1, 4), scale=0.5, name="a:0")
    b.output(b.relu(x))
    b.signature({"left": x}, {}, "serve")
    return b.build()


TWO: tuple[tuple[Any, Any], ...] = (
    ("a:0", "b:0"),
    ("left", "right"),
    ("0", "1"),
    ("arr_0", "arr_1"),
    ("a:0", "right"),
    ("left", "arr_1"),
    ("LEFT", "Right"),
)
ONE = ("a:0", "left", "0", "arr_0", "x", "X_test", "data", "whatever")


@pytest.fixture
def models(tmp_path: Path) -> tuple[Path, Path]:
    paths = tmp_path / "one.tflite", tmp_path / "two.tflite"
    for path, data in zip(paths, (one_input(), two_inputs()), strict=True):
        path.write_bytes(data)
    return paths


def save(path: Path, arrays: dict[str, Any]) -> None:
    np.savez(path, **arrays)


def crc(model: Path, file: Path) -> str:
    return str(json.loads(call("run", model, "--input", file, "--json").stdout)["outputs"][0]["crc32"])


def held(model: Path, file: Path) -> None:
    """The commands that read samples take the file, too; of the same data they say the same."""
    found = json.loads(call("validate", model, "--data", file, "--stored", "--json").stdout)
    assert found["samples"] == 1, found
    call("diff", model, "--data", file, "--stored", "--json")
    call("export", model, "--format", "npz", "-o", file.with_suffix(""), "--input", file)


@pytest.mark.parametrize("names", TWO)
def test_two_inputs(models: tuple[Path, Path], tmp_path: Path, names: tuple[str, str]) -> None:
    _, model = models
    other, one = tmp_path / "0.npz", tmp_path / "1.npz"
    save(other, {"a:0": LEFT, "b:0": RIGHT})
    save(one, {names[1]: RIGHT, names[0]: LEFT})
    assert crc(model, one) == crc(model, other)
    held(model, one)
    batch = microinfer.Interpreter(model).run_batch({names[1]: RIGHT, names[0]: LEFT})
    np.testing.assert_array_equal(batch, microinfer.Interpreter(model).run_batch([LEFT, RIGHT]))


@pytest.mark.parametrize("name", ONE)
def test_one_input(models: tuple[Path, Path], tmp_path: Path, name: str) -> None:
    model, _ = models
    other, one = tmp_path / "0.npy", tmp_path / "1.npz"
    np.save(other, LEFT)
    save(one, {name: LEFT})
    assert crc(model, one) == crc(model, other)
    held(model, one)


def test_answers_may_lie_beside(models: tuple[Path, Path], tmp_path: Path) -> None:
    for model, arrays in zip(models, ({"x": LEFT}, {"arr_0": LEFT, "arr_1": RIGHT}), strict=True):
        save(tmp_path / "without.npz", arrays)
        save(tmp_path / "with.npz", {**arrays, "y": np.zeros(1, np.int64)})
        assert crc(model, tmp_path / "with.npz") == crc(model, tmp_path / "without.npz")
        held(model, tmp_path / "with.npz")


def test_a_dump_may_name_inputs_so(models: tuple[Path, Path], tmp_path: Path) -> None:
    for model, arrays in zip(models, ({"x": LEFT}, {"left": LEFT, "right": RIGHT}), strict=True):
        save(tmp_path / "dump.npz", arrays)
        found = json.loads(call("diff", model, "--device", tmp_path / "dump.npz", "--json").stdout)
        assert found["data"] == "the inputs in the dump"
        assert found["device"]["unknown"] == []


def test_what_is_missing_is_said_alike(models: tuple[Path, Path], tmp_path: Path) -> None:
    _, model = models
    np.savez(tmp_path / "z.npz", left=LEFT, z=RIGHT)
    ways = "expected the inputs by name (a:0, b:0), by the signature's (left, right) or by position (arr_0, "
    assert ways in error_of("run", model, "--input", tmp_path / "z.npz")
    assert ways in error_of("validate", model, "--data", tmp_path / "z.npz")
