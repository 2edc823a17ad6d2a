"""A file is one noun: what needs more than 300 lines is two."""

from __future__ import annotations

from support.import_graph import modules

MOST = 300


def test_no_file_is_long() -> None:
    lines = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in modules().items()}
    assert not {module: count for module, count in lines.items() if count > MOST}
