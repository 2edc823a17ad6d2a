"""Radios and sensors beside a board, with the arithmetic shown."""

from __future__ import annotations

from math import inf, isclose

import pytest

from microinfer.errors import InputError
from microinfer.parts.profile import Current, Profile, load_profile
from microinfer.timing.battery_life import (
    HOURS_A_YEAR,
    battery_life,
    load_cell,
    rate_for_life,
    rate_for_power,
)
from microinfer.timing.energy import Span
from microinfer.timing.peripherals import expect_time, fastest_rate, parse_peripheral
from microinfer.words.dataclass import replace

ONE_MS = Span(1e-3, 1e-3, 1e-3)


def radio(text: str) -> tuple[float, float]:
    """Amperes at 3 V on average whatever runs, and coulombs with each inference."""
    found = parse_peripheral("radio", text)
    return found.steady(3.0), found.charge(3.0)


@pytest.mark.parametrize(
    ("text", "amperes", "coulombs"),
    [
        ("12uA", 12e-6, 0.0),
        ("36uW", 12e-6, 0.0),  # 36 uW / 3 V
        ("1mA,5%", 50e-6, 0.0),
        ("650uA,10ms,1/s", 6.5e-6, 0.0),
        ("60mA, 4ms, 10/min", 60e-3 * 4e-3 / 6, 0.0),  # 40 uA
        ("60mA,4ms,every 6s", 60e-3 * 4e-3 / 6, 0.0),
        ("180mW,4ms", 0.0, 240e-6),  # 60 mA for 4 ms
        ("60mA,4ms,5%", 0.0, 12e-6),
        ("60mA,125B@250kbps", 0.0, 240e-6),  # 1,000 bits in 4 ms
        ("60mA,125B@0.25Mbit/s,5%", 0.0, 12e-6),
        ("60mA,125B@250kbps,10/min", 40e-6, 0.0),
    ],
)
def test_what_people_write(text: str, amperes: float, coulombs: float) -> None:
    found = radio(text)
    assert isclose(found[0], amperes)
    assert isclose(found[1], coulombs)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "''"),
        ("60", "'60'"),
        ("0mA", "'0mA'"),
        ("-1mA", "'-1mA'"),
        ("60mAh", "'60mAh'"),
        ("60mA,", "''"),
        ("60mA,4", "'4'"),
        ("60mA,0%", "'0%'"),
        ("60mA,101%", "'101%'"),
        ("60mA,5%,1/s", "'1/s'"),
        ("60mA,0B@1kbps", "'0B@1kbps'"),
        ("60mA,24B@0kbps", "'24B@0kbps'"),
        ("60mA,24B", "'24B'"),
        ("60mA,4ms,0/s", "'0/s'"),
        ("60mA,4ms,often", "'often'"),
        ("60mA,4ms,1/s,2", "'4ms,1/s,2'"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, part: str) -> None:
    with pytest.raises(InputError, match="60mA,24B@250kbps,5%") as caught:
        parse_peripheral("radio", text, "--radio")
    assert str(caught.value).startswith(f"--radio {text!r}: found {part}, expected current or power")
    assert "\n" not in str(caught.value)


def test_bursts_have_to_fit_in_the_time() -> None:
    with pytest.raises(InputError, match="on 2 times as long"):
        parse_peripheral("radio", "60mA,1s,2/s")
    each = parse_peripheral("radio", "60mA,1s,10%")
    expect_time([each], 10.0)  # all the time
    with pytest.raises(InputError, match=r"on 1\.1 times"):
        expect_time([each], 11.0)
    assert isclose(fastest_rate(1e-3, [each]), 10.0)
    assert isclose(fastest_rate(0.5, [each]), 2.0)
    assert isclose(fastest_rate(0.5, []), 2.0)


def bare(sleep: float) -> Profile:
    board = replace(load_profile("nucleo-l4r5zi"), supply_v=3.0)
    return replace(board, sleep=Current(sleep, sleep, sleep), active=Current(0.02, 0.02, 0.02))


def test_the_known_ends_with_what_a_device_has() -> None:
    """2 Ah at 12 uA: 19.0 years, and 16.1 years of a cell that loses 2 % a year. At 176.4 mA: 11.3 hours. The
    12 uA are 5 of a board asleep, 5 of a sensor, and 2 of a radio: 60 mA for 2 ms a minute."""
    device = [parse_peripheral("sensor", "5uA"), parse_peripheral("radio", "60mA,2ms,1/min")]
    cell = load_cell("2000mAh@3.0V")
    once_a_day = Span(1e-6, 1e-6, 1e-6), cell, 1 / 86400
    life = battery_life(bare(5e-6), *once_a_day, peripherals=device)
    assert isclose(life.average_a.typical, 12e-6, rel_tol=1e-5)
    assert isclose(life.years.typical, 19.0, rel_tol=2e-3)
    lossy = replace(cell, self_discharge_per_year=0.02)
    aged = battery_life(bare(5e-6), once_a_day[0], lossy, 1 / 86400, peripherals=device)
    assert isclose(aged.years.typical, 16.1, rel_tol=2e-3)
    assert 10 < aged.years.typical < 19.1
    always = [parse_peripheral("radio", "176.395mA")]
    assert isclose(
        battery_life(bare(5e-6), *once_a_day, peripherals=always).hours.typical, 11.34, rel_tol=1e-3
    )


def test_the_rate_that_is_told_lasts_as_long() -> None:
    """2 Ah in a year are 228 uA; less 5 asleep and 12 of the sensor, 211 uA. Each inference takes 1 ms of
    20 mA, and one in ten 4 ms of 60 mA: 44 uC. So 4.80 a second."""
    device = [parse_peripheral("sensor", "12uA"), parse_peripheral("radio", "60mA,4ms,10%")]
    board, cell = bare(5e-6), load_cell("2000mAh@3.0V")
    rate = rate_for_life(board, ONE_MS, cell, HOURS_A_YEAR, peripherals=device)
    assert rate is not None
    assert isclose(rate, (2 / 8766 - 17e-6) / 44e-6, rel_tol=1e-3)
    life = battery_life(board, ONE_MS, cell, rate, peripherals=device)
    assert isclose(life.years.typical, 1.0, rel_tol=1e-9)
    under = rate_for_power(board, ONE_MS, 1e-3, device)
    assert under is not None
    assert isclose(
        battery_life(board, ONE_MS, cell, under, peripherals=device).average_w.typical, 1e-3, rel_tol=1e-9
    )
    hungry = [parse_peripheral("sensor", "1mA")]
    assert rate_for_life(board, ONE_MS, cell, HOURS_A_YEAR, peripherals=hungry) is None
    assert rate_for_power(board, ONE_MS, 1e-3, hungry) is None
    slow = [parse_peripheral("radio", "1uA,1s")]
    assert rate_for_power(board, ONE_MS, inf, slow) == 1.0
