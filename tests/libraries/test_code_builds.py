"""Code of a firmware compiled otherwise: larger at -O3, smaller at -Os, and provisional."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest

import microinfer
from microinfer.libraries.build import DEFAULT_BUILD, KINDS, LEVELS, Build, Level
from microinfer.libraries.code_builds import FIXED, built_bytes
from microinfer.libraries.code_size import code_size
from microinfer.operators.resolver import OpResolver

TRUTH = Path(__file__).resolve().parents[1] / "truth" / "cortex_m4_code_builds.json"
PROGRAMS = json.loads(TRUTH.read_text(encoding="utf-8"))["programs"]
GROUPS = {"core": 11_000, "c_library": 5_000, "application": 500, "kernels": 4_000, "cmsis_nn": 17_000}


def test_the_measured_build_is_itself() -> None:
    assert built_bytes(GROUPS, DEFAULT_BUILD) == sum(GROUPS.values())


def test_levels_and_kinds_are_in_order() -> None:
    sizes = [built_bytes(GROUPS, Build(level)) for level in ("Os", "O2", "O3")]
    assert sizes == sorted(sizes)
    kinds = [built_bytes(GROUPS, Build("O2", kind)) for kind in ("release", "strings", "asserts")]
    assert kinds == sorted(kinds)
    assert all(built_bytes(GROUPS, Build(level, kind)) > 0 for level in LEVELS for kind in KINDS)


@pytest.mark.parametrize("library", ["tflm-reference", "tflm-cmsis-nn"])
@pytest.mark.parametrize("level", ["O3", "Os"])
def test_a_level_is_what_was_linked(library: str, level: Level) -> None:
    """A program with every operator: its kernels at another level, all else as it is."""
    linked = PROGRAMS["all operators"][library]
    code = code_size(library, "cortex-m4", OpResolver.builtin().names)
    assert code is not None
    fixed = sum(size for group, size in code.groups.items() if group in FIXED)
    groups = {"core": fixed, "kernels": linked["O2,strings"] - fixed}
    assert built_bytes(groups, Build(level)) == pytest.approx(linked[f"{level},strings"], rel=0.02)


@pytest.mark.parametrize("library", ["tflm-reference", "tflm-cmsis-nn"])
def test_a_kind_is_what_was_linked(library: str) -> None:
    few, whole = (PROGRAMS[name][library] for name in ("resolver of 63", "all operators"))
    assert built_bytes({"core": few["O2"]}, Build("O2", "strings")) == pytest.approx(
        few["O2,strings"], rel=0.02
    )
    ratio = built_bytes(GROUPS, Build("O2", "asserts")) / built_bytes(GROUPS, Build("O2", "strings"))
    assert ratio == pytest.approx(whole["O2,asserts"] / whole["O2,strings"], rel=0.02)


def test_boards_firmwares_differ_between_levels_as_code_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine networks that EdgeMark linked at -O3 and at -Os for one NUCLEO-L4R5ZI, drivers of the board with
    them."""
    monkeypatch.syspath_prepend(str(TRUTH.parents[2] / "benchmarks"))
    found = list(import_module("code_builds").firmwares())
    assert len(found) == 9
    for name, measured, said in found:
        assert 0.65 < said / measured < 1.35, name


def test_the_file_is_what_the_program_writes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(TRUTH.parents[2] / "benchmarks"))
    program = import_module("code_builds")
    kept = program.WRITTEN.read_text(encoding="utf-8")
    monkeypatch.setattr(program, "WRITTEN", tmp_path / "code-builds.toml")
    assert program.main(["--write"]) == 0
    assert (tmp_path / "code-builds.toml").read_text(encoding="utf-8") == kept
    assert "CNN_7" in capsys.readouterr().out


def test_flash_follows_the_build_and_says_that_it_is_provisional() -> None:
    found = {
        build: microinfer.plan("digits", "nucleo-l4r5zi", build=build).memory for build in ("O2", "Os", "O3")
    }
    sizes = {build: memory.flash_bytes or 0 for build, memory in found.items()}
    assert sizes["Os"] < sizes["O2"] < sizes["O3"]
    assert not found["O2"].provisional
    assert found["Os"].provisional
    assert found["O3"].provisional


def test_the_screen_says_what_a_boards_own_firmware_may_add() -> None:
    report = microinfer.check("digits", "nucleo-l4r5zi")
    (flash,) = (measure for measure in report.measures if measure.name == "flash")
    assert flash.high is not None
    assert flash.value is not None
    assert flash.high - flash.value == 60 * 1024


def test_generated_programs_follow_the_level_where_they_were_measured() -> None:
    """On an ATmega328P avr-gcc makes the digits' project 100 bytes smaller at -Os than at -O2; -O3 was not
    measured, and nothing is said of it."""
    found = {
        build: microinfer.plan("digits", "arduino-uno", build=build).memory for build in ("O2", "Os", "O3")
    }
    smaller = (found["O2"].flash_bytes or 0) - (found["Os"].flash_bytes or 0)
    assert smaller == pytest.approx(100, abs=50)
    assert found["Os"].stack_bytes != found["O2"].stack_bytes
    assert [found[build].verdict for build in ("O2", "Os", "O3")] == ["yes", "yes", "cannot-tell"]
    assert found["O3"].flash_bytes is found["O3"].stack_bytes is None
