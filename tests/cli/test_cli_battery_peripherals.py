"""Radios and sensors, as a user of `microinfer battery` and of `microinfer.toml` has them."""

from __future__ import annotations

from math import isclose
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

import microinfer
from microinfer.checks.settings import load_settings
from microinfer.errors import InputError

from support.commands import call, error_of, json_of

BOARD = ("-p", "nucleo-l4r5zi", "--capacity", "2Ah", "--voltage", "3V", "--supply", "3V")


def answer(*arguments: str | Path, code: int = 0) -> dict[str, Any]:
    return json_of("battery", "sine", *arguments, code=code)


def test_the_known_ends() -> None:
    """2 Ah / 12 uA = 19.0 years of a sensor, and 2 Ah / 176.4 mA = 11.34 h of a radio that is never off."""
    rest = ("--sleep", "0.001uA", "--rate", "1/day")
    found = answer(*BOARD, *rest, "--sensor", "11.999uA")["cells"][0]
    assert isclose(found["years"]["typical"], 19.0, rel_tol=2e-3)
    found = answer(*BOARD, *rest, "--sensor", "11.999uA", "--self-discharge", "2")["cells"][0]
    assert isclose(found["years"]["typical"], 16.1, rel_tol=2e-3)
    found = answer(*BOARD, *rest, "--radio", "176.4mA")["cells"][0]
    assert isclose(found["hours"]["typical"], 11.34, rel_tol=1e-3)


def test_what_draws_adds_up() -> None:
    beside = ("--radio", "60mA,4ms,10/min", "--radio", "60mA,24B@250kbps,5%", "--sensor", "36uW")
    found = answer(*BOARD, "--rate", "10/s", *beside)
    draws = found["draws"]
    assert [(each["kind"], each["text"]) for each in draws] == [
        ("asleep", ""),
        ("inference", ""),
        ("radio", "60mA,4ms,10/min"),
        ("radio", "60mA,24B@250kbps,5%"),
        ("sensor", "36uW"),
    ]
    for end in ("typical", "low", "high"):
        assert isclose(sum(each["average_w"][end] for each in draws), found["average_w"][end])
    assert isclose(sum(each["share"] for each in draws), 1.0)
    watts = [each["average_w"]["typical"] for each in draws[2:]]
    assert isclose(watts[0], 3.0 * 60e-3 * 4e-3 / 6)
    assert isclose(watts[1], 3.0 * 60e-3 * 192 / 250e3 * 0.5)
    assert isclose(watts[2], 36e-6)


def test_without_any_nothing_else_draws() -> None:
    found = answer(*BOARD)
    assert [each["kind"] for each in found["draws"]] == ["asleep", "inference"]
    assert answer(*BOARD, "--rate", "1000000/s", code=1)["draws"] == []


def test_a_slow_radio_bounds_the_rate() -> None:
    found = answer(*BOARD, "--radio", "60mA,500ms")
    assert isclose(found["max_rate_per_s"], 2.0)
    assert found["max_rate_per_s_under_1_mw"] <= 2.0
    assert "on 1.5 times as long" in error_of(
        "battery", "sine", *BOARD, "--rate", "3/s", "--radio", "1mA,0.5s"
    )


def test_one_screen(tmp_path: Path) -> None:
    picture = tmp_path / "life.svg"
    beside = ("--radio", "60mA,4ms,10/min", "--sensor", "12uA")
    shown = call("battery", "sine", *BOARD, "--rate", "1/min", *beside, "--svg", picture)
    assert shown.exit_code == 0
    for said in ("radio 60mA,4ms,10/min", "sensor 12uA", "asleep", "inference", "####"):
        assert said in shown.stdout, said
    assert max(map(len, shown.stdout.splitlines())) <= 110
    drawing = picture.read_text()
    fromstring(drawing)
    assert drawing.count("<polyline") == 1
    for said in ("radio 60mA,4ms,10/min", "sensor 12uA", "power on average, at 1 a minute"):
        assert said in drawing, said


