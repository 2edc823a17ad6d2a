"""Comparing parts, holding a board's log against predictions, and learning a board from its log."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from math import isclose
from pathlib import Path

import pytest

from microinfer import zoo
from microinfer.comparison.side_by_side import compare
from microinfer.deploy.logs import calibrate, compare_log
from microinfer.errors import InputError
from microinfer.libraries.library import kernel_library
from microinfer.model.read import load
from microinfer.model.tables import Model
from microinfer.operators.prepare import prepare
from microinfer.parts.profile import MemoryTiming, Profile, load_profile
from microinfer.timing.prices import estimate
from microinfer.timing.profiler_log import (
    LoggedOperator,
    Measured,
    guess_ticks_per_second,
    match_log,
    parse_log,
)
from microinfer.view.comparison_chart import draw_comparison

NUCLEO = load_profile("nucleo-l4r5zi")
STRANGE = replace(NUCLEO, timing=MemoryTiming(fetch=0.9, weights_random=6.0, cold=0.24))
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
    energies = sum(row.microjoules is not None for row in found.rows)
    assert draw_comparison(found).count("<rect") == 1 + 7 + energies
    guessed = sum(row.provisional for row in found.rows)
    assert guessed
    assert len(re.findall(r"ms\*</text>", draw_comparison(found))) == guessed
    with pytest.raises(InputError, match="has tflm-reference"):
        compare(model("digits"), [load_profile("atmega328p")], ["tflm-reference"])


@pytest.mark.parametrize("library", ["tflm-reference", "tflm-cmsis-nn"])
@pytest.mark.parametrize("name", ["digits", "ds_cnn", "autoencoder"])
def test_a_log_tells_which_library_is_linked(library: str, name: str) -> None:
    found = compare_log(model(name), NUCLEO, parse_log(log(name, NUCLEO, library)))
    assert found.linked == library
    assert found.to_dict()["schema"] == type(found).schema == "microinfer.compare-log/1"
    assert json.loads(found.to_json()) == found.to_dict()
    assert found.sentence.partition(";")[0] in repr(found)
    assert f"fits: {library}: -O2" in repr(found)
    assert found.rows[0].operator in found._repr_html_()
    assert not found.others
    assert all(library in row.inside for row in found.rows)
    assert all(row.nearest == library for row in found.rows if row.telling)
    assert ("CMSIS-NN is on" if library == "tflm-cmsis-nn" else "CMSIS-NN is off") in found.sentence
    assert isclose(found.ratio, 1.0, rel_tol=1e-3)


def test_a_slow_board_is_inside_of_neither_and_still_told() -> None:
    for library in ("tflm-cmsis-nn", "tflm-reference"):
        found = compare_log(model("digits"), NUCLEO, parse_log(log("digits", STRANGE, library)))
        assert any(not row.inside for row in found.rows)
        assert found.linked == library
        assert found.ratio > 1.1


def test_sums_by_operator_tell_as_well() -> None:
    for library in ("tflm-cmsis-nn", "tflm-reference"):
        lines = parse_log(log("ds_cnn", NUCLEO, library))
        sums: dict[str, int] = {}
        for line in lines:
            sums[line.operator] = sums.get(line.operator, 0) + 3 * line.ticks
        text = "\n".join(f"{name}, {ticks}" for name, ticks in sums.items())
        found = compare_log(model("ds_cnn"), NUCLEO, parse_log(text), inferences=3)
        assert found.linked == library
        assert {row.operator: len(row.positions) for row in found.rows}["CONV_2D"] == 5
        assert all(library in row.inside for row in found.rows)


def test_one_kernel_that_is_not_cmsis_nns() -> None:
    mixed = [
        slow if fast.operator == "DEPTHWISE_CONV_2D" else fast
        for fast, slow in zip(
            parse_log(log("digits", NUCLEO, "tflm-cmsis-nn")),
            parse_log(log("digits", NUCLEO, "tflm-reference")),
            strict=True,
        )
    ]
    found = compare_log(model("digits"), NUCLEO, mixed)
    assert found.linked == "tflm-cmsis-nn"
    assert [row.operator for row in found.others] == ["DEPTHWISE_CONV_2D"]
    assert "CMSIS-NN is on, but not for DEPTHWISE_CONV_2D" in found.sentence


@pytest.mark.parametrize("name", ["digits", "ds_cnn"])
@pytest.mark.parametrize("library", ["tflm-reference", "tflm-cmsis-nn", "tflm-2020"])
@pytest.mark.parametrize("build", ["O3", "O2", "Os", "O2,asserts", "Os,asserts"])
def test_a_log_tells_the_build(build: str, library: str, name: str) -> None:
    """No level is named that the log is not of, and of counted kernels -Os is told from -O3 and -O2."""
    lines = parse_log(log(name, NUCLEO.built(build), library))
    found = compare_log(model(name), NUCLEO, lines)
    counted = library != "tflm-2020"
    assert found.strange is None
    assert kernel_library(found.linked or library).tables == kernel_library(library).tables
    likely = {(one.library, one.build) for one in found.fits if one.likely}
    checked = {(one.library, one.build) for one in found.fits}
    mine = build if (library, build) in checked else build.partition(",")[0]
    assert (library, mine) in likely
    assert found.build is None or (found.linked, found.build) == (library, mine) or not counted
    assert f"{library} at -" in found.sentence
    if counted:
        assert ("-Os" in {f"-{one.partition(',')[0]}" for one in found.likely[library]}) == ("Os" in build)
        assert found.linked == library
    assert found.asserts == (library == "tflm-reference" and build.endswith("asserts"))


def test_a_published_log_is_of_its_library_and_level(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pico-tflmicro's own log, which CMake compiled with -O3: -O2 takes as long, -Os and others do not."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    from operator_rows import logs, taken

    told = next(one for one in logs() if one["board"] == "raspberry-pi-pico")
    network = load(shared / "models" / f"{told['network']}.tflite")
    lines = [
        LoggedOperator(step.name, round(took))
        for step, took in zip(prepare(network), taken(told), strict=True)
    ]
    board = load_profile(told["board"])
    found = compare_log(network, board, lines, ticks_per_second=told["clock_hz"])
    assert found.linked == "tflm-pico"
    assert found.likely == {"tflm-pico": ("O3", "O2")}
    assert found.build is None


def test_no_optimisation_fits_no_library() -> None:
    lines = [
        replace(line, ticks=40 * line.ticks, milliseconds=None)
        for line in parse_log(log("digits", NUCLEO, "tflm-reference"))
    ]
    found = compare_log(model("digits"), NUCLEO, lines)
    assert found.linked is None
    assert found.build is None
    assert not any(one.likely for one in found.fits)
    assert "-DNDEBUG" in found.sentence
    fast = [replace(line, ticks=line.ticks // 800, milliseconds=None) for line in lines]
    assert "--ticks-per-second" in compare_log(model("digits"), NUCLEO, fast).sentence
    assert compare_log(model("digits"), NUCLEO, fast, ticks_per_second=6e6).linked == "tflm-reference"


def test_times_without_the_pattern_of_any_library_fit_none() -> None:
    lines = parse_log(log("ds_cnn", NUCLEO, "tflm-cmsis-nn"))
    mixed = [replace(line, ticks=line.ticks * (1, 7, 30)[i % 3]) for i, line in enumerate(lines)]
    found = compare_log(model("ds_cnn"), NUCLEO, mixed)
    assert found.linked is None
    assert "fits no library at any build" in found.sentence


def test_one_library_cannot_be_told_from_itself() -> None:
    board = load_profile("arduino-uno")
    found = compare_log(model("digits"), board, parse_log(log("digits", board, "bare-c")))
    assert found.linked is None
    assert "7 of 7 lie in the interval" in found.sentence


def test_calibration_makes_other_models_better(tmp_path: Path) -> None:
    library = "tflm-cmsis-nn"
    logged = parse_log(log("digits", STRANGE, library))
    made = calibrate(model("digits"), NUCLEO, logged, library)
    path = tmp_path / "mine.toml"
    path.write_text(made.to_toml("My board", tmp_path), encoding="utf-8")
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
    assert parse_log("x\nADD took 5 ticks (5000 ms).")[0].ticks == 5
    sums = parse_log('"Unique Tag","Total ticks"\nCONV_2D, 300\nSOFTMAX, 7\n"total number of ticks", 307')
    assert match_log(sums, ["CONV_2D", "CONV_2D", "SOFTMAX"], 1.0, 2) == (
        Measured("CONV_2D", (0, 1), 600.0),
        Measured("SOFTMAX", (2,), 14.0),
    )
    twice = (Measured("CONV_2D", (0,), 100.0), Measured("SOFTMAX", (1,), 7.0))
    assert match_log(table + table, ["CONV_2D", "SOFTMAX"], 1.0, 1) == twice
    assert match_log(table + table, ["CONV_2D", "SOFTMAX"], 1.0, 1, 2) == twice
    with pytest.raises(InputError, match="2 inferences of this model, not 3"):
        match_log(table + table, ["CONV_2D", "SOFTMAX"], 1.0, 1, 3)


def test_ticks_of_boards_that_do_not_know_their_clock() -> None:
    """The Cortex-M port divides by nothing: milliseconds are a thousand times the ticks, or overflow."""
    for ms in ("1442311000", "-1", "2147483647"):
        lines = parse_log(f"CONV_2D took 1442311 ticks ({ms} ms).")
        assert guess_ticks_per_second(lines, 64_000_000) == 64_000_000
    assert guess_ticks_per_second(parse_log("ADD took 1442311 ticks (1442 ms)."), 64_000_000) == 1e6
    assert guess_ticks_per_second(parse_log("ADD took 1442 ticks (1442 ms)."), 64_000_000) == 1e3
    assert parse_log("0,CONV_2D,-2147483648")[0].ticks == 1 << 31
    with pytest.raises(InputError, match="no clock"):
        parse_log("CONV_2D took 0 ticks (0 ms).\nSOFTMAX took 0 ticks (0 ms).")


def test_tags_of_the_users_own_are_passed_over() -> None:
    lines = parse_log("preprocess took 100 ticks (0 ms).\nCONV_2D took 7 ticks (0 ms).\nADC, 512")
    assert [m.operator for m in match_log(lines, ["CONV_2D"], 1.0, 1)] == ["CONV_2D"]


def test_refuses_a_log_of_another_model() -> None:
    with pytest.raises(InputError, match="no line of a MicroProfiler"):
        parse_log("hello")
    logged = parse_log("0,CONV_2D,100\n1,SOFTMAX,7\n")
    with pytest.raises(InputError, match=r"another model.*operator 1 is SOFTMAX there"):
        match_log(logged, ["CONV_2D", "ADD"], 1.0, 1)
    with pytest.raises(InputError, match="has 2 operators, the model 3"):
        match_log(logged, ["CONV_2D", "SOFTMAX", "ADD"], 1.0, 1)
