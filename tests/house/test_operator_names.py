"""Operators' names stand with the operators, their kernels, their builder and the file format."""

from __future__ import annotations

import ast
from pathlib import Path

import microinfer
from microinfer.operators.registry import row_names

PACKAGE = Path(microinfer.__file__).parent
ROOMS = frozenset({"operators", "libraries", "builder", "zoo"})
FORMAT = frozenset({"model/codes.py", "model/schema.py"})


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return {value for value in found if isinstance(value, str)} & row_names()


def test_no_operator_is_named_where_rows_are_asked() -> None:
    naming = {
        where
        for path in PACKAGE.rglob("*.py")
        if (where := path.relative_to(PACKAGE).as_posix()).partition("/")[0] not in ROOMS
        and where not in FORMAT
        and names_in(path)
    }
    assert naming == set()
