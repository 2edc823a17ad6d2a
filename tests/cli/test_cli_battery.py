"""How long a battery lasts, as a user asks it. The arithmetic stands beside each figure."""

from __future__ import annotations

import os
import subprocess
import sys
from math import isclose, log
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from microinfer import ModelBuilder
from microinfer.cli.battery_view import duration, rate_text
from microinfer.errors import InputError
from microinfer.timing.battery_life import HOURS_A_YEAR, load_cell
from microinfer.words.quantities import parse_every, parse_rate

from support.commands import call, error_of, json_of

NUCLEO = ("-p", "nucleo-l4r5zi")


def answer(*arguments: str | Path, code: int = 0) -> dict[str, Any]:
    content = json_of("battery", *arguments, code=code)
    assert content["schema"] == "microinfer.battery/1"
    return content


OWN = ("--capacity", "2Ah", "--voltage", "3V", "--supply", "3V")


def test_twelve_microamperes_last_over_ten_years() -> None:
    """2 Ah / 12 uA = 166,667 h = 19.0 years, whatever runs once a day for a millisecond; a cell that loses
    2 % a year, k = 0.0202: ln(1 + 0.0202 x 19.0) / 0.0202 = 16.1 years."""
    board = (*NUCLEO, "--rate", "1/day", *OWN, "--sleep", "12uA")
    hours = answer("sine", *board)["cells"][0]["hours"]["typical"]
    assert isclose(hours, 2.0 / 12e-6, rel_tol=1e-3)
    assert hours > 10 * HOURS_A_YEAR
    years = answer("sine", *board, "--self-discharge", "2")["cells"][0]["years"]["typical"]
    assert isclose(years, 16.1, rel_tol=5e-3)
    assert years > 10


def test_a_hundred_milliamperes_last_eleven_hours() -> None:
    """2 Ah / 176.4 mA = 11.34 h: a board that draws this asleep and awake."""
    board = (*NUCLEO, *OWN, "--active", "176.4mA", "--sleep", "176.4mA")
    found = answer("sine", *board)["cells"][0]
    assert isclose(found["hours"]["typical"], 2.0 / 0.1764, rel_tol=1e-6)
    assert "11.3 h" in call("battery", "sine", *board).stdout


@pytest.mark.parametrize("model", ["sine", "digits"])
def test_a_year_on_a_hearing_aid_battery(model: str) -> None:
    """Zinc-air 312: 180 mAh that lose half of themselves in a year, k = ln 2 / year, last a year at
    k C / (e^k - 1) = 0.6931 x 180 mAh / 8766 h = 14.2 uA. A converter of 85 % makes 1.4 V of it into
    9.41 uA at 1.8 V, of which 2.8 uA are for sleep: 6.61 uA of 24.6 mA, so awake 0.0269 % of the time."""
    found = answer(model, *NUCLEO, "--cell", "zinc-air 312")
    awake = (0.6931 * 0.180 / 8766 * 1.4 * 0.85 / 1.8 - 2.8e-6) / (0.0246 - 2.8e-6)
    assert isclose(awake, 2.69e-4, rel_tol=5e-3)
    rate = found["cells"][0]["max_rate_per_s_for_a_year"]
    assert isclose(rate, awake / (found["inference_ms"]["typical"] / 1e3), rel_tol=1e-3)
    at_that_rate = answer(model, *NUCLEO, "--cell", "312", "--rate", f"{rate:.9f}/s")
    assert isclose(at_that_rate["cells"][0]["years"]["typical"], 1.0, rel_tol=1e-3)
    sure = found["cells"][0]["sure_rate_per_s_for_a_year"]
    surely = answer(
        model, *NUCLEO, "--cell", "312", "--rate", f"{sure:.9f}/s", "--min-life", "0.999y", code=1
    )  # its charge does, but an opened cell dries out
    assert isclose(surely["cells"][0]["years"]["low"], 1.0, rel_tol=1e-3)
    assert any("beyond 91.3 days nobody answers for it" in each for each in surely["warnings"])


@pytest.mark.parametrize(("asked", "code"), [("9y", 0), ("20y", 1)])
def test_a_cell_is_not_said_to_outlast_its_age(asked: str, code: int) -> None:
    """By charge and self-discharge alone two AA cells last 40 years and more at a rate of one an hour."""
    found = answer("digits", *NUCLEO, "--cell", "2xAA", "--rate", "1/h", "--min-life", asked, code=code)
    assert found["cells"][0]["years"]["low"] > 20
    assert found["cells"][0]["shelf_years"] == 10
    assert any("beyond 10 years nobody answers for it" in each for each in found["warnings"])
    said = call("battery", "digits", *NUCLEO, "--cell", "2xAA", "--rate", "1/h", "--min-life", asked).stdout
    assert ("at least: yes" in said) == (code == 0)


def test_a_cell_of_ones_own_has_no_age() -> None:
    found = answer("digits", *NUCLEO, "--cell", "9000mAh@3V", "--rate", "1/h", "--min-life", "20y")
    assert found["cells"][0]["shelf_years"] is None


