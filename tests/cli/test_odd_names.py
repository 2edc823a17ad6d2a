"""Names that a file may hold, and places that take no more: a line stays one, and what is full is named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from microinfer import ModelBuilder

from support.commands import call

FULL = Path("/dev/full")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    b = ModelBuilder("odd")
    x = b.input((1, 4), "int8", 0.1, 0)
    y = b.tensor((1, 4), "int8", scale=0.1)
    b.operator("CUSTOM", [x], [y], custom_code="MY\nOWN")
    b.output(y)
    path = tmp_path / "odd.tflite"
    path.write_bytes(b.build())
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "M"),
        ("check", "M", "digits"),
        ("check", "M", "--format", "github"),
        ("check", "M", "--format", "markdown"),
        ("compare", "M", "-p", "cortex-m4"),
        ("compare", "M", "digits", "--each"),
        ("compare", "digits", "M"),
        ("plan", "M"),
        ("plan", "M", "--flash"),
        ("plan", "M", "sine"),
        ("report", "M", "-o", "page.html", "--force"),
        ("run", "M"),
    ],
    ids=" ".join,
)
def test_a_name_with_a_line_break_breaks_no_line(
    arguments: tuple[str, ...], model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = call(*(str(model) if word == "M" else word for word in arguments))
    assert result.exit_code in (2, 3), result.output
    assert "MY" in result.output
    assert not [line for line in result.output.splitlines() if line.startswith("OWN")]


@pytest.mark.skipif(not FULL.exists(), reason="Linux's own device")
@pytest.mark.parametrize(
    "command", [("plan", "digits"), ("check", "digits", "--json"), ("profiles",)], ids=" ".join
)
def test_a_full_output_is_named(command: tuple[str, ...]) -> None:
    with FULL.open("w") as full:
        made = subprocess.run(
            [sys.executable, "-m", "microinfer", *command],
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=120, check=False,
        )  # fmt: skip
    assert made.returncode == 2
    assert made.stderr == "microinfer: standard output: No space left on device\n"


def test_what_cannot_be_read_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("# No model\n")
    result = call("check", tmp_path / "notes.md")
    assert result.exit_code == 2
    assert "\nUnreadable" in result.stdout
    many = call("check", tmp_path / "notes.md", "digits")
    assert many.exit_code == 2
    assert "\nUnreadable  notes" in many.stdout
