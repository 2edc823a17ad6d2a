"""A sweep of what every verb takes: models, parts, libraries and releases, one or several of each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import microinfer
from microinfer import zoo
from microinfer.libraries.build import Build
from microinfer.operators.release import find_release
from microinfer.sweeps import SweepReport

SINE = zoo.load("sine")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are kept in the folder where one is."""
    monkeypatch.chdir(tmp_path)


def figures(report: SweepReport) -> list[tuple[Any, ...]]:
    rows = [one.row for one in report.best]
    return sorted(
        (row.part, row.library, row.release, row.build, row.latency_s, row.arena_bytes) for row in rows
    )


def sources() -> list[Any]:
    Path("sine.tflite").write_bytes(SINE)
    Path("a[1].tflite").write_bytes(SINE)
    return [
        "sine",
        SINE,
        bytearray(SINE),
        microinfer.load(SINE),
        "sine.tflite",
        Path("a[1].tflite"),
        "s*.tflite",
    ]


@pytest.mark.parametrize("position", range(7))
def test_a_model_is_what_every_verb_takes(position: int) -> None:
    by_name = microinfer.sweep({"models": [{"zoo": "sine"}]}, store="other.sqlite")
    assert figures(microinfer.sweep(sources()[position])) == figures(by_name)


def test_models_in_memory_are_told_apart() -> None:
    report = microinfer.sweep([SINE, zoo.load("digits")])
    assert sorted(one.model for one in report.best) == ["model 1", "model 2"]


def test_settings_are_given_by_name_or_as_they_are() -> None:
    part, release = microinfer.load_profile("cortex-m7"), find_release("2026-10")
    given = microinfer.sweep(["sine"], part, "reference", release, build=[Build("Os"), "O2"])
    named = microinfer.sweep(
        {
            "models": [{"zoo": "sine"}],
            "parts": "cortex-m7",
            "libraries": "reference",
            "releases": "2026-10",
            "builds": ["O2", "Os"],
        },
        store="other.sqlite",
    )
    assert given.wanted == 2
    assert figures(given) == figures(named)
    assert microinfer.sweep("sine", "boards").wanted == len(
        [name for name in microinfer.profile_names() if microinfer.load_profile(name).kind == "board"]
    )


def test_what_is_given_takes_the_place_of_what_a_file_says() -> None:
    Path("spec").mkdir()
    Path("spec/all.toml").write_text('models = [{ zoo = "sine" }]\nparts = "boards"\nbuilds = ["O2", "O3"]\n')
    report = microinfer.sweep("spec/all.toml", "cortex-m4", "cmsis-nn")
    assert {(row.part, row.library, row.build) for row in (one.row for one in report.best)} == {
        ("cortex-m4", "tflm-cmsis-nn", "O2"),
        ("cortex-m4", "tflm-cmsis-nn", "O3"),
    }
    assert Path("spec/all.sqlite").is_file()


def test_a_name_that_is_nothing_is_said_and_a_file_that_cannot_be_read_is_a_row() -> None:
    with pytest.raises(microinfer.InputError, match="did you mean 'sine'"):
        microinfer.sweep("sone")
    with pytest.raises(microinfer.InputError, match="key 'models'"):
        microinfer.sweep([])
    assert microinfer.sweep(["sine", "none/x.tflite"]).failed == 1
