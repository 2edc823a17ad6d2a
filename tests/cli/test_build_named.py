"""Every screen with a time, flash or memory of a device names the kernel library and how it is compiled."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.commands import call


@pytest.mark.parametrize(
    "command",
    [
        ("run", "sine"),
        ("check", "sine"),
        ("plan", "sine"),
        ("plan", "sine", "digits"),
        ("validate", "sine"),
        ("battery", "sine", "-p", "giga-r1"),
        ("compare", "sine", "-p", "giga-r1"),
        ("compare", "sine", "digits", "-p", "giga-r1"),
        ("faults", "sine", "--runs", "2"),
        ("bench", "-p", "giga-r1", "--library", "arduino", "--kernel", "softmax", "--modelled-only"),
        ("trace", "sine", "-o", "trace.json"),
    ],
)
def test_names_library_and_build(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = call(*command)
    assert result.exit_code == 0, result.output
    said = " ".join(result.stdout.split())
    arduino = "giga-r1" in command
    assert ("at -Os release" if arduino else "at -O2 release") in said
    assert ("arduino" if arduino else "tflm-cmsis-nn") in said
