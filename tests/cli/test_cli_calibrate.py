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
