"""The programs in benchmarks/ that fail where something has become slow: what they compare, and how."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from microinfer import zoo

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="counts processor time as Unix does")

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def programs() -> Iterator[Any]:
    """Imports a program of the folder by its name."""
    before = set(sys.modules)
    sys.path.insert(0, str(FOLDER))
    yield importlib.import_module
    sys.path.remove(str(FOLDER))
    for name in set(sys.modules) - before:
        if (
            getattr(sys.modules[name], "__file__", None)
            and FOLDER in Path(sys.modules[name].__file__).parents
        ):  # type: ignore[arg-type]
            del sys.modules[name]


def test_every_ratio_is_committed_for_any_processor(programs: Any) -> None:
    guard = programs("guard")
    committed = json.loads(guard.FILE.read_text(encoding="utf-8"))
    wanted = {f"invoke: {name}" for name in guard.MODELS} | {f"batch: {name}" for name in guard.BATCHED}
    assert guard.ANY_OTHER in committed
    for ratios in committed.values():
        assert wanted < set(ratios)
        assert all(ratio > 0 for ratio in ratios.values())
    assert set(guard.MODELS) == set(zoo.names())


def test_half_as_fast_is_too_slow(programs: Any, capsys: pytest.CaptureFixture[str]) -> None:
    guard = programs("guard")
    committed = {"invoke: a": 40.0, "invoke: b": 40.0, "batch: a": 10.0}
    found = {"invoke: a": 20.1, "invoke: b": 19.9, "batch: c": 10.0}
    wrong = guard.compare(found, committed)
    assert [one.partition(":")[2].strip() for one in wrong] == [
        "b: 19.9, expected at least half of 40",
        "c: not in ratios.json; run with --update",
    ]
    assert "| invoke: a | 40 | 20.1 | 50% |" in capsys.readouterr().out


def test_an_exponent_is_the_slope_of_the_upper_decades(programs: Any) -> None:
    growth = programs("growth")
    sizes = [1, 3, 10, 30, 100, 300, 1000]
    assert growth.exponent(sizes, [2.0 * size for size in sizes]) == pytest.approx(1)
    assert growth.exponent(sizes, [0.1 * size**2 for size in sizes]) == pytest.approx(2)


@pytest.mark.parametrize("name", ["chain", "convolution", "weights", "elements"])
def test_models_that_grow_are_models(programs: Any, name: str) -> None:
    growth = programs("growth")
    for stage in growth.stages(getattr(growth, name)(3)).values():
        stage()


def test_limits_are_those_of_start_up(programs: Any) -> None:
    startup = programs("startup")
    timed = startup.timed([sys.executable, "-c", "pass"], 1, 0.2)
    assert timed.busy > 0
    assert timed.limit == 0.2


def test_a_row_of_the_readme_has_both_others_and_both_numbers_of_threads(programs: Any) -> None:
    speed = programs("speed")
    one = {"microinfer": 1.42e-6, "tflite-micro": 124e-6, "LiteRT": 1.711e-6}
    many = {"microinfer": 0.36e-6, "LiteRT, threads": 2.9e-6, "LiteRT, interpreters": 2.3e-6}
    assert speed.readme_row("x", one, many) == "| x | 1.42 | 124 | 1.71 | 87 | 0.36 | 2.3 |"
    refused = {name: value for name, value in one.items() if name != "LiteRT"}
    assert speed.readme_row("x", refused, {"microinfer": 45.94e-6}) == (
        "| x | 1.42 | 124 | refused | 87 | 45.9 | refused |"
    )
    assert {"mobilenet_v2_96", "mobilenet_v2_224"} <= set(speed.README) & set(speed.models())


def test_operators_that_are_short_are_summed_up_with_the_reason(programs: Any) -> None:
    operators = programs("operators")
    assert operators.measure("RESHAPE", "int8", 16, 0.001).floor > 0

    def row(name: str, dtype: str, ours: float, tflm: float, litert: float | None, floor: float) -> Any:
        return operators.Row(name, dtype, 65536, ours, tflm, litert, True, floor)

    said = list(
        operators.kinds(
            [
                row("RESHAPE", "int8", 140, 140, 140, 100),
                row("SUM of (3,)", "float32", 1000, 9000, 100, 100),
                row("SUM of (1, 2)", "float32", 1000, 9000, 200, 100),
                row("SUM of (1, 2)", "int8", 1000, 2500, None, 100),
                row("ADD", "int8", 1000, 5000, 500, 100),
            ]
        )
    )
    assert [line for line in said if not line.startswith(" ")] == [
        "1 cases: no reason but that nobody has made it quicker",
        f"2 cases: {operators.IN_ORDER}",
        "1 cases: nothing but a call and its bytes' way through memory",
    ]
    assert [line.split() for line in said if line.startswith(" ")] == [
        ["SUM", "1,", "50%", "reached", "at", "least,", "10.0", "floors;", "int8"],
        ["SUM", "2,", "20%", "reached", "at", "least,", "10.0", "floors;", "float32"],
        ["RESHAPE", "1,", "20%", "reached", "at", "least,", "1.4", "floors;", "int8"],
    ]
