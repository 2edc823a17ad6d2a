"""What a trace says of a model that does not fit."""

from __future__ import annotations

from pathlib import Path

from support.commands import call


def test_a_trace_says_what_does_not_fit(tmp_path: Path) -> None:
    result = call("trace", "resnet_8", "-p", "arduino-uno", "-o", tmp_path / "t.json")
    assert result.exit_code == 1
    assert "Does not fit: arena + stack: " in result.stderr
