"""Batteries and energy, with the arithmetic shown."""

from __future__ import annotations

import json
import os
import tomllib
from math import isclose
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from microinfer import profiles, zoo
from microinfer.errors import InputError
from microinfer.model.read import load
from microinfer.operators.prepare import prepare
from microinfer.parts.profile import Profile, load_profile
from microinfer.timing.battery_life import (
    HOURS_A_YEAR,
    battery_life,
    cell_life_hours,
    cell_names,
    load_cell,
    rate_for_life,
    rate_for_power,
)
from microinfer.timing.energy import Span, inference_energy, inference_time, product
from microinfer.timing.prices import estimate
from microinfer.view.charts import Bar, Line, Panel, draw_lines, draw_panels
from microinfer.words.quantities import parse_rate

SHARED = Path(os.environ.get("MICROINFER_SHARED", Path(__file__).parents[2].parent / "shared"))
needs_truth = pytest.mark.skipif(
    not (SHARED / "truth" / "boards.json").exists(),
    reason=f"the truth files are not at {SHARED}; set MICROINFER_SHARED",
)


def seconds(model: str, profile: Profile) -> Span:
    source = zoo.load(model) if model in {"sine", "digits"} else SHARED / "models" / f"{model}.tflite"
    found = inference_time(estimate(prepare(load(source)), profile, profile.library), profile)
    assert found is not None
    return found


def test_two_ampere_hours_at_twelve_microamperes_last_over_ten_years() -> None:
    # 2 Ah / 12 uA = 166,667 h = 19.0 years; a cell that loses 2 % a year by itself still lasts 16
    hours = cell_life_hours(2.0, 12e-6)
    assert isclose(hours, 166_666.7, rel_tol=1e-4)
    assert isclose(hours / HOURS_A_YEAR, 19.0, rel_tol=1e-2)
    assert 10 < cell_life_hours(2.0, 12e-6, 0.02) / HOURS_A_YEAR < 19


def test_two_ampere_hours_at_176_milliamperes_last_eleven_hours() -> None:
    # 2 Ah / 0.1764 A = 11.34 h
    assert isclose(cell_life_hours(2.0, 0.1764), 11.34, rel_tol=1e-3)
    assert isclose(cell_life_hours(2.0, 0.1764, 0.02), 11.34, rel_tol=1e-3)


def test_self_discharge_is_the_solution_of_its_equation() -> None:
    # dQ/dt = -I - kQ, in small steps
    charge, current, lost = 0.2, 20e-6, 0.3
    k = 1 - (1 - lost) ** (1 / HOURS_A_YEAR)
    hours = 0
    while charge > 0:
        charge -= current + k * charge
        hours += 1
    assert isclose(cell_life_hours(0.2, current, lost), hours, rel_tol=1e-3)


def test_a_year_on_a_hearing_aid_battery() -> None:
    """180 mAh that lose half of themselves in a year give 14.2 uA for a year; at 1.4 V through an 85 %
    converter that is 9.4 uA at 1.8 V; less 2.8 uA asleep, 6.6 uA remain for 24.6 mA awake: 0.0269 % of
    the time."""
    board, cell = load_profile("nucleo-l4r5zi"), load_cell("zinc-air 312")
    lost = 0.6931 / HOURS_A_YEAR
    drawn = 0.180 * lost / (2 - 1)
    assert isclose(drawn, 14.2e-6, rel_tol=0.01)
    budget = drawn * 1.4 * 0.85 / 1.8
    duty = (budget - 2.8e-6) / (24.6e-3 - 2.8e-6)
    assert isclose(duty, 0.000269, rel_tol=0.02)
    for model in ("sine", "digits"):
        each = seconds(model, board)
        rate = rate_for_life(board, each, cell, HOURS_A_YEAR)
        assert rate is not None
        assert isclose(rate, duty / each.typical, rel_tol=0.01)
        life = battery_life(board, each, cell, rate)
        assert isclose(life.years.typical, 1.0, rel_tol=0.01)
        assert life.years.low < 1 < life.years.high
        assert life.boosted


def test_what_stays_under_a_milliwatt() -> None:
    """1 mW at 1.8 V is 556 uA; less 2.8 uA asleep, over 24.6 mA: awake 2.25 % of the time."""
    board = load_profile("nucleo-l4r5zi")
    duty = (1e-3 / 1.8 - 2.8e-6) / (24.6e-3 - 2.8e-6)
    assert isclose(duty, 0.0225, rel_tol=0.01)
    each = seconds("digits", board)
    rate = rate_for_power(board, each, 1e-3)
    assert rate is not None
    assert isclose(rate, duty / each.typical, rel_tol=1e-6)
    assert isclose(battery_life(board, each, load_cell("CR2032"), rate).average_w.typical, 1e-3, rel_tol=1e-3)
    assert rate_for_power(board, each, 1e-6) is None


