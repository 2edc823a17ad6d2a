"""The tutorials' training runs as their pages show it where what it imports is installed; their C++ compiles.

All other commands of these pages are run by test_docs, on the files that the training wrote."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from microinfer.exports import tflm

from support.documents import MADE, blocks
from support.tflm_stub import write_stub

ROOT = Path(__file__).resolve().parents[2]
PAGES = {"tutorial-from-keras.md": "tensorflow", "tutorial-from-pytorch.md": "litert_torch"}


@cache
def python_with(package: str) -> str | None:
    """An interpreter that has it: this one, or of those that MICROINFER_TRAINING names."""
    named = os.environ.get("MICROINFER_TRAINING", "").split(os.pathsep)
    for python in [sys.executable, *filter(None, named)]:
        looked = f"import importlib.util as u, sys; sys.exit(u.find_spec({package!r}) is None)"
        if subprocess.run([python, "-c", looked], check=False).returncode == 0:
            return python
    return None


@pytest.mark.parametrize("page", PAGES)
def test_the_training_writes_what_the_page_goes_on_with(page: str) -> None:
    python = python_with(PAGES[page])
    if python is None:
        pytest.skip(f"{PAGES[page]} is not installed; MICROINFER_TRAINING names an interpreter that has it")
    done = subprocess.run(
        [sys.executable, str(ROOT / "training" / "tutorials.py"), page, python],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler")
def test_the_firmware_compiles(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "tutorial-from-keras.md").read_text(encoding="utf-8")
    (block,) = [block for block in blocks(page) if block.language == "cpp"]
    tflm.export((MADE / "train_keras" / "gestures.tflite").read_bytes(), tmp_path / "gesture", name="gesture")
    source = tmp_path / block.file
    source.write_text(block.text, encoding="utf-8")
    stub = write_stub(tmp_path / "stub")
    command = ["g++", "-std=c++17", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-isystem", str(stub)]
    done = subprocess.run([*command, str(source)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
