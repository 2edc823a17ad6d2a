"""What a shell completes, asked as a shell asks, and in a real one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import BashComplete
from click.testing import CliRunner

from microinfer import zoo
from microinfer.cli import COMMANDS, main
from microinfer.libraries.library import kernel_libraries
from microinfer.parts.profile import profile_names


def completed(*words: str) -> list[str]:
    asked = BashComplete(main, {}, "microinfer", "_MICROINFER_COMPLETE")
    *before, incomplete = words
    return [
        item.value if item.type == "plain" else item.type
        for item in asked.get_completions(before, incomplete)
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("digits_mine.tflite", "other.tflite", "notes.txt", "nucleo-mine.toml"):
        (tmp_path / name).write_text("")
    (tmp_path / "models").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "command", ["run", "check", "plan", "compare", "report", "export", "battery", "validate", "calibrate"]
)
def test_models(command: str, folder: Path) -> None:
    digits = [name for name in zoo.names() if name.startswith("dig")]
    assert completed(command, "dig") == [*digits, "digits_mine.tflite"]
    assert completed(command, "") == [
        *zoo.names(),
        *zoo.further(),
        "digits_mine.tflite",
        "models/",
        "other.tflite",
    ]
    assert completed(command, "oth") == ["file"]
    assert completed(command, "models/d") == ["file"]


@pytest.mark.parametrize(
    "command", ["run", "check", "plan", "compare", "report", "export", "battery", "bench"]
)
def test_parts_and_libraries(command: str, folder: Path) -> None:
    boards = [name for name in profile_names() if name.startswith("nucleo-")]
    assert completed(command, "-p", "nucleo-") == [*boards, "nucleo-mine.toml"]
    assert completed(command, "--profile", "./nuc") == ["file"]
    libraries = [value.name for value in kernel_libraries() if value.name.startswith("tflm-")]
    assert completed(command, "--library", "tflm-") == libraries


def test_operators_the_zoo_and_commands(folder: Path) -> None:
    assert completed("ops", "conv") == ["CONV_2D"]
    assert completed("zoo", "export", "sin") == ["sine", "sine_float"]
    assert completed("zoo", "sin") == ["sine", "sine_float"]
    assert "arduino-uno" in completed("profiles", "ard")
    assert completed("profiles", "show", "arduino-u") == ["arduino-uno"]
    assert completed("calib") == ["calibrate"]
    assert "--max-arena" in completed("check", "--max-")
    assert set(completed("check", "--format", "")) >= {"json", "sarif", "github"}


def test_rules_and_lists_with_commas(folder: Path) -> None:
    assert completed("check", "--explain", "hyb") == ["hybrid-operator"]
    assert completed("check", "--explain", "al") == ["all"]
    assert completed("check", "--disable", "hyb") == ["hybrid-operator"]
    assert completed("check", "--disable", "hybrid-operator,resolver-l") == [
        "hybrid-operator,resolver-lacks-operator"
    ]
    assert completed("check", "--disable", "hybrid-operator,hyb") == []
    assert completed("check", "--resolver", "soft") == ["SOFTMAX"]
    assert completed("check", "--resolver", "CONV_2D,soft") == ["CONV_2D,SOFTMAX"]
    assert completed("check", "--resolver", "6") == []


@pytest.mark.skipif(shutil.which("bash") is None or os.name == "nt", reason="bash's own")
def test_in_bash(folder: Path) -> None:
    """As docs/complete-in-the-shell.md sets it up."""
    commands = """
        eval "$(_MICROINFER_COMPLETE=bash_source microinfer)"
        COMP_WORDS=(microinfer check -p nucleo-l4r); COMP_CWORD=3; _microinfer_completion microinfer
        echo "${COMPREPLY[@]}"
    """
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    made = subprocess.run(
        ["bash", "--norc", "-c", commands],
        capture_output=True, text=True, timeout=120, check=False, env={**os.environ, "PATH": path},
    )  # fmt: skip
    assert made.stdout.split() == ["nucleo-l4r5zi"], made.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(shell: str) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "microinfer"],
        capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "_MICROINFER_COMPLETE": f"{shell}_source"},
    )  # fmt: skip
    assert "_MICROINFER_COMPLETE" in made.stdout or made.returncode, made.stderr


def test_the_help_names_every_kernel_library() -> None:
    """Whatever command takes one, each as a word that can be copied."""
    asking = 0
    for name in COMMANDS:
        words = re.findall(r"[\w-]+", CliRunner().invoke(main, [name, "--help"]).output)
        if "--library" in words:
            asking += 1
            assert not [one.name for one in kernel_libraries() if one.name not in words]
    assert asking > 8


@pytest.mark.parametrize("columns", ["55", "80", "100"])
def test_no_help_breaks_a_word_at_its_hyphen(columns: str) -> None:
    asked = [[], *([name] for name in COMMANDS), ["zoo", "export"], ["profiles", "show"]]
    for words in asked:
        told = CliRunner().invoke(main, [*words, "--help"], env={"COLUMNS": columns}).output
        assert "Options:" in told
        assert not re.search(r"\w-$|\N{NON-BREAKING HYPHEN}", told, re.MULTILINE), told
