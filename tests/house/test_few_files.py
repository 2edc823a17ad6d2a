"""An operator is added in five files at most: its row, its kernel, its column, its writer, and what TFLM
computed. Another library with a kernel of its own for it has a column of its own, one file a library."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from microinfer import ModelBuilder
from microinfer.libraries.library import kernel_libraries
from microinfer.model.schema import ACTIVATIONS
from microinfer.operators.registry import module_names, row_names

from support.package_copy import package_copy, typed

ROOT = Path(__file__).resolve().parents[2]
OF_ALL = {"codes.py", "schema.py", "tflm_history.py", "tflm_operators.py", "tflm_versions.py"}
"""Data of the file format and of TFLM's releases, which have every operator, with a kernel or without."""
ADDED = ("CEIL", "COS", "EXP", "FLOOR", "LOG", "NEG", "ROUND", "SIN", "SQRT", "SQUARE")


@pytest.mark.parametrize("name", ADDED)
def test_an_operator_is_in_five_files(name: str) -> None:
    """Its row, its kernel, its column, its writer, and what TFLM computed; a column of generated C beside."""
    row = ROOT / f"src/microinfer/operators/{name.lower()}.py"
    (kernel,) = re.findall(r'prepare_float\(node, "(\w+)"', row.read_text(encoding="utf-8"))
    kernels = ROOT / "src/microinfer/kernels/float_elementwise.py"
    assert f"def {kernel}(" in kernels.read_text(encoding="utf-8")
    named = re.compile(rf'"{name}"|^{name} = |def {name.lower()}\(self', re.MULTILINE)
    files = {
        path
        for path in (ROOT / "src/microinfer").rglob("*.py")
        if path.name not in OF_ALL and named.search(path.read_text(encoding="utf-8"))
        if path.parent.name != "bare_c"
    }
    golden = ROOT / f"tests/golden/{name.lower()}.json.gz"
    assert golden.is_file()
    assert len(files | {kernels, golden}) == 5


FOLLOWED = {
    "builder/wide_islands.py": "layers of int16 have a change of type at their shores",
    "operators/turns.py": "how often a loop turns is read off the counter that converters write",
    "operators/resources.py": "a variable is followed from the operator that makes it to those that use it",
    "operators/example.py": "a branch or a loop is drawn with a comparison in it",
}
"""Files that know a few operators by name, since they read or write graphs of several, and why."""


WRITERS = {one.__name__ for one in ModelBuilder.__mro__}


def told(module: ast.Module, room: str) -> Iterator[str]:
    """Names of operators that a module says: as text, as a column, or as a method that writes them. Text that
    names a fused activation, too, does not count."""
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in ACTIVATIONS:
            yield node.value
    for node in module.body:
        if room == "libraries" and isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))
        if room == "builder" and isinstance(node, ast.ClassDef) and node.name in WRITERS:
            yield from (one.name.upper() for one in node.body if isinstance(one, ast.FunctionDef))


@cache
def telling() -> dict[str, set[str]]:
    """Operator to the files of the package that say its name; kernels are named after what they compute."""
    package, found = ROOT / "src/microinfer", defaultdict(set)
    for path in package.rglob("*.py"):
        where = path.relative_to(package).as_posix()
        room = where.partition("/")[0]
        if path.name not in OF_ALL and room != "kernels":
            for name in row_names() & {*told(ast.parse(path.read_text(encoding="utf-8")), room)}:
                found[name].add(where)
    return found


@pytest.mark.parametrize("name", sorted(row_names()))
def test_facts_of_an_operator_stand_in_its_row_its_writer_and_a_column_a_library(name: str) -> None:
    files = telling()[name] | {f"operators/{module_names()[name]}.py"}
    columns = sorted(file for file in files if file.startswith("libraries/"))
    writers = {file for file in files if file.startswith("builder/")} - FOLLOWED.keys()
    libraries = [file.split("/")[1] for file in columns]
    assert len(libraries) == len({*libraries}), columns
    assert {*libraries} <= {library.name.replace("-", "_") for library in kernel_libraries()}
    assert len(writers) <= 1
    assert files - {*columns} - writers - FOLLOWED.keys() == {f"operators/{module_names()[name]}.py"}
    kernel_and_golden = 2
    of_other_libraries = len({*libraries} - {"tflm_reference"})
    assert len(files - FOLLOWED.keys()) + kernel_and_golden - of_other_libraries <= 5


SEVERAL = ("CUMSUM", "GATHER")
"""Operators of two inputs and two options each."""


def gathered_and_summed() -> bytes:
    b = ModelBuilder("several")
    x = b.input((4, 4), "float32")
    y = b.gather(x, b.constant(np.array([2, 0], np.int32)), axis=1)
    b.output(b.cumsum(y, 0, reverse=True))
    return b.build()


def without(text: str, name: str) -> str:
    """A module without what it says of an operator: its column, or its method of the builder."""
    lines = text.splitlines(keepends=True)
    for node in ast.walk(ast.parse(text)):
        column = isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name for target in node.targets
        )
        method = isinstance(node, ast.FunctionDef) and node.name == name.lower()
        if column or method:
            lines[node.lineno - 1 : node.end_lineno] = ["\n"] * ((node.end_lineno or 0) - node.lineno + 1)
    return "".join(lines)


def test_operators_of_several_inputs_are_in_five_files(tmp_path: Path) -> None:
    """In a copy their files are emptied of them: nothing else knows or misses them. Then they are added."""
    package = package_copy(tmp_path) / "microinfer"
    added: dict[Path, str] = {}
    for name in SEVERAL:
        named = re.compile(rf'"{name}"|^{name} = |def {name.lower()}\(self', re.MULTILINE)
        files = [
            path
            for path in package.rglob("*.py")
            if path.name not in OF_ALL and named.search(path.read_text(encoding="utf-8"))
        ]
        assert (ROOT / f"tests/golden/{name.lower()}.json.gz").is_file()
        assert len(files) + 1 <= 5, files
        for path in files:
            text = path.read_text(encoding="utf-8")
            added.setdefault(path, text)
            if path.name == f"{name.lower()}.py":
                path.unlink()
            else:
                path.write_text(without(text, name), encoding="utf-8")
    (tmp_path / "several.tflite").write_bytes(gathered_and_summed())
    check = ("check", "several.tflite", "-p", "cortex-m4")
    assert "Yes" in typed(tmp_path, "check", "digits", "-p", "cortex-m4")
    said = typed(tmp_path, *check)
    assert "Cannot tell" in said
    assert all(name in said for name in SEVERAL)
    for path, text in added.items():
        path.write_text(text, encoding="utf-8")
    said = typed(tmp_path, *check)
    assert "Yes" in said
    assert re.search(r"latency +[\d.]+ µs \(", said)
