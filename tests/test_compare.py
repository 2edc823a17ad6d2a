"""Comparing parts, holding a board's log against predictions, and learning a board from its log."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from microinfer import zoo
from microinfer.calibration import calibrate
from microinfer.compare import compare, compare_log
from microinfer.cost import estimate
from microinfer.errors import InputError
from microinfer.graph import prepare
from microinfer.loader import load
from microinfer.model import Model
from microinfer.profile import MemoryTiming, Profile, load_profile
from microinfer.profiler_log import guess_ticks_per_second, match_log, parse_log

NUCLEO = load_profile("nucleo-l4r5zi")
STRANGE = replace(NUCLEO, timing=MemoryTiming(fetch=0.9, weights_sequential=2.0, weights_random=6.0))
"""A board whose memories are much slower than its profile says."""


def model(name: str) -> Model:
    return load(zoo.load(name))


def log(name: str, board: Profile, library: str) -> str:
    """What a MicroProfiler would print there."""
    steps = prepare(model(name))
    costs = estimate(steps, board, library)
    return "\n".join(
        f"{step.name} took {cost.cycles} ticks ({(cost.cycles or 0) * 1000 // board.clock_hz} ms)."
        for step, cost in zip(steps, costs, strict=True)
    )


def test_compare_sets_parts_and_libraries_side_by_side() -> None:
    found = compare(
        model("digits"),
        [load_profile(name) for name in ("atmega328p", "nucleo-l4r5zi", "cortex-m7")],
        ["tflm-reference", "tflm-cmsis-nn", "bare-c"],
    )
    names = [(row.profile, row.library) for row in found.rows]
    assert names[0] == ("atmega328p", "bare-c")
    assert len(names) == 7
    for row in found.rows:
        assert row.ms is not None
        assert row.ms.low < row.ms.typical < row.ms.high
        assert row.fits
    assert found.to_dict()["schema"] == "microinfer.compare/1"
    assert found.to_svg().count("<rect") == 8
    with pytest.raises(InputError, match="has tflm-reference"):
        compare(model("digits"), [load_profile("atmega328p")], ["tflm-reference"])


@pytest.mark.parametrize("library", ["tflm-reference", "tflm-cmsis-nn"])
def test_a_log_tells_which_library_is_linked(library: str) -> None:
    logged = parse_log(log("digits", NUCLEO, library))
    verdicts = compare_log(model("digits"), NUCLEO, logged)
    heavy = [v for v in verdicts if v.operator in {"CONV_2D", "DEPTHWISE_CONV_2D"}]
    assert heavy
    assert all(v.inside == (library,) and v.nearest == library for v in heavy)


def test_a_slow_board_is_neither() -> None:
    verdicts = compare_log(model("digits"), NUCLEO, parse_log(log("digits", STRANGE, "tflm-cmsis-nn")))
    assert any(not v.inside for v in verdicts)


def test_calibration_makes_other_models_better(tmp_path: Path) -> None:
    library = "tflm-cmsis-nn"
    logged = parse_log(log("digits", STRANGE, library))
    made = calibrate(model("digits"), NUCLEO, logged, library)
    path = tmp_path / "mine.toml"
    path.write_text(made.to_toml("My board"), encoding="utf-8")
    mine = load_profile(path)
    assert mine.title == "My board"
    assert mine.parents[0] == "nucleo-l4r5zi"

    def error(board: Profile, name: str) -> float:
        steps = prepare(model(name))
        took = sum(cost.cycles or 0 for cost in estimate(steps, STRANGE, library))
        said = sum(cost.cycles or 0 for cost in estimate(steps, board, library))
        return abs(said / took - 1)

    assert error(mine, "digits") < 0.01
    assert error(mine, "sine") < error(NUCLEO, "sine") / 2


def test_reads_every_form_of_log() -> None:
    lines = parse_log("boot\n[12] CONV_2D took 1442311 ticks (12 ms).\r\nSOFTMAX took 5 ticks (0 ms).\nbye")
    assert [(item.operator, item.ticks, item.milliseconds) for item in lines] == [
        ("CONV_2D", 1442311, 12),
        ("SOFTMAX", 5, 0),
    ]
    assert guess_ticks_per_second(lines, 120_000_000) == 120_000_000
    table = parse_log('"Event","Tag","Ticks"\n0,CONV_2D,100\n1,SOFTMAX,7\n')
    assert [item.ticks for item in table] == [100, 7]
    assert guess_ticks_per_second(table, 5) == 5
    sums = parse_log('"Unique Tag","Total ticks"\nCONV_2D, 300\nSOFTMAX, 7\n"total number of ticks", 307')
    assert match_log(sums, ["CONV_2D", "CONV_2D", "SOFTMAX"], 1.0, 2) == (None, None, 14.0)
    assert match_log(table + table, ["CONV_2D", "SOFTMAX"], 1.0, 1) == (100.0, 7.0)


def test_refuses_a_log_of_another_model() -> None:
    with pytest.raises(InputError, match="no line of a MicroProfiler"):
        parse_log("hello")
    logged = parse_log("0,CONV_2D,100\n1,SOFTMAX,7\n")
    with pytest.raises(InputError, match=r"another model.*operator 1 is SOFTMAX there"):
        match_log(logged, ["CONV_2D", "ADD"], 1.0, 1)
    with pytest.raises(InputError, match="has 2 operators, the model 3"):
        match_log(logged, ["CONV_2D", "SOFTMAX", "ADD"], 1.0, 1)
