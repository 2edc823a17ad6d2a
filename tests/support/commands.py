"""The command line, called as a user calls it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from microinfer.cli import main

__all__ = ["call", "error_of", "json_of", "spawn"]


def call(*arguments: str | Path, stdin: str | bytes | None = None) -> Result:
    """In this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=stdin)


def spawn(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own, with more in its environment."""
    return subprocess.run(
        [sys.executable, "-m", "microinfer", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=120,
        check=False,
    )


def json_of(*arguments: str | Path, code: int = 0) -> dict[str, Any]:
    """What a command prints with --json."""
    result = call(*arguments, "--json")
    assert result.exit_code == code, result.output
    content: dict[str, Any] = json.loads(result.stdout)
    return content


def error_of(*arguments: str | Path) -> str:
    """The one line that a mistake of the user's gets."""
    result = call(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("microinfer: ")
    return lines[0]
