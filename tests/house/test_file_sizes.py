"""A file is one noun: what needs more than 300 lines is two."""

from __future__ import annotations

from pathlib import Path

from support.import_graph import modules

MOST = 300
TESTS = Path(__file__).resolve().parents[1]


def test_no_file_is_long() -> None:
    """Of the repository, wherever it stands."""
    files = {*modules().values(), *TESTS.rglob("*.py")}
    lines = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert not {path: count for path, count in lines.items() if count > MOST}
