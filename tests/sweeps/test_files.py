"""All rows as CSV and Parquet, and the best of them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import microinfer
from microinfer.sweeps import MEASURES

from support.commands import call, error_of, json_of

SPEC = """
parts = ["cortex-m4", "arduino-uno"]
libraries = "all"
models = [{ zoo = ["digits", "sine"] }, { files = "none.tflite" }]
budgets = { latency = "5ms" }
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "spec.toml"
    path.write_text(SPEC)
    return path


def test_files_have_every_row(spec: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    places = ("--csv", tmp_path / "r.csv", "--parquet", tmp_path / "r.parquet")
    result = call("sweep", spec, *places)
    assert result.exit_code == 0, result.output
    with (tmp_path / "r.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    table = parquet.read_table(tmp_path / "r.parquet").to_pylist()
    assert len(lines) == len(table) == 3 * 4
    for line, row in zip(lines, table, strict=True):
        assert {key: "" if value is None else str(value) for key, value in row.items()} == line
    assert "is there already" in error_of("sweep", spec, *places)
    assert call("sweep", spec, *places, "--force").exit_code == 0
    printed = call("sweep", spec, "--csv", "-")
    assert printed.stdout.replace("\r", "") == (tmp_path / "r.csv").read_text().replace("\r", "")


@pytest.mark.parametrize("by", [by for by in MEASURES if by != "score"])
def test_the_best_come_first(by: str, spec: Path) -> None:
    report = microinfer.sweep(spec, by=by)
    assert [one.answer for one in report.best] == sorted(
        (one.answer for one in report.best), key=["yes", "perhaps", "cannot-tell", "no"].index
    )
    good = [getattr(one.row, MEASURES[by]) for one in report.best if one.answer == "yes"]
    known = [value for value in good if value is not None]
    assert known == sorted(known)
    assert good[: len(known)] == known


def test_the_code_says_what_was_found(spec: Path, tmp_path: Path) -> None:
    found = json_of("sweep", spec)
    assert found["answers"]["error"] == found["failed"] == 4
    assert "No such file" in next(iter(found["errors"]))
    for budget, code in (("latency = '1us'", 1), ("energy = '1J'", 3)):
        spec.write_text(
            SPEC.replace("latency = '5ms'", budget)
            .replace('latency = "5ms"', budget)
            .replace('"cortex-m4", "arduino-uno"', '"cortex-m4"')
        )
        assert call("sweep", spec).exit_code == code
    spec.write_text("models = [{ files = 'none.tflite' }]")
    assert call("sweep", spec).exit_code == 2
