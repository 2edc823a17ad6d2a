"""Several models at once: patterns, files that are missing or broken, names that are the same."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from microinfer import zoo
from microinfer.cli.model_names import model_names

from support.check_models import sound
from support.commands import call, error_of, json_of

UNO, NUCLEO = ("-p", "arduino-uno"), ("-p", "nucleo-l4r5zi")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, data in {
        "a.tflite": sound(),
        "models/kws/a.tflite": zoo.load("ds_cnn"),
        "models/b.tflite": zoo.load("sine"),
        "models/cut.tflite": sound()[:400],
        "models/[x].tflite": sound(),
        "models/folder.tflite/c.tflite": sound(),
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_patterns() -> None:
    assert model_names(["models/b*.tflite", "digits"]) == ("models/b.tflite", "digits")
    assert model_names(["**/a.tflite", "a.tflite"]) == ("a.tflite", "models/kws/a.tflite")
    assert model_names(["none*.tflite"]) == ("none*.tflite",)
    assert model_names(["models/[x].tflite"]) == ("models/[x].tflite",)
    found = model_names(["models/*.tflite"])
    assert found == ("models/[x].tflite", "models/b.tflite", "models/cut.tflite")


def test_a_verdict_a_model_and_part_and_the_worst_code() -> None:
    checks = json_of("check", "models/**/*.tflite", "gone.tflite", *UNO, *NUCLEO, code=2)["checks"]
    found = {(each["model"]["path"], each["profile"]["name"]): each["verdict"] for each in checks}
    boards = ("arduino-uno", "nucleo-l4r5zi")
    assert set(found.values()) == {"yes", "no", "unreadable"}
    for board in boards:
        assert found[("models/b.tflite", board)] == "yes"
        assert found[("models/cut.tflite", board)] == found[("gone.tflite", board)] == "unreadable"
    assert [found[("models/kws/a.tflite", board)] for board in boards] == ["no", "yes"]
    assert call("check", "models/b*.tflite", "models/kws/*.tflite", *UNO).exit_code == 1
    assert call("check", "models/b*.tflite", "models/kws/*.tflite", *NUCLEO).exit_code == 0


def test_models_of_one_name_are_told_apart() -> None:
    text = call("check", "**/a.tflite", *UNO).stdout
    assert "a.tflite             arduino-uno" in text
    assert "models/kws/a.tflite  arduino-uno" in text
    assert "== models/kws/a.tflite" in text
    suites = ElementTree.fromstring(call("check", "**/a.tflite", *UNO, "--format", "junit").stdout)
    assert len({suite.get("name") for suite in suites}) == 2


@pytest.mark.parametrize("form", ["text", "json", "markdown", "junit", "sarif", "github"])
def test_a_missing_file_is_told_among_others(form: str) -> None:
    result = call("check", "a.tflite", "gone.tflite", "x*.tflite", "--format", form)
    assert result.exit_code == 2
    assert not result.stderr
    for said in ("missing-model", "gone.tflite", "x*.tflite" if form != "markdown" else "x\\*.tflite"):
        assert said in result.stdout


def test_one_that_is_missing_alone_is_a_mistake() -> None:
    assert "no file matches 'x*.tflite'" in error_of("check", "x*.tflite")
    assert "no file 'gone.tflite'" in error_of("check", "gone.tflite")
    assert "missing-model" in call("check", "--explain", "missing-model").stdout


def test_patterns_of_a_settings_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "microinfer.toml").write_text('[check]\nmodels = ["models/b*.tflite", "*.tflite"]\n')
    monkeypatch.chdir(folder / "models")
    checks = json_of("check")["checks"]
    assert [Path(each["model"]["path"]) for each in checks] == [
        folder / "models/b.tflite",
        folder / "a.tflite",
    ]


def test_comparing_many() -> None:
    names = ("**/a.tflite", "models/b.tflite", "models/cut.tflite", "gone.tflite")
    found = json_of("compare", *names, *UNO, *NUCLEO, code=2)["models"]
    assert [each["verdict"] for each in found] == ["yes", "yes", "yes", "unreadable", "unreadable"]
    assert [len(each["rows"]) for each in found] == [2, 2, 2, 0, 0]
    assert [bool(each["error"]) for each in found] == [False, False, False, True, True]
    assert [each["name"] for each in found][:2] == ["a.tflite", "models/kws/a.tflite"]
    alone = json_of("compare", "models/kws/a.tflite", *UNO, *NUCLEO)["rows"]
    assert found[1]["rows"] == alone
    assert call("compare", *names[:2], *UNO).exit_code == 1
    assert call("compare", *names[:2], *UNO, *NUCLEO).exit_code == 0


def test_two_are_an_old_and_a_new_one_unless_each_is_asked_for() -> None:
    assert json_of("compare", "**/a.tflite", *NUCLEO)["schema"] == "microinfer.change/1"
    assert json_of("compare", "**/a.tflite", "--each", *NUCLEO)["schema"] == "microinfer.compare-models/1"
    assert json_of("compare", "models/b*", "--each", *NUCLEO)["models"][0]["name"] == "b"
    assert "--data" in error_of("compare", "digits", "sine", "--each", "--data", "x.npz")
    assert "take one model" in error_of("compare", "digits", "sine", "--each", "--svg", "x.svg")


def test_names_stay_whole_on_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    parts = ("-p", "arduino-nano-33-ble", "-p", "stm32f746-discovery")
    for models in (("digits",), ("digits", "sine", "ds_cnn"), ("digits", "gone.tflite", "--each")):
        text = call("compare", *models, *parts).stdout
        assert max(map(len, text.splitlines())) < 80
        for name in ("arduino-nano-33-ble", "stm32f746-discovery", "digits", "cmsis-nn"):
            assert name in text
        assert re.search(r"\(\d\.\d\d-\d\.\d\d\)\*", text)


def test_every_board_is_told_by_its_time() -> None:
    rows = json_of("compare", "digits")["rows"]
    told = [line.split()[0] for line in call("compare", "digits").stdout.splitlines() if " KB  " in line]
    assert told == [row["profile"] for row in sorted(rows, key=lambda row: row["ms"]["typical"])]
