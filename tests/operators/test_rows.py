"""The rows: one value an operator, found by its file's name, held against what the operator does."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import microinfer.operators
from microinfer.model.codes import BUILTIN_OPERATORS
from microinfer.operators.registry import module_names, row, row_names, rows
from microinfer.operators.spec import Spec
from microinfer.operators.tflm_operators import CUSTOM_OPERATORS

from support.types_asked import types_of

FOLDER = Path(microinfer.operators.__path__[0])


def has_spec(path: Path) -> bool:
    return any(
        isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "SPEC" for t in node.targets)
        for node in ast.parse(path.read_text(encoding="utf-8")).body
    )


def test_files_of_operators_names_and_no_others_are_rows() -> None:
    found = {path.stem for path in FOLDER.glob("*.py") if has_spec(path)}
    assert found == {*module_names().values()}
    assert len(found) > 75
    assert {*module_names()} == row_names() == {spec.name for spec in rows()}
    builtin = {name for name in row_names() if name in BUILTIN_OPERATORS.values()}
    assert all(module_names()[name].upper() == name for name in builtin)
    assert row_names() - builtin <= CUSTOM_OPERATORS.keys()


def test_rows_are_loaded_when_they_are_asked_for() -> None:
    program = (
        "import sys; from microinfer import OpResolver; resolver = OpResolver.builtin(); "
        "print([name for name in resolver.names if f'microinfer.operators.{name.lower()}' in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("spec", rows(), ids=lambda spec: spec.name)
def test_rows_say_what_they_are(spec: Spec) -> None:
    assert row(spec.name) is spec
    assert BUILTIN_OPERATORS[spec.code] == ("CUSTOM" if spec.custom else spec.name)
    assert types_of(spec.prepare, spec.data_input) == spec.types


def test_no_other_operators() -> None:
    assert row("MY_OP") is None
    assert row("spec") is None
    assert row("CALL") is None
