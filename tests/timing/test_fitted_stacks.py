"""A board's figures speak for the stack of the rows that they were fitted on; others are provisional."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from microinfer import load, load_profile, zoo
from microinfer.deploy.common import Common
from microinfer.deploy.deployment import deploy
from microinfer.errors import ProfileError
from microinfer.libraries.build import LEVELS
from microinfer.parts.profile import profile_names

MODEL = Common(load(zoo.load("digits")))
BOARDS = [name for name in profile_names() if load_profile(name).kind == "board"]


@pytest.fixture(scope="module")
def backed(program: Any) -> Mapping[tuple[str, str], set[str]]:
    """Of which board and library rows were published, at which builds."""
    rows = program("published_rows")
    found: dict[tuple[str, str], set[str]] = {}
    for row in rows.published():
        stack = rows.stack_of(row)
        if "library" not in stack or "ms" not in row:
            continue
        if any(note in rows.stacks()["placed"] for note in row.get("notes", ())):
            continue
        try:
            board = load_profile(row["board"])
        except ProfileError:
            continue
        level = board.built(stack.get("build")).build.level
        found.setdefault((board.name, stack["library"]), set()).add(level)
    return found


@pytest.mark.parametrize("board", BOARDS)
def test_no_board_is_sure_of_a_stack_without_rows(
    board: str, backed: Mapping[tuple[str, str], set[str]]
) -> None:
    """At the build of a row, or at another one where rows of several builds show what a build changes."""
    part = load_profile(board)
    for library in part.libraries:
        rows = backed.get((board, library), set())
        for level in LEVELS:
            at = deploy(MODEL, part.built(level), library)
            if at.seconds is not None and not at.provisional:
                assert level in rows or len(rows) > 1
        checked = deploy(MODEL, part.built("O2,asserts"), library)
        assert checked.provisional or checked.seconds is None


@pytest.mark.parametrize("board", ["arduino-uno", "arduino-mega"])
def test_an_emulated_board_says_so(board: str, tmp_path: Path) -> None:
    found = deploy(MODEL, load_profile(board))
    assert found.doubt == "provisional: emulated by simavr, no published row"
    mine = tmp_path / "mine.toml"
    mine.write_text(f'extends = "{board}"\ntiming.fitted_for = ["bare-c"]\n')
    assert not deploy(MODEL, load_profile(mine)).provisional
    assert not deploy(MODEL, load_profile("atmega328p")).provisional


@pytest.mark.parametrize("mhz", [16, 80, 119, 160])
def test_at_another_clock_waits_lie_between_cycles_and_time(mhz: int, tmp_path: Path) -> None:
    """The ends are a board that waits as many cycles as at the fitted clock, and one that waits as long."""
    board = load_profile("nucleo-l4r5zi")
    mine = tmp_path / "mine.toml"
    mine.write_text(f'extends = "nucleo-l4r5zi"\nclock_hz = {mhz}_000_000\n')
    part = load_profile(mine)
    found = deploy(MODEL, part)
    assert found.doubt == "provisional: fitted at 120 MHz"
    assert found.seconds is not None
    cycles = found.seconds.scaled(part.clock_hz)
    for times in (1.0, mhz / 120):
        waits = {name: times * getattr(board.timing, name) for name in ("fetch", "cold", "weights_random")}
        other = deploy(MODEL, replace(board, timing=replace(board.timing, **waits))).seconds
        assert other is not None
        assert cycles.low <= other.typical * board.clock_hz <= cycles.high
    usual = deploy(MODEL, board).seconds
    assert usual is not None
    assert cycles.high - cycles.low > (usual.high - usual.low) * board.clock_hz
    mine.write_text(f'extends = "nucleo-l4r5zi"\nclock_hz = {mhz}_000_000\n[timing]\nfetch = 0.3\n')
    assert deploy(MODEL, load_profile(mine)).doubt == "provisional: timing without fitted_for"
    mine.write_text(mine.read_text() + 'fitted_for = ["tflm-cmsis-nn"]\n')
    assert not deploy(MODEL, load_profile(mine)).provisional


@pytest.mark.parametrize("parent", ["cortex-m4", "nucleo-l4r5zi"])
def test_figures_that_name_nothing_they_were_fitted_for_are_not_believed(parent: str, tmp_path: Path) -> None:
    """Not even under a board whose own figures are fitted: they are others now."""
    mine = tmp_path / "mine.toml"
    mine.write_text(f'extends = "{parent}"\nkind = "board"\n[timing]\nfetch = 0.1\nspread = 0.01\n')
    found = deploy(MODEL, load_profile(mine))
    assert found.doubt == "provisional: timing without fitted_for"
    assert found.seconds is not None
    assert found.seconds.high - found.seconds.low > 2 * 0.19 * found.seconds.typical


def test_figures_fitted_with_one_core_do_not_speak_for_another(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('extends = "nucleo-l4r5zi"\ncore = "cortex-m7"\n')
    assert deploy(MODEL, load_profile(mine)).doubt == "provisional: timing without fitted_for"
    mine.write_text('extends = "nucleo-l4r5zi"\ncore = "cortex-m4"\n')
    assert not deploy(MODEL, load_profile(mine)).provisional


def test_other_stacks_have_a_wider_interval() -> None:
    board = load_profile("nucleo-l4r5zi")
    for library, wider in (("tflm-reference", True), ("tflm-cmsis-nn", False)):
        known = replace(board, timing=replace(board.timing, fitted_for=(library,)))
        now, then = (deploy(MODEL, part, library).seconds for part in (board, known))
        assert now is not None
        assert then is not None
        assert now.typical == then.typical
        assert (now.high - now.low > 1.5 * (then.high - then.low)) == wider
        assert now.low <= then.low < then.high <= now.high
