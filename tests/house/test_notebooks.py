"""The notebooks of examples/ run, and show to the last figure what is committed with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.notebooks import FOLDER, executed, read, shown

NAMES = sorted(path.name for path in FOLDER.glob("*.ipynb"))
LARGEST = 60_000
"""Bytes of a notebook with what it shows."""


def test_there_are_three() -> None:
    assert len(NAMES) == 3


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_shows_what_is_committed(name: str, tmp_path: Path) -> None:
    kept = shown(read(name))
    assert all(kept[1:]), "a cell shows nothing; run tests/support/notebooks.py"
    assert shown(executed(name, tmp_path)) == kept
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_small(name: str) -> None:
    assert (FOLDER / name).stat().st_size < LARGEST
