"""benchmarks/search_methods.py: a short run, and that the page shows what the long one printed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_short_run() -> None:
    """Where Optuna is not installed, of our own methods alone."""
    command = [sys.executable, "benchmarks/search_methods.py", "--seeds", "1", "--scores", "9"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    first, second = done.stdout.split("\n\n")
    for space in ("convolutions", "dense"):
        assert f"| {space} | random | " in first
        assert f"| {space} | evolution | " in first
        assert f"| {space} | halving | 27 | " in second


def test_the_page_shows_what_was_printed() -> None:
    page = (ROOT / "docs/search.md").read_text(encoding="utf-8")
    for part in (ROOT / "benchmarks/search_methods.txt").read_text(encoding="utf-8").strip().split("\n\n"):
        assert part in page
