"""A copy of the package that can be added to, and what is answered out of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import microinfer

__all__ = ["answer", "package_copy", "typed"]


def package_copy(folder: Path) -> Path:
    """`folder`, with the package in it."""
    source = Path(microinfer.__file__).parent
    shutil.copytree(source, folder / "microinfer", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("kernels", "profiles"):
        if not (folder / "microinfer" / name).exists():
            shutil.copytree(Path(sys.modules[f"microinfer.{name}"].__path__[0]), folder / "microinfer" / name)
    return folder


def answer(tree: Path, code: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=tree, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def typed(tree: Path, *words: str) -> str:
    return answer(tree, f"from microinfer.cli import main; main({list(words)!r})")