def test_refuses_what_cannot_be() -> None:
    board = load_profile("nucleo-l4r5zi")
    with pytest.raises(InputError, match="at most"):
        battery_life(board, Span(0.5, 0.4, 0.6), load_cell("CR2032"), 3.0)
    with pytest.raises(InputError, match=r"power\.active_a and power\.sleep_a"):
        battery_life(load_profile("cortex-m4"), Span(0.5, 0.4, 0.6), load_cell("CR2032"), 1.0)
    for name in ("AAA9", "0mAh@3V", "xmAh@y", "", "mah"):
        with pytest.raises(InputError):
            load_cell(name)
    for rate in ("0", "-1/s", "1/fortnight", "fast", "nan", "inf"):
        with pytest.raises(InputError, match="rate"):
            parse_rate(rate)


def test_cells_and_rates_by_name() -> None:
    assert load_cell("CR2032").volts == 3.0
    assert load_cell("312").name == "zinc-air-312"
    assert load_cell("AA").name == "aa-alkaline"
    assert load_cell("2000mAh@3.7V").capacity_ah.typical == 2.0
    assert (parse_rate("1/s"), parse_rate("6/min"), parse_rate("2")) == (1.0, 0.1, 2.0)
    for name in cell_names():
        cell = load_cell(name)
        assert cell.capacity_ah.low <= cell.capacity_ah.typical <= cell.capacity_ah.high
        table = tomllib.loads((Path(profiles.__path__[0]) / "cells" / f"{name}.toml").read_text())
        assert {"volts", "self_discharge_per_year", "capacity_mah.typical"} <= set(table["sources"])


def test_independent_errors_add_in_squares() -> None:
    both = product(Span(2, 1, 4), Span(3, 1.5, 6))
    assert both.typical == 6
    assert isclose(both.high / 6, 2**2**0.5)
    assert isclose(6 / both.low, 2**2**0.5)


def test_pictures_stand_alone() -> None:
    lines = [Line("a <b>", ((1, 10, 5, 20), (10, 100, 50, 200)))]
    fromstring(draw_lines(lines, "t & u", "x", "y", [(50.0, "a year")]))
    bars = Bar("a", 2, 1, 3, "2 ms"), Bar("b", 0, 0, 0, "0 ms", "other")
    fromstring(draw_panels([Panel("", bars)], "t"))
    with pytest.raises(InputError):
        draw_lines([], "t", "x", "y")
    with pytest.raises(InputError):
        draw_panels([], "t")


@needs_truth
def test_energy_of_the_mlperf_rows() -> None:
    """Rows of our library: latency and current are ours. Other engines: their latency, our current."""
    rows: Any = json.loads((SHARED / "truth" / "boards.json").read_text())["mlperf_tiny"]
    boards = {"NUCLEO-L4R5ZI": "nucleo-l4r5zi", "NUCLEO-H7A3ZI-Q": "nucleo-h7a3zi-q"}
    ours = others = 0
    for row in rows:
        if row["energy_uj"] is None or row["board"].upper() not in boards:
            continue
        board = load_profile(boards[row["board"].upper()])
        took = Span(*[row["energy_uj"] / row["avg_power_mw"] / 1e3] * 3)
        if row["software"] == "microTVM + CMSIS-NN":
            took = seconds(row["model"], board)
            ours += 1
        found = inference_energy(took, board)
        assert found is not None
        assert found.microjoules.low <= row["energy_uj"] <= found.microjoules.high, row["source_path"]
        others += 1
    assert ours == 4
    assert others >= 19


def test_time_and_energy_of_one_inference() -> None:
    """Cycles by the clock; volts times amperes times seconds."""
    part = load_profile("nucleo-l4r5zi")
    costs = estimate(prepare(load(zoo.load("digits"))), part, part.library)
    took = inference_time(costs, part)
    assert took is not None
    once = sum(cost.invocation for cost in costs)
    assert once > 0
    assert isclose(took.typical * part.clock_hz, once + sum(cost.cycles or 0 for cost in costs))
    spent = inference_energy(took, part)
    assert spent is not None
    assert part.active is not None
    assert part.supply_v is not None
    watts = part.supply_v * part.active.typical
    assert isclose(spent.milliwatts.typical, 1e3 * watts)
    assert isclose(spent.microjoules.typical, 1e6 * watts * took.typical)
    assert spent.microjoules.low < spent.microjoules.typical < spent.microjoules.high
