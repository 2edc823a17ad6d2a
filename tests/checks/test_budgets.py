"""Budgets by model and board in a settings file: which one holds, and what is said of a mistake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import microinfer
from microinfer import zoo
from microinfer.checks.settings import load_settings
from microinfer.errors import InputError
from microinfer.parts.profile import load_profile

from support.commands import call, error_of, json_of

BUDGETS = """
[check]
max-latency = "1s"
max-arena = "100k"

[budgets."*"."arduino-uno"]
max-latency = "40ms"

[budgets."kws*.tflite"]
max-arena = "30k"

[budgets."kws*.tflite"."nucleo-*"]
max-latency = "200ms"

[budgets."kws*.tflite"."nucleo-l4*"]
max-latency = "110ms"
max-energy = "6mJ"

[budgets."kws_2.tflite"."*"]
max-latency = "90ms"

[budgets."quiet/*"]
max-stack = 1234
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "microinfer.toml").write_text(BUDGETS)
    (tmp_path / "quiet").mkdir()
    for name in ("kws_1", "kws_2", "quiet/kws_3"):
        (tmp_path / f"{name}.tflite").write_bytes(zoo.load("ds_cnn"))
    (tmp_path / "tiny.tflite").write_bytes(zoo.load("digits"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


UNO, L4, H7, M4 = "arduino-uno", "nucleo-l4r5zi", "nucleo-h7a3zi-q", "cortex-m4"


@pytest.mark.parametrize(
    ("model", "board", "latency", "arena", "energy", "stack"),
    [
        ("tiny", UNO, 0.04, 100 << 10, None, None),
        ("tiny", L4, 1.0, 100 << 10, None, None),
        ("kws_1", UNO, 0.04, 30 << 10, None, None),
        ("kws_1", L4, 0.11, 30 << 10, 6e-3, None),
        ("kws_1", H7, 0.2, 30 << 10, None, None),
        ("kws_2", L4, 0.09, 30 << 10, 6e-3, None),
        ("kws_2", UNO, 0.09, 30 << 10, None, None),
        ("quiet/kws_3", M4, 1.0, 30 << 10, None, 1234),
    ],
)
def test_the_closest_holds(
    model: str, board: str, latency: float, arena: int, energy: float | None, stack: int | None, folder: Path
) -> None:
    settings = load_settings(folder / "microinfer.toml")
    name = Path(model).name
    for path in (f"{model}.tflite", str(folder / f"{model}.tflite")):
        found = settings.limits_on(name, path, load_profile(board))
        assert (found.latency_s, found.arena_bytes, found.energy_j, found.stack_bytes) == (
            pytest.approx(latency),
            arena,
            energy if energy is None else pytest.approx(energy),
            stack,
        )


def limits(document: dict[str, Any]) -> dict[tuple[str, str], float | None]:
    return {
        (each["model"]["name"], each["profile"]["name"]): next(
            one["limit"] for one in each["measures"] if one["name"] == "latency"
        )
        for each in document["checks"]
    }


def test_the_command_and_the_verb_hold_them() -> None:
    found = limits(json_of("check", "tiny.tflite", "kws_1.tflite", "-p", UNO, "-p", L4, code=1))
    assert found == {
        ("tiny", UNO): 0.04,
        ("tiny", L4): 1.0,
        ("kws_1", UNO): 0.04,
        ("kws_1", L4): pytest.approx(0.11),
    }
    report = microinfer.check("kws_1.tflite", L4)
    assert {one.name: one.limit for one in report.measures}["latency"] == pytest.approx(0.11)
    given = limits(json_of("check", "tiny.tflite", "-p", UNO, "-p", L4, "--max-latency", "2s"))
    assert set(given.values()) == {2.0}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[budgets."*"]\nmax-latncy = "1s"',
            "key 'budgets.\"*\".max-latncy': unknown (did you mean 'max-latency'?",
        ),
        ('[budgets."*"."nucleo-*"]\nmax_arena = 3', "(did you mean 'max-arena'?)"),
        ('[budgets."*"."nucleo-*"]\nmax-latency = 3', 'such as "50ms"'),
        ('[budgets."*"]\nmax-arena = "3 s"', 'budgets."*".max-arena'),
        ('[budgets]\nmax-latency = "1s"', "the name of a model, or a pattern"),
        ("budgets = 3", "expected a table a model"),
        ('[budgets."*"."arduino-unoo"]\nmax-latency = "1s"', "(did you mean 'arduino-uno'"),
        ('[budgets."tiy.tflite"]\nmax-latency = "1s"', "no model 'tiy.tflite' (did you mean 'tiny.tflite'"),
        ('[budgets."kws_4"."pico"]\nmax-latency = "1s"', "did you mean 'kws_"),
        ('[budget."*"]\nmax-latency = "1s"', "(did you mean 'budgets'?)"),
    ],
)
def test_mistakes_are_named(text: str, said: str, folder: Path) -> None:
    (folder / "microinfer.toml").write_text(text)
    assert said in error_of("check", "tiny.tflite")
    with pytest.raises(InputError):
        microinfer.check("tiny.tflite")


def test_a_board_of_ones_own(folder: Path) -> None:
    (folder / "mine.toml").write_text('extends = "arduino-uno"\ntitle = "Mine"\n')
    (folder / "microinfer.toml").write_text('[budgets."*"."mine"]\nmax-latency = "1ms"')
    assert call("check", "tiny.tflite", "-p", "mine.toml").exit_code == 1
    assert "such as 'min*'" in error_of("check", "tiny.tflite", "-p", "arduino-uno")
    (folder / "microinfer.toml").write_text('[budgets."*"."mine*"]\nmax-latency = "1ms"')
    assert call("check", "tiny.tflite", "-p", "arduino-uno").exit_code == 0


@pytest.mark.parametrize("name", ["tiny", "kws_1.tflite", "kws_3", "quiet/kws_3.tflite", "resnet_8", "tin?"])
def test_a_budget_of_a_model_that_is_not_checked_now(name: str, folder: Path) -> None:
    (folder / "microinfer.toml").write_text(f'[budgets."{name}"]\nmax-latency = "10s"')
    assert call("check", "tiny.tflite").exit_code == 0
    assert microinfer.check("tiny.tflite").measures


@pytest.mark.parametrize("name", ["pico", "rp2040", "Raspberry Pi Pico", "raspberry-pi-pico"])
def test_a_board_by_what_it_is_called(name: str, folder: Path) -> None:
    (folder / "microinfer.toml").write_text(f'[budgets."*"."{name}"]\nmax-latency = "1us"')
    assert call("check", "tiny.tflite", "-p", "pico").exit_code == 1
    assert call("check", "tiny.tflite", "-p", "pico-2").exit_code == 0