def test_a_cell_is_asked_for_all_at_once() -> None:
    """24.6 mA awake and 60 mA of the radio are 84.6 mA of a coin cell that gives 15 mA in pulses."""
    board = ("-p", "nucleo-l4r5zi", "--cell", "CR2032", "--rate", "1/h")
    (warning,) = [each for each in answer(*board, "--radio", "60mA,4ms")["warnings"] if "CR2032" in each]
    assert "84.6 mA" in warning
    assert "at once" in warning


def test_the_settings_are_taken_and_an_option_holds_before_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "microinfer.toml").write_text(
        '[battery]\nrate = "1/min"\ncell = ["2xAA", "CR2032"]\nradio = "60mA,4ms,5%"\n'
        'sensor = ["12uA", "1mA,1%"]\nsleep = "5uA"\nactive = "20mA"\nsupply = 2.0\nmin-life = "1h"\n'
    )
    monkeypatch.chdir(tmp_path)
    board = ("-p", "nucleo-l4r5zi")
    found = answer(*board)
    assert isclose(found["rate_per_s"], 1 / 60)
    assert [each["name"] for each in found["cells"]] == ["2xaa", "cr2032"]
    assert [each["text"] for each in found["draws"][2:]] == ["60mA,4ms,5%", "12uA", "1mA,1%"]
    assert isclose(found["sleep_a"]["typical"], 5e-6)
    assert isclose(found["active_a"]["typical"], 20e-3)
    assert found["supply_v"] == 2.0
    assert found["min_life_hours"] == 1.0
    assert microinfer.battery("sine", "nucleo-l4r5zi").to_dict() == found
    other = ("--rate", "1/h", "--radio", "9mA", "--sleep", "1uA", "--cell", "AA", "--min-life", "2h")
    found = answer(*board, *other)
    assert [each["text"] for each in found["draws"][2:]] == ["9mA", "12uA", "1mA,1%"]
    assert [each["name"] for each in found["cells"]] == ["aa-alkaline"]
    assert found["min_life_hours"] == 2.0
    assert isclose(found["sleep_a"]["typical"], 1e-6)
    assert (
        microinfer.battery(
            "sine", "nucleo-l4r5zi", rate="1/h", radio="9mA", sleep="1uA", cell="AA", min_life="2h"
        ).to_dict()
        == found
    )
    assert [each["name"] for each in answer(*BOARD)["cells"]] == ["own"]
    alone = microinfer.battery("sine", "nucleo-l4r5zi", config=False)
    assert [each.kind for each in alone.draws] == ["asleep", "inference"]
    (tmp_path / "other.toml").write_text('[battery]\nsensor = "3uA"\n')
    other = microinfer.battery("sine", "nucleo-l4r5zi", config=tmp_path / "other.toml")
    assert [each.text for each in other.draws[2:]] == ["3uA"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('radoi = "1mA"', "key 'battery.radoi': unknown (did you mean 'radio'?)"),
        ("radio = 5", "key 'battery.radio': found 5, expected text"),
        ('sensor = ["1mA", 2]', "key 'battery.sensor': found"),
        ('radio = "60"', "key 'battery.radio': '60': found '60'"),
        ('cell = "AAAA"', "key 'battery.cell': no cell 'AAAA'"),
        ('rate = "often"', "key 'battery.rate': rate 'often'"),
        ('sleep = "5"', "key 'battery.sleep': '5'"),
        ('min-life = "long"', "key 'battery.min-life'"),
    ],
)
def test_wrong_settings_are_told_by_every_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, said: str
) -> None:
    (tmp_path / "microinfer.toml").write_text(f"[battery]\n{line}\n")
    monkeypatch.chdir(tmp_path)
    told = error_of("battery", "sine", "-p", "nucleo-l4r5zi")
    assert said in told
    with pytest.raises(InputError) as caught:
        load_settings(tmp_path / "microinfer.toml")
    assert said in str(caught.value)
    (tmp_path / "microinfer.toml").write_text("battery = 3\n")
    with pytest.raises(InputError, match="'battery': found 3, expected a table"):
        microinfer.battery("sine", "nucleo-l4r5zi")