def test_which_models_run_every_minute_for_a_year_on_a_hearing_aid_battery() -> None:
    """Awake 0.0269 % of the time (above) is 16.1 ms a minute."""
    every_minute = []
    for model in ("sine", "digits", "streaming_keyword", "autoencoder", "ds_cnn", "resnet_8"):
        found = answer(model, *NUCLEO, "--cell", "312", "--rate", "1/day")
        rate = found["cells"][0]["max_rate_per_s_for_a_year"]
        assert (rate >= 1 / 60) == (found["inference_ms"]["typical"] <= 16.1)
        every_minute += [model] if rate >= 1 / 60 else []
    assert every_minute == ["sine", "digits", "streaming_keyword", "autoencoder"]


def test_which_model_stays_under_a_milliwatt() -> None:
    """1 mW at 1.8 V is 556 uA, of which 2.8 uA are for sleep: of 24.6 mA, awake 2.25 % of the time. At
    10 a second that leaves 2.25 ms an inference."""
    awake = (1e-3 / 1.8 - 2.8e-6) / (0.0246 - 2.8e-6)
    assert isclose(awake, 0.0225, rel_tol=5e-3)
    stays = {}
    for model in ("sine", "digits", "streaming_keyword", "autoencoder", "ds_cnn", "resnet_8"):
        found = answer(model, *NUCLEO, "--rate", "1/min")
        seconds = found["inference_ms"]["typical"] / 1e3
        assert isclose(found["max_rate_per_s_under_1_mw"], awake / seconds, rel_tol=1e-6)
        stays[model] = seconds <= awake / 10
        watts = answer(model, *NUCLEO, "--rate", "10/s", code=0 if seconds < 0.1 else 1)["average_w"]
        assert stays[model] == (watts is not None and watts["typical"] <= 1e-3)
    assert [model for model, under in stays.items() if under] == ["sine", "digits", "streaming_keyword"]


def test_one_screen(tmp_path: Path) -> None:
    picture = tmp_path / "life.svg"
    result = call("battery", "digits", *NUCLEO, "--cell", "CR2032", "--cell", "2xAA", "--svg", picture)
    assert result.exit_code == 0
    said_of_time = ("1 a second", "1/day", "all the time")
    for said in (*said_of_time, "on average", "Under 1 mW", "CR2032", "2 x AA", "provisional", "15.0 mA"):
        assert said in result.stdout, said
    assert max(map(len, result.stdout.splitlines())) <= 110
    drawing = picture.read_text()
    fromstring(drawing)
    assert drawing.count("<polyline") == 2
    assert "1 a second" in drawing


def test_low_and_high_enclose_what_is_typical() -> None:
    for cell in answer("digits", *NUCLEO, "--cell", "AA", "--cell", "zinc-air-13", "--cell", "500mAh@3.7V")[
        "cells"
    ]:
        assert cell["hours"]["low"] < cell["hours"]["typical"] < cell["hours"]["high"]
        assert cell["sure_rate_per_s_for_a_year"] < cell["max_rate_per_s_for_a_year"]
        assert cell["hours_without_self_discharge"] >= cell["hours"]["typical"]


def test_what_cannot_be_is_exit_code_1() -> None:
    slow = answer("digits", *NUCLEO, "--rate", "5000/s", code=1)
    assert not slow["fast_enough"]
    assert slow["cells"][0]["hours"] is None
    assert "Too slow" in call("battery", "digits", *NUCLEO, "--rate", "5000/s").stdout
    assert not answer("resnet_8", "-p", "arduino-uno", "--rate", "1/h", code=1)["fits"]
    assert not answer("digits", *NUCLEO, "--min-life", "1y", code=1)["good"]
    assert "not surely" in call("battery", "digits", *NUCLEO, "--min-life", "1y").stdout
    assert answer("digits", *NUCLEO, "--min-life", "1w")["good"]


@pytest.mark.parametrize(("core", "board"), [("cortex-m4", "nucleo-l4r5zi"), ("cortex-m33", "ek-ra6m4")])
def test_a_bare_core_is_told_which_boards_have_a_current(core: str, board: str) -> None:
    result = call("battery", "digits", "-p", core)
    assert result.exit_code == 3
    (line,) = result.stderr.splitlines()
    assert "--active, --sleep, --supply" in line
    assert board in line
    assert "arduino-uno" not in line


def test_a_switching_regulator_draws_less_at_a_higher_voltage() -> None:
    smps, ldo = (
        [
            answer("sine", "-p", board, "--supply", volts, "--rate", "100/s", "--sleep", "0.001uA")
            for volts in ("1.8V", "3.0V")
        ]
        for board in ("nucleo-u575zi", "nucleo-l4r5zi")
    )
    assert isclose(smps[0]["average_w"]["typical"], smps[1]["average_w"]["typical"], rel_tol=1e-3)
    assert isclose(ldo[1]["average_w"]["typical"] / ldo[0]["average_w"]["typical"], 3.0 / 1.8, rel_tol=1e-3)


