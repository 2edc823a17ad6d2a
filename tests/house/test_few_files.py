"""An operator is added in five files at most: those of a function of one real number are counted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OF_ALL = {"codes.py", "schema.py", "tflm_operators.py", "tflm_versions.py"}
"""Data of the file format and of TFLM's releases, which have every operator, with a kernel or without."""
ADDED = ("CEIL", "COS", "EXP", "FLOOR", "LOG", "NEG", "ROUND", "SIN", "SQRT", "SQUARE")


@pytest.mark.parametrize("name", ADDED)
def test_an_operator_is_in_five_files(name: str) -> None:
    """Its row, its kernel, its column, its writer, and what TFLM computed."""
    row = ROOT / f"src/microinfer/operators/{name.lower()}.py"
    (kernel,) = re.findall(r'prepare_float\(node, "(\w+)"', row.read_text(encoding="utf-8"))
    kernels = ROOT / "src/microinfer/kernels/float_elementwise.py"
    assert f"def {kernel}(" in kernels.read_text(encoding="utf-8")
    named = re.compile(rf'"{name}"|^{name} = |def {name.lower()}\(self', re.MULTILINE)
    files = {
        path
        for path in (ROOT / "src/microinfer").rglob("*.py")
        if path.name not in OF_ALL and named.search(path.read_text(encoding="utf-8"))
    }
    golden = ROOT / f"tests/golden/{name.lower()}.json.gz"
    assert golden.is_file()
    assert len(files | {kernels, golden}) == 5
