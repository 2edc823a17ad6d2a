"""A file is one noun: what needs more than 300 lines is two."""

from __future__ import annotations

from pathlib import Path

MOST = 300
ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("src", "kernels", "tests", "benchmarks", "examples", "docs", "profiles", "training")


def test_no_file_is_long() -> None:
    """Of the repository, wherever it stands."""
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    assert {folder for folder in FOLDERS if (ROOT / folder).is_dir()} == set(FOLDERS)
    lines = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert not {path: count for path, count in lines.items() if count > MOST}
