"""The programs that write prices, run again on what they were measured with, change nothing.

Texts must be the same, numbers to their last digit but one: another processor's linear algebra rounds
otherwise. Each program is run as it is; only the folders that it writes to are others.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "benchmarks"
PROFILES = ROOT / "profiles"
NUMBER = re.compile(r"-?\d[\d,]*\.?\d*(?:e[+-]?\d+)?")
ROUNDING = 5e-4

pytest.importorskip("scipy", reason="scipy fits the prices; pip install 'microinfer[dev]'")


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    """A copy of the tree's profiles, to write to."""
    return Path(shutil.copytree(PROFILES, tmp_path / "profiles"))


def close(made: str, kept: str) -> bool:
    """Two numbers as printed."""
    a, b = float(made.replace(",", "")), float(kept.replace(",", ""))
    digits = len(kept.partition("e")[0].partition(".")[2])
    last = 1.01 * 10.0**-digits if digits else 0.0
    return abs(a - b) <= max(ROUNDING * abs(b), last)


def assert_same(made: str, kept: str, what: str) -> None:
    """The texts are equal but for the rounding of numbers; names the first line that is not."""
    if made == kept:
        return
    for number, (new, old) in enumerate(zip_longest(made.splitlines(), kept.splitlines()), 1):
        where = f"{what}:{number}: now {new!r}, in the tree {old!r}; run the program with --write"
        assert new is not None and old is not None, where  # noqa: PT018
        assert " ".join(NUMBER.sub("0", new).split()) == " ".join(NUMBER.sub("0", old).split()), where
        pairs = zip(NUMBER.findall(new), NUMBER.findall(old), strict=True)
        assert all(close(*pair) for pair in pairs), where


def assert_unchanged(folder: Path) -> None:
    """Every file of a written copy is as in the tree."""
    for path in sorted(PROFILES.rglob("*.toml")):
        name = path.relative_to(PROFILES)
        assert_same((folder / name).read_text("utf-8"), path.read_text("utf-8"), f"profiles/{name}")


def test_numbers_are_compared_to_their_rounding() -> None:
    assert_same("a = 1.0001, 7", "a = 1.0002, 7", "x")
    for other in ("a = 1.01, 7", "a = 1.0001, 8", "b = 1.0001, 7", "a = 1.0001, 7\nc"):
        with pytest.raises(AssertionError, match="in the tree"):
            assert_same(other, "a = 1.0002, 7", "x")


