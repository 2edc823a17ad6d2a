"""What is tried for the layer that loses most, and what is said of it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from click.testing import CliRunner

import microinfer
from microinfer import InputError, ModelBuilder, zoo
from microinfer.cli import main
from microinfer.cli.schemas import schemas
from microinfer.model.read import load

X, Y = zoo.samples("digits")


def coarse() -> bytes:
    """A layer in the middle whose scale is far too small for what it makes: most of it is cut off."""
    generator = np.random.default_rng(5)
    b = ModelBuilder("coarse")
    x = b.input((1, 8), scale=0.05)
    w = generator.normal(0, 1, (16, 8)).astype(np.float32)
    h = b.fully_connected(x, w, scale=0.03)
    b.output(b.fully_connected(h, generator.normal(0, 1, (3, 16)).astype(np.float32), scale=0.3))
    return b.build()


def floats() -> bytes:
    generator = np.random.default_rng(5)
    b = ModelBuilder("coarse")
    x = b.input((1, 8), "float32")
    h = b.fully_connected(x, generator.normal(0, 1, (16, 8)).astype(np.float32))
    b.output(b.fully_connected(h, generator.normal(0, 1, (3, 16)).astype(np.float32)))
    return b.build()


def samples(count: int = 200) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(1).normal(0, 2, (count, 8)).astype(np.float32)
    interpreter = microinfer.Interpreter(floats())
    return x, interpreter.run_batch(x).reshape(count, 3).argmax(axis=1)


def test_a_layer_that_cuts_off_gains_by_a_wider_range(tmp_path: Path) -> None:
    file = tmp_path / "float.tflite"
    file.write_bytes(floats())
    found = microinfer.validate(coarse(), data=samples(), float_model=file, advise=True)
    advice = found.advice
    assert advice is not None
    assert advice.index == 0
    before, deep, wide, _ = advice.attempts
    assert (before.name, before.accuracy) == ("as it is", found.accuracy)
    assert wide.accuracy is not None
    assert deep.accuracy is not None
    assert before.accuracy is not None
    assert advice.best == max(advice.attempts[1:], key=lambda row: row.accuracy or 0.0).name
    assert wide.accuracy > before.accuracy
    assert wide.output_sqnr_db is not None
    assert before.output_sqnr_db is not None
    assert wide.output_sqnr_db > before.output_sqnr_db + 1.0


def test_what_is_kept_is_what_was_measured(tmp_path: Path) -> None:
    found = microinfer.validate("digits", "cortex-m4", advise_to=tmp_path / "tried")
    assert found.advice is not None
    kept = [row for row in found.advice.attempts if row.file is not None]
    assert [row.name for row in kept] == ["int16x8 there", "a wider range"]
    for row in kept:
        path = Path(str(row.file))
        assert load(path).size_bytes == row.file_bytes
        again = microinfer.validate(path, "cortex-m4", data=(X, Y), stored=True)
        assert again.accuracy == row.accuracy
        rows = microinfer.compare(path, "cortex-m4").rows
        assert {item.cycles for item in rows if item.library == found.library} >= {row.cycles} - {None}
    with pytest.raises(InputError, match="is there already"):
        microinfer.validate("digits", advise_to=tmp_path / "tried")


def test_without_a_known_noise_there_is_no_advice() -> None:
    b = ModelBuilder("moves")
    b.output(b.reshape(b.input((1, 4), scale=0.1), (4, 1)))
    with pytest.raises(InputError, match="none is known to lose most"):
        microinfer.validate(b.build(), data=(np.ones((3, 4)), None), advise=True)


def test_data_that_can_be_read_once_are_not_read_again() -> None:
    pairs = ((x, y) for x, y in zip(X[:40], Y[:40], strict=True))
    found = microinfer.validate("digits", data=pairs, stored=True, advise=True)
    assert found.advice is not None
    assert found.samples == 40
    assert all("only once" in row.reason for row in found.advice.attempts[1:3])


def test_the_command_prints_a_row_an_attempt(tmp_path: Path) -> None:
    run = CliRunner().invoke(main, ["validate", "digits", "--advise-to", str(tmp_path / "kept"), "--json"])
    assert run.exit_code == 0
    content = json.loads(run.stdout)
    jsonschema.validate(content, schemas()["validate"])
    assert content["advice"]["attempts"][0]["name"] == "as it is"
    assert len(list((tmp_path / "kept").iterdir())) == 2
    printed = CliRunner().invoke(main, ["validate", "digits", "--advise"], env={"COLUMNS": "80"}).stdout
    assert "What could help" in printed
    assert "not tried: its weights have a scale a channel already" in printed
    assert max(map(len, printed.splitlines())) <= 80
    refused = CliRunner().invoke(main, ["validate", "digits", "--advise-to", str(tmp_path / "kept")])
    assert refused.exit_code == 2
    assert "is there already" in refused.stderr
    assert CliRunner().invoke(main, ["validate", "digits", "--advise", "--layers", "0"]).exit_code == 2
