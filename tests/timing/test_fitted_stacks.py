"""A board's figures speak for the stack of the rows that they were fitted on; others are provisional."""

from __future__ import annotations

from dataclasses import replace

import pytest

from microinfer import load, load_profile, zoo
from microinfer.deploy.common import Common
from microinfer.deploy.deployment import deploy
from microinfer.parts.profile import profile_names

MODEL = Common(load(zoo.load("digits")))
BACKED = {
    ("nucleo-l4r5zi", "tflm-cmsis-nn"),
    ("nucleo-l4r5zi", "tflm-2020"),
    ("stm32f446re", "tflm-2021"),
    ("stm32f746-discovery", "tflm-2021"),
    ("nucleo-f767zi", "tflm-2021"),
    ("ek-ra6m4", "tflm-cmsis-nn"),
    ("raspberry-pi-pico", "tflm-pico"),
    ("arduino-uno", "bare-c"),
    ("arduino-mega", "bare-c"),
}
"""Boards of which rows of that stack were published; an AVR's cycles are the instruction set's."""
BOARDS = [name for name in profile_names() if load_profile(name).kind == "board"]


@pytest.mark.parametrize("board", BOARDS)
def test_no_board_is_sure_of_a_stack_without_rows(board: str) -> None:
    part = load_profile(board)
    for library in part.libraries:
        for build in dict.fromkeys((str(part.build), "O3", "O2", "Os")):
            at = deploy(MODEL, part.built(build), library)
            if at.seconds is not None and not at.provisional:
                assert (board, library) in BACKED
        checked = deploy(MODEL, part.built("O2,asserts"), library)
        assert checked.provisional or library == "bare-c" or checked.seconds is None


def test_other_stacks_have_a_wider_interval() -> None:
    board = load_profile("nucleo-l4r5zi")
    for library, wider in (("tflm-reference", True), ("tflm-cmsis-nn", False)):
        known = replace(board, timing=replace(board.timing, fitted_for=()))
        now, then = (deploy(MODEL, part, library).seconds for part in (board, known))
        assert now is not None
        assert then is not None
        assert now.typical == then.typical
        assert (now.high - now.low > 1.5 * (then.high - then.low)) == wider
        assert now.low <= then.low < then.high <= now.high