def test_cortex_m(
    program: Any, profiles: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calibration = program("calibrate_cortex_m")
    monkeypatch.setattr(calibration, "COSTS", profiles / "costs")
    assert calibration.main(["--write"]) == 0
    assert_unchanged(profiles)
    kept = (FOLDER / "calibrate_cortex_m.txt").read_text("utf-8")
    assert_same(capsys.readouterr().out, kept, "benchmarks/calibrate_cortex_m.txt")


def test_builds(
    program: Any, profiles: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calibration = program("calibrate_builds")
    monkeypatch.setattr(calibration, "COSTS", profiles / "costs")
    assert calibration.main(["--write"]) == 0
    assert_unchanged(profiles)
    kept = (FOLDER / "calibrate_builds.txt").read_text("utf-8")
    assert_same(capsys.readouterr().out, kept, "benchmarks/calibrate_builds.txt")


def test_avr(program: Any, profiles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the stored points; that these are of the kernels as they stand takes the compiler."""
    calibration = program("calibrate_avr")
    monkeypatch.setattr(calibration, "PROFILES", profiles)
    monkeypatch.setattr(calibration, "SIZES", profiles / "memory" / "bare-c.avr.toml")
    assert calibration.main(["--stored", "--write"]) == 0
    assert_unchanged(profiles)


def test_avr_points_are_of_these_kernels(program: Any, tmp_path: Path) -> None:
    calibration, points, simavr = program("calibrate_avr"), program("avr_points"), program("simavr")
    if (lacking := simavr.missing()) is not None:
        pytest.skip(lacking)
    stored = points.read(points.DATA)
    tools = [
        simavr.Toolchain(tmp_path / level, points.SOURCES, level) for level in program("avr_lists").LEVELS
    ]
    if tools[0].compiler != calibration.stored(points.DATA)[1]:
        pytest.skip(f"the points were made with another compiler than {tools[0].compiler}")
    stale = [
        f"{point.kernel} {point.number} {point.level}"
        for point in stored
        if point.number < CHECKED
        and points.digests(tools, point.kernel, point.number)[point.level] != point.made_with
    ]
    assert stale == []
    families, by_level = program("bare_c_points"), {tool.optimise: tool for tool in tools}
    stale = [
        f"{point.family} {point.number} {point.level}"
        for point in families.read()
        if point.number < CHECKED
        and families.digest(by_level[point.level], point.family, point.number, point.seeds) != point.made_with
    ]
    assert stale == []


CHECKED = 3
"""Shapes of each kernel that are compiled again: what changes is a kernel's code, which all of them share."""


def test_bare_c_on_cortex_m(profiles: Path) -> None:
    """From the stored counts, in a process that has run nothing else."""
    text = f"import sys; from pathlib import Path; sys.path.insert(0, {str(FOLDER)!r})"
    text += f"; import bare_c_cortex_m as program; program.COSTS = Path({str(profiles / 'costs')!r})"
    text += "; sys.exit(program.main(['--stored', '--write']))"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert_unchanged(profiles)


def test_bare_c_counts_are_of_these_kernels(program: Any, tmp_path: Path) -> None:
    counts, qemu = program("bare_c_counts"), program("qemu")
    if (lacking := qemu.missing()) is not None:
        pytest.skip(lacking)
    tool = qemu.Toolchain(tmp_path, program("avr_points").SOURCES, "cortex-m4")
    stored = [point for point in counts.read() if (point.core, point.level) == (tool.core, tool.level)]
    if tool.compiler != stored[0].compiler:
        pytest.skip(f"the counts were made with another compiler than {tool.compiler}")
    stale = [
        point.kind
        for point in stored
        if counts.digest(tool, point.kind, tuple(point.seeds)) != point.made_with
    ]
    assert stale == []


def test_provisional(program: Any, profiles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calibration = program("provisional_costs")
    monkeypatch.setattr(calibration, "COSTS", profiles / "costs")
    assert calibration.main(["--write"]) == 0
    assert_unchanged(profiles)


@pytest.mark.parametrize("name", ["fit_boards", "interval_coverage"])
def test_printed(
    name: str, program: Any, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    """Boards are fitted with networks that no description rebuilds."""
    if name == "fit_boards":
        request.getfixturevalue("shared")
    assert program(name).main([]) == 0
    kept = (FOLDER / f"{name}.txt").read_text("utf-8")
    assert_same(capsys.readouterr().out, kept, f"benchmarks/{name}.txt")


FITTED = [
    *("nucleo-l4r5zi", "ek-ra6m4", "stm32f446re", "stm32f746-discovery", "nucleo-f767zi"),
    *("nucleo-h743zi2", "feather-m4"),
]
OTHER_CLOCK = {"feather-m4": (1 + 120 / 200) / 2}
"""Of what was fitted, where the rows ran at another clock: between as many cycles and as much time."""


@pytest.mark.parametrize("board", FITTED)
def test_boards_take_what_was_fitted(board: str) -> None:
    """A profile's memory timing is what the program printed for it."""
    from microinfer.parts.profile import load_profile

    text = (FOLDER / "fit_boards.txt").read_text("utf-8")
    found = re.search(rf"^{board}: (.*)$", text, re.MULTILINE)
    assert found is not None
    timing = load_profile(board).timing
    for figure in found[1].split(", "):
        key, value = figure.split()
        wanted = OTHER_CLOCK.get(board, 1) * float(value)
        assert getattr(timing, key) == pytest.approx(wanted, abs=0.0005 if board in OTHER_CLOCK else 0), key
