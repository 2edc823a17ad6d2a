"""The table of places that benchmarks/mutants.py breaks: each is there, and its tests are."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def program() -> Any:
    """benchmarks/mutants.py, by its path: tests/support/mutants.py damages model files."""
    spec = spec_from_file_location("broken_places", ROOT / "benchmarks" / "mutants.py")
    assert spec is not None
    assert spec.loader is not None
    made = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


PROGRAM = program()
TABLE = PROGRAM.read()


@pytest.mark.parametrize("mutant", TABLE, ids=[mutant.name for mutant in TABLE])
def test_every_place_is_there(mutant: Any) -> None:
    assert mutant.applied((ROOT / mutant.file).read_text(encoding="utf-8"))
    for test in mutant.tests:
        if test.startswith("tests/"):
            assert (ROOT / test.partition("::")[0]).exists()


def test_names_are_told_apart() -> None:
    assert len({mutant.name for mutant in TABLE}) == len(TABLE)


TEXT = "[a]\nx = 2\ny = 3\n[b]\nx = 2\n"


def changed(text: str = TEXT, **keys: Any) -> str:
    made: str = PROGRAM.Mutant("name", "file", tests=(), **keys).applied(text)
    return made


def test_places() -> None:
    assert changed(find=r"^y = (\d)$", plus=10) == TEXT.replace("y = 3", "y = 13")
    assert changed(find=r"^x = (\d)$", times=1.5, within="[a]") == "[a]\nx = 3\ny = 3\n[b]\nx = 2\n"
    assert changed(find=r"x = (\d)", replace=r"z = \1", every=True) == TEXT.replace("x", "z")


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"find": "q", "replace": ""}, "matches 0 times"),
        ({"find": "x", "replace": ""}, "matches 2 times"),
        ({"find": "y", "replace": "y"}, "changes nothing"),
        ({"find": "x", "replace": "", "within": "[c]"}, "expected the line"),
    ],
)
def test_a_place_that_is_not_there_is_an_error(keys: dict[str, str], words: str) -> None:
    with pytest.raises(LookupError, match=words):
        changed(**keys)
