"""The examples of examples/gallery: their folders, and their pages as they print them now."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from support import oracle
from support.documents import refreshed

__all__ = ["FOLDER", "NAMES", "anew", "example_of", "on_tflm", "write_results"]

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "gallery"
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/run.py"))


def example_of(page: Path) -> str | None:
    """The example whose README it is."""
    folder = page.resolve().parent
    return folder.name if folder.parent == FOLDER and folder.name in NAMES else None


def anew(name: str, folder: Path) -> str:
    """An example's README with what its commands print now, in a copy below `folder`."""
    copy = folder / name
    shutil.copytree(FOLDER / name, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return refreshed((FOLDER / name / "README.md").read_text(encoding="utf-8"), copy)


def write_results(name: str) -> None:
    """Let the example's `run.py` write its results into its README, and its picture."""
    subprocess.run([sys.executable, str(FOLDER / name / "run.py"), "--write"], check=True)


def on_tflm(model: bytes, frames: Any) -> Any:
    """What TFLM gives, a row a frame: one runtime, invoked for every frame in turn."""
    from tflite_micro.python.tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(model, arena_size=oracle.ARENA_BYTES)
    found = []
    for frame in frames:
        interpreter.set_input(frame, 0)
        interpreter.invoke()
        found.append(np.ravel(interpreter.get_output(0)).copy())
    return np.stack(found)