def test_mistakes_are_one_line(tmp_path: Path) -> None:
    builder = ModelBuilder("none")
    builder.output(builder.input((1, 4), scale=1.0))
    (tmp_path / "none.tflite").write_bytes(builder.build())
    assert "no operators" in error_of("battery", tmp_path / "none.tflite", *NUCLEO)
    assert "no cell 'AAAA'" in error_of("battery", "digits", *NUCLEO, "--cell", "AAAA")
    assert "every 5s" in error_of("battery", "digits", *NUCLEO, "--rate", "often")
    assert "--voltage" in error_of("battery", "digits", *NUCLEO, "--capacity", "2Ah")
    assert "such as 5uA" in error_of("battery", "digits", *NUCLEO, "--sleep", "5")
    assert "such as 36h" in error_of("battery", "digits", *NUCLEO, "--min-life", "long")
    assert "cannot write" in error_of("battery", "digits", *NUCLEO, "--svg", "/nowhere/life.svg")
    assert "bare-c" in error_of("battery", "digits", "-p", "arduino-uno", "--library", "tflm-reference")


def test_rates_and_cells_as_people_write_them() -> None:
    same = ("every 5s", "every 5 seconds", "12 per minute", "12/min", "0.2", "720/h")
    others = {"every minute": 1 / 60, "every 100ms": 10.0, "1/hour": 1 / 3600, "3": 3.0, "2/days": 2 / 86400}
    for text, rate in {**dict.fromkeys(same, 0.2), **others}.items():
        assert isclose(parse_rate(text), rate), text
    for text in (
        "every",
        "every 0s",
        "every -1s",
        "1/0",
        "per s",
        "1 s",
        "1//s",
        "every 5",
        "1e400/s",
        "1/x",
    ):
        with pytest.raises(InputError, match="rate"):
            parse_rate(text)
    assert load_cell("2xAA").volts == load_cell("2 x aa").volts == 3.0
    assert load_cell("2xAA").capacity_ah == load_cell("AA").capacity_ah
    with pytest.raises(InputError, match="no cell"):
        load_cell("2xbanana")


def test_words_for_figures() -> None:
    assert [duration(h) for h in (0.5, 11.34, 49, 2000, 8766 * 19)] == [
        "0.5 h",
        "11.3 h",
        "2.04 days",
        "83.3 days",
        "19 years",
    ]
    assert [rate_text(r) for r in (1, 0.2, 1 / 3600, 1e-5, 1500)] == [
        "1 a second",
        "12 a minute",
        "1 an hour",
        "0.864 a day",
        "1,500 a second",
    ]


def test_needs_no_numba() -> None:
    program = (
        "import sys\nfrom microinfer.cli import main\n"
        "try:\n    main(['battery', 'digits', '-p', 'nucleo-l4r5zi'])\nexcept SystemExit:\n    pass\n"
        "assert 'numba' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env={**os.environ}
    )
    assert done.returncode == 0, done.stderr


def test_how_often_takes_a_bare_time_behind_every() -> None:
    for text, rate in {
        "5s": 0.2,
        " 2 min ": 1 / 120,
        "every 5s": 0.2,
        "10/min": 1 / 6,
        "4/h": 4 / 3600,
    }.items():
        assert isclose(parse_every(text), rate), text
    for text in ("5q", "0s", "-5s", "s", ""):
        with pytest.raises(InputError, match="expected inferences by time"):
            parse_every(text)


def test_a_device_is_placed_between_asleep_and_all_the_time() -> None:
    """2 Ah: 19 years at 12 µA, eleven hours at 176.4 mA; the way between is one of powers of ten."""
    own = ("digits", "-p", "cortex-m4", "--active", "176.4mA", "--sleep", "12uA", "--supply", "3.7V")
    own = (*own, "--cell", "2000mAh@3.7V", "--rate")
    often, seldom = answer(*own, "1/s"), answer(*own, "1/h")
    for one in (often, seldom):
        (cell,) = one["cells"]
        assert isclose(cell["hours_asleep"], 2 / 12e-6)
        assert isclose(cell["hours_busiest"], 2 / 176.4e-3)
        assert isclose(one["asleep_w"], 12e-6 * 3.7)
        assert isclose(one["busiest_w"], 176.4e-3 * 3.7)
        drawn = cell["drawn_a"]["typical"]
        assert isclose(one["way_to_busiest"], log(drawn / 12e-6) / log(176.4e-3 / 12e-6))
    assert 0 <= seldom["way_to_busiest"] < 0.02 < often["way_to_busiest"] < 1
    said = " ".join(call("battery", *own, "1/s").stdout.split())
    assert f"running all the time: {100 * often['way_to_busiest']:.0f} % of the way" in said
    assert "never 19 years" in said
    too_often = answer(*own, "1000000/s", code=1)
    assert too_often["way_to_busiest"] is None
    assert too_often["cells"][0]["hours_asleep"] is None


def test_where_the_sleep_alone_lacks_that_is_what_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'extends = "cortex-m4"\nkind = "board"\n[power]\nsupply_v = 3.3\nactive_a = { typical = 0.01 }\n'
    )
    result = call("battery", "sine", "-p", tmp_path / "mine.toml")
    assert result.exit_code == 3
    assert "what it draws asleep is not known" in result.stderr
    assert "give --sleep, such as --sleep 5uA" in result.stderr
