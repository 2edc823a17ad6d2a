"""A kernel library as a value: found by name or short name, and each knows what it is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import microinfer
from microinfer.errors import InputError
from microinfer.libraries.library import kernel_libraries, kernel_library


def test_found_by_name_and_short_name():
    for library in kernel_libraries():
        assert kernel_library(library.name) is library
        assert kernel_library(library.short) is library
    assert kernel_library("cmsis-nn").name == "tflm-cmsis-nn"
    with pytest.raises(InputError, match="no kernel library 'cmsis'"):
        kernel_library("cmsis")


def test_short_names_mean_one_library():
    names = [name for library in kernel_libraries() for name in {library.name, library.short}]
    assert len(set(names)) == len(names)


def test_a_base_comes_first():
    known = kernel_libraries()
    for library in known:
        assert library.base is None or known.index(library.base) < known.index(library)


def test_no_branch_compares_names():
    """What hangs on a library, the library is asked for."""
    names = {name for library in kernel_libraries() for name in (library.name, library.short)}
    found = []
    for path in Path(microinfer.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            parts: list[ast.AST | None] = []
            if isinstance(node, ast.Compare):
                parts = [node.left, *node.comparators]
                parts += [e for p in parts if isinstance(p, ast.Tuple | ast.Set | ast.List) for e in p.elts]
            elif isinstance(node, ast.Dict):
                parts = list(node.keys)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if node.func.attr in {"startswith", "removeprefix", "endswith", "removesuffix"}:
                    parts = list(node.args)
            elif isinstance(node, ast.MatchValue):
                parts = [node.value]
            found += [
                f"{path}:{node.lineno}: {part.value}"
                for part in parts
                if isinstance(part, ast.Constant)
                and isinstance(part.value, str)
                and (part.value in names - {"reference"} or part.value == "tflm-")
            ]
    assert not found
