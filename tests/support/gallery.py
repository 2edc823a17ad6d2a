"""The examples of examples/gallery: their folders, and their pages as they print them now."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from support.documents import refreshed

__all__ = ["FOLDER", "NAMES", "anew", "example_of", "write_results"]

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
