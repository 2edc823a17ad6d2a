"""A board is learned from its log, and predicts its other models better."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from microinfer import zoo
from microinfer.model.read import load
from microinfer.operators.prepare import prepare
from microinfer.parts.profile import MemoryTiming, Profile, load_profile
from microinfer.timing.prices import estimate, total

from support.commands import call, error_of

NUCLEO = load_profile("nucleo-l4r5zi")
SLOW = replace(NUCLEO, timing=MemoryTiming(fetch=0.9, weights_random=6.0, cold=0.24))
"""A board that the stock profile does not know: its flash is much slower."""
OTHERS = ("sine", "ds_cnn", "streaming_keyword", "autoencoder", "resnet_8", "mobilenet_v1")


def cycles(name: str, board: Profile, library: str) -> list[tuple[str, int]]:
    steps = prepare(load(zoo.load(name)))
    costs = estimate(steps, board, library)
    return [(step.name, cost.cycles or 0) for step, cost in zip(steps, costs, strict=True)]


def whole(name: str, board: Profile, library: str) -> Any:
    return total(estimate(prepare(load(zoo.load(name))), board, library))


def write_log(path: Path, name: str, library: str, *, sums: bool = False, times: int = 1) -> Path:
    ticks = cycles(name, SLOW, library)
    if sums:
        by_kind: dict[str, int] = {}
        for operator, count in ticks:
            by_kind[operator] = by_kind.get(operator, 0) + times * count
        path.write_text("\n".join(f"{operator}, {count}" for operator, count in by_kind.items()))
    else:
        path.write_text("\n".join(f"{operator} took {count} ticks (-1 ms)." for operator, count in ticks))
    return path


@pytest.mark.parametrize("library", ["tflm-cmsis-nn", "tflm-reference"])
@pytest.mark.parametrize("sums", [False, True])
def test_other_models_are_predicted_better(library: str, sums: bool, tmp_path: Path) -> None:
    log = write_log(tmp_path / "profiler.txt", "digits", library, sums=sums, times=4)
    covers = ("--inferences", "4") if sums else ()
    result = call(
        "calibrate", "digits", "--log", log, "-p", "nucleo-l4r5zi", "-o", tmp_path / "mine.toml", *covers
    )
    assert result.exit_code == 0, result.output
    mine = load_profile(tmp_path / "mine.toml")
    assert mine.library == library
    better = 0
    for name in ("digits", *OTHERS):
        took = whole(name, SLOW, library).cycles
        stock, learned = whole(name, NUCLEO, library), whole(name, mine, library)
        before, after = abs(stock.cycles / took - 1), abs(learned.cycles / took - 1)
        assert after < before, name
        better += after < before / 2
    assert better >= 5
    # what an inference takes beside its operators is in no profiler's log
    operators = [sum(count for _, count in cycles("digits", board, library)) for board in (mine, SLOW)]
    assert abs(operators[0] / operators[1] - 1) < 1e-3


def test_learning_twice_changes_nothing_more(tmp_path: Path) -> None:
    """What the written profile predicts is the log, so learning from it again finds factors of 1."""
    log = write_log(tmp_path / "profiler.txt", "ds_cnn", "tflm-cmsis-nn")
    first, second = tmp_path / "mine.toml", tmp_path / "again.toml"
    assert call("calibrate", "ds_cnn", "--log", log, "-p", "nucleo-l4r5zi", "-o", first).exit_code == 0
    result = call("calibrate", "ds_cnn", "--log", log, "-p", first, "-o", second, "--json")
    content = json.loads(result.stdout)
    assert content["schema"] == "microinfer.calibrate/1"
    assert abs(content["ratio"] - 1) < 1e-3
    once, twice = load_profile(first), load_profile(second)
    assert twice.parents[:2] == ("mine", "nucleo-l4r5zi")
    for operator, factor in twice.factors["tflm-cmsis-nn"].items():
        assert abs(factor / once.factors["tflm-cmsis-nn"][operator] - 1) < 2e-2, operator


def test_the_file_says_where_it_comes_from(tmp_path: Path) -> None:
    log = write_log(tmp_path / "profiler.txt", "digits", "tflm-cmsis-nn")
    path = tmp_path / "mine.toml"
    result = call(
        *("calibrate", "digits", "--log", log, "-p", "nucleo-l4r5zi", "-o", path),
        *("--title", 'My "board" \\ rev. B'),
    )
    assert result.exit_code == 0, result.output
    table = tomllib.loads(path.read_text())
    assert table["extends"] == "nucleo-l4r5zi"
    assert table["title"] == 'My "board" \\ rev. B'
    assert "digits" in table["sources"]["factors.tflm-cmsis-nn.CONV_2D"]
    assert 1.2 < table["factors"]["tflm-cmsis-nn"]["CONV_2D"] < 3
    assert "CONV_2D" in result.stdout
    assert call("run", "digits", "-p", path).exit_code == 0
    assert "profiler log" in call("profiles", "show", path).stdout


def test_doubts_are_said(tmp_path: Path) -> None:
    log = write_log(tmp_path / "profiler.txt", "digits", "tflm-reference")
    result = call(
        *("calibrate", "digits", "--log", log, "-p", "nucleo-l4r5zi", "-o", tmp_path / "mine.toml"),
        *("--library", "tflm-cmsis-nn"),
    )
    assert "the log speaks for tflm-reference" in " ".join(result.stdout.split())
    assert "the log fits no library" in " ".join(
        call(
            *("calibrate", "digits", "--log", log, "-p", "nucleo-l4r5zi", "-o", tmp_path / "other.toml"),
            *("--ticks-per-second", "1e6"),
        )
        .stdout.lower()
        .split()
    )


def test_mistakes_are_one_line(tmp_path: Path) -> None:
    log = write_log(tmp_path / "profiler.txt", "digits", "tflm-cmsis-nn")
    mine = tmp_path / "mine.toml"
    assert "another model" in error_of("calibrate", "ds_cnn", "--log", log, "-o", mine)
    assert not mine.exists()
    assert ".toml" in error_of("calibrate", "digits", "--log", log, "-o", tmp_path / "mine.txt")
    mine.write_text("")
    assert "--force" in error_of("calibrate", "digits", "--log", log, "-o", mine)
    assert call("calibrate", "digits", "--log", log, "-o", mine, "--force").exit_code == 0
    assert "would extend" in error_of("calibrate", "digits", "--log", log, "-p", mine, "-o", mine, "--force")
    assert "cannot write" in error_of(
        "calibrate", "digits", "--log", log, "-o", tmp_path / "nowhere" / "mine.toml"
    )
    assert "--log" in error_of("calibrate", "digits", "-o", mine)
    too_quick = tmp_path / "ticks.txt"
    logged = cycles("digits", SLOW, "tflm-cmsis-nn")
    too_quick.write_text("\n".join(f"{name} took 1 ticks (0 ms)." for name, _ in logged))
    said = error_of("calibrate", "digits", "--log", too_quick, "-o", tmp_path / "quick.toml")
    assert "no clock is as quick; --ticks-per-second says" in said
    assert not (tmp_path / "quick.toml").exists()


def totals(*names: str, board: Profile = SLOW, library: str = "tflm-cmsis-nn", off: float = 0.0) -> list[str]:
    """Times of whole inferences on a board, every other one `off` by as much."""
    found: list[str] = []
    for number, name in enumerate(names):
        took = whole(name, board, library).cycles / board.clock_hz * (1 + off * (-1) ** number)
        found += ["--total", f"{name}={took * 1e3:.6f}ms"]
    return found


def test_totals_of_several_models_predict_others(tmp_path: Path) -> None:
    learned = ("digits", "ds_cnn", "autoencoder", "resnet_8")
    mine = tmp_path / "mine.toml"
    result = call("calibrate", *totals(*learned), "-p", "nucleo-l4r5zi", "-o", mine, "--json")
    assert result.exit_code == 0, result.output
    content = json.loads(result.stdout)
    assert [one["model"] for one in content["held"]] == list(learned)
    board = load_profile(mine)
    for name in ("mobilenet_v1", "streaming_keyword"):
        took = whole(name, SLOW, "tflm-cmsis-nn").cycles
        stock, made = whole(name, NUCLEO, "tflm-cmsis-nn"), whole(name, board, "tflm-cmsis-nn")
        assert abs(made.cycles / took - 1) < abs(stock.cycles / took - 1) / 2
        assert made.cycles_low <= took <= made.cycles_high


@pytest.mark.parametrize("build", ["O2", "Os"])
def test_what_is_stated_is_what_check_uses(build: str, tmp_path: Path) -> None:
    mine, learned = tmp_path / "mine.toml", ("digits", "ds_cnn", "autoencoder", "sine")
    times = totals(*learned, off=0.08)
    result = call("calibrate", *times, "-p", "nucleo-l4r5zi", "--build", build, "-o", mine, "--json")
    content = json.loads(result.stdout)
    assert content["spread"] > 0.08
    for stated in content["seconds"]:
        checked = json.loads(call("check", stated["model"], "-p", mine, "--json").stdout)["checks"][0]
        assert checked["profile"]["build"] == build
        latency = next(one for one in checked["measures"] if one["name"] == "latency")
        assert latency["low"] == pytest.approx(stated["low"])
        assert latency["value"] == pytest.approx(stated["typical"])
        assert latency["high"] == pytest.approx(stated["high"])


def test_totals_and_logs_together(tmp_path: Path) -> None:
    log = write_log(tmp_path / "profiler.txt", "ds_cnn", "tflm-cmsis-nn")
    (tmp_path / "total.txt").write_text(f"Invoke took {whole('sine', SLOW, 'tflm-cmsis-nn').cycles / 120} us")
    mine = tmp_path / "mine.toml"
    given = ("--log", f"ds_cnn={log}", "--log", f"sine={tmp_path / 'total.txt'}", *totals("autoencoder"))
    result = call("calibrate", *given, "-p", "nucleo-l4r5zi", "-o", mine)
    assert result.exit_code == 0, result.output
    assert "3 models" in result.stdout
    assert "DEPTHWISE_CONV_2D" in result.stdout
    for name in ("ds_cnn", "digits", "mobilenet_v1"):
        took = whole(name, SLOW, "tflm-cmsis-nn").cycles
        assert whole(name, load_profile(mine), "tflm-cmsis-nn").cycles == pytest.approx(took, rel=0.1)


def test_too_few_totals_and_such_that_contradict_are_refused(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    for names in (("digits",), ("digits", "ds_cnn")):
        said = error_of("calibrate", *totals(*names), "-p", "nucleo-l4r5zi", "-o", mine)
        assert "at least 3" in said
    wild = totals("digits", "ds_cnn", "autoencoder", "resnet_8", off=0.9)
    said = error_of("calibrate", *wild, "-p", "nucleo-l4r5zi", "-o", mine)
    assert "contradict" in said
    assert "ds_cnn" in said
    assert not mine.exists()
    assert "386ms" in error_of("calibrate", "--total", "digits=386", "-o", mine)
    assert "whose" in error_of(
        "calibrate", "--log", write_log(tmp_path / "a", "digits", NUCLEO.library), "-o", mine
    )


def test_a_board_that_nobody_knows_keeps_its_wait_states(tmp_path: Path) -> None:
    """Its factors were learned over what is assumed of it, and hold with that alone."""
    unknown, mine = tmp_path / "board.toml", tmp_path / "mine.toml"
    unknown.write_text('extends = "cortex-m4"\nkind = "board"\nclock_hz = 120_000_000\n', encoding="utf-8")
    learned = ("digits", "ds_cnn", "autoencoder", "resnet_8")
    assert call("calibrate", *totals(*learned), "-p", unknown, "-o", mine).exit_code == 0
    for name in learned:
        took = whole(name, SLOW, "tflm-cmsis-nn").cycles
        assert whole(name, load_profile(mine), "tflm-cmsis-nn").cycles == pytest.approx(took, rel=0.1)
