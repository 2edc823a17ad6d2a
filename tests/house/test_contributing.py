"""What CONTRIBUTING.md says to add is added, in a copy of the package, and does what the page promises."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from support.documents import blocks
from support.package_copy import answer, package_copy, typed

PAGE = Path(__file__).resolve().parents[2] / "CONTRIBUTING.md"
TEXT = PAGE.read_text(encoding="utf-8")
PLACES = {"src/microinfer/": "microinfer/", "profiles/": "microinfer/profiles/"}

REVERSED = """
import numpy as np
from microinfer import Interpreter, ModelBuilder
from microinfer.operators.registry import row

def run(dtype):
    b = ModelBuilder("reversed")
    x = b.input((1, 4), dtype, scale=1.0)
    axis = b.constant(np.array([1], np.int32))
    y = b.tensor((1, 4), dtype, scale=1.0, zero_point=0)
    b.operator("REVERSE_V2", [x, axis], [y])
    b.output(y)
    interpreter = Interpreter(b.build())
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], np.array([[1, 2, 3, 4]], dtype))
    interpreter.invoke()
    made = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    print(made.tolist(), row("REVERSE_V2").code)
"""


def place(tree: Path, file: str) -> Path:
    for outside, inside in PLACES.items():
        if file.startswith(outside):
            return tree / inside / file.removeprefix(outside)
    raise AssertionError(f"{file}: not in the package")


def added(tree: Path, heading: str) -> None:
    """Put the blocks below a heading into the tree."""
    found = re.search(rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found, heading
    given = [block for block in blocks(found[1]) if block.file]
    assert given, heading
    for block in given:
        path = place(tree, block.file)
        before = path.read_text(encoding="utf-8") + "\n\n" if path.exists() else ""
        path.parent.mkdir(exist_ok=True)
        path.write_text(before + block.text, encoding="utf-8")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return package_copy(tmp_path)


def test_an_operator_and_a_type(tree: Path) -> None:
    (tree / "microinfer" / "operators" / "reverse_v2.py").unlink()
    added(tree, "An operator")
    assert answer(tree, f"{REVERSED}run('int8')") == "[[4, 3, 2, 1]] 105\n"
    assert "expected int8" in answer(tree, f"{REVERSED}run('int16')")
    listed = typed(tree, "ops", "REVERSE_V2")
    assert "REVERSE_V2" in listed
    added(tree, "A type")
    assert answer(tree, f"{REVERSED}run('int16')") == "[[4, 3, 2, 1]] 105\n"


def test_a_library(tree: Path) -> None:
    added(tree, "A library")
    said = typed(tree, "plan", "digits", "-p", "our-board")
    assert "tflm-ours" in said
    plans = {
        library: json.loads(typed(tree, "plan", "digits", "-p", "our-board", "--library", library, "--json"))
        for library in ("ours", "reference")
    }
    assert plans["ours"]["profile"]["library"] == "tflm-ours"
    assert plans["ours"]["unknown"] == []
    names = [one["operator"] for one in plans["ours"]["operators"] if one["index"] >= 0]
    scratch = [plans[library]["scratch"] for library in ("ours", "reference")]
    for name, ours, theirs in zip(names, *scratch, strict=True):
        assert bool(ours) == (name == "CONV_2D")
        assert not theirs
    checked = typed(tree, "check", "digits", "-p", "our-board", "--max-latency", "1s")
    assert "tflm-ours" in checked
    assert "no price list for tflm-ours" in " ".join(checked.split())
    for listed in (
        typed(tree, "compare", "digits", "-p", "our-board", "--library", "all"),
        typed(tree, "ops", "CONV_2D"),
        typed(tree, "ops", "SOFTMAX"),
    ):
        assert "ours" in listed


def test_a_core_and_a_board(tree: Path) -> None:
    added(tree, "A core")
    added(tree, "A board")
    shown = typed(tree, "profiles", "show", "secure-board")
    assert "cortex-m35p, DSP, FPU" in shown
    assert "131,072" in shown
    said = typed(tree, "check", "digits", "-p", "secure-board")
    assert "131,072 bytes" in said
    assert "provisional" in said
    assert "latency  not known; no price list" in said


def test_a_core_without_its_sources_is_refused(tree: Path) -> None:
    added(tree, "A core")
    added(tree, "A board")
    path = tree / "microinfer" / "profiles" / "cores" / "cortex-m35p.toml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    facts = lines.index("[sources]\n")
    for key in ("isa", "pointer_bytes", "peak.macs"):
        kept = [line for line in lines[facts:] if not line.startswith((f"{key} =", f'"{key}" ='))]
        path.write_text("".join([*lines[:facts], *kept]), encoding="utf-8")
        said = typed(tree, "profiles", "show", "secure-board")
        assert f"{path}: key 'sources.\"{key}\"': missing" in said.replace("\n", "")


def test_a_rule(tree: Path) -> None:
    assert "many-operators" not in typed(tree, "check", "--explain", "list")
    added(tree, "A rule of `check`")
    assert "More than five operators" in typed(tree, "check", "--explain", "many-operators")
    assert "13 operators" in typed(tree, "check", "ds_cnn", "-p", "cortex-m4", "--verbose")


def test_a_format(tree: Path) -> None:
    added(tree, "A format of `check`")
    assert typed(tree, "check", "digits", "-p", "cortex-m4", "--format", "lines") == "yes\tdigits\n"


def test_places_and_programs() -> None:
    """Folders and files that the page names are there; so are the programs that it runs."""
    for link in re.findall(r"\]\(([\w./-]+)\)", TEXT):
        assert (PAGE.parent / link).exists(), link
    for program in re.findall(r"`python (\S+)`", TEXT):
        assert (PAGE.parent / program).exists(), program
    for command in (".ci/run", "pyproject.toml"):
        assert (PAGE.parent / command).exists()
    for room in re.findall(r"pytest (tests/\w+)", TEXT):
        assert (PAGE.parent / room).is_dir(), room


def test_every_how_to_is_followed() -> None:
    """Each heading that has something to add is added by a test above."""
    followed = set(re.findall(r'added\(tree, "([^"]+)"\)', Path(__file__).read_text(encoding="utf-8")))
    sections = re.split(r"^## (.+)$", TEXT, flags=re.MULTILINE)
    given = {
        heading
        for heading, text in zip(sections[1::2], sections[2::2], strict=True)
        if any(block.file for block in blocks(text))
    }
    assert followed == given
    assert len(given) == 7
