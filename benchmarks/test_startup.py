"""Commands in processes of their own, and the limits that the project has set itself.

pytest -n 0 benchmarks/test_startup.py

The limits are held against what the processor was busy for, since other work only adds to the clock.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import startup
from microinfer import zoo

COMMANDS = {
    "python": ["-c", "pass"],
    "import numpy": ["-c", "import numpy"],
    "import microinfer": ["-c", "import microinfer"],
    "import tflite-micro": ["-c", "from tflite_micro.python.tflite_micro import runtime"],
    "import LiteRT": ["-c", "from ai_edge_litert.interpreter import Interpreter"],
    "microinfer plan": ["-m", "microinfer", "plan", "MODEL"],
    "microinfer check": ["-m", "microinfer", "check", "MODEL"],
    "microinfer run": ["-m", "microinfer", "run", "MODEL"],
}


@pytest.mark.benchmark(group="start-up", min_rounds=5, max_time=1)
@pytest.mark.parametrize("command", COMMANDS)
def test_command(benchmark: Any, command: str, tmp_path: Path) -> None:
    model = tmp_path / "model.tflite"
    model.write_bytes(zoo.load("ds_cnn"))
    arguments = [sys.executable, *(str(model) if word == "MODEL" else word for word in COMMANDS[command])]
    if subprocess.run(arguments, capture_output=True).returncode:
        pytest.skip("not installed")
    benchmark(subprocess.run, arguments, check=True, capture_output=True)


def test_limits() -> None:
    found = startup.commands(3)
    slow = {name: one.busy for name, one in found.items() if one.limit is not None and one.busy > one.limit}
    assert not slow
