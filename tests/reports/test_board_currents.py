"""What a board's currents leave out and what a cell cannot give is said, and every figure has a source."""

from __future__ import annotations

import json

import pytest

from microinfer.parts.profile import load_profile, profile_names

from support.commands import call


def warnings(*arguments: str) -> str:
    return " ".join(json.loads(call("battery", *arguments, "--json").stdout)["warnings"])


def test_a_processors_current_is_no_boards() -> None:
    for part in ("arduino-uno", "nucleo-l4r5zi"):
        assert "processor's alone" in warnings("sine", "-p", part, "--rate", "1/s")
        own = warnings("sine", "-p", part, "--rate", "1/s", "--active", "12mA", "--sleep", "40uA")
        assert "processor's alone" not in own
    assert "processor's alone" not in warnings("sine", "-p", "raspberry-pi-pico", "--rate", "1/s")


def test_a_coin_cell_under_continuous_load_is_beyond_both_its_limits() -> None:
    said = warnings("resnet_8", "-p", "nucleo-l4r5zi", "--rate", "2/s", "--cell", "CR2032")
    assert "3.00 mA for long" in said or "3 mA for long" in said
    assert "in pulses" in said
    assert "for long" not in warnings("sine", "-p", "nucleo-l4r5zi", "--rate", "1/min", "--cell", "CR2032")


@pytest.mark.parametrize("name", profile_names())
def test_every_current_says_where_it_comes_from(name: str) -> None:
    part = load_profile(name)
    for key, current in (("active_a", part.active), ("sleep_a", part.sleep)):
        for end in ("typical", "low", "high") if current is not None else ():
            assert part.sources.get(f"power.{key}.{end}"), f"{name}: {key}.{end}"


def test_what_wakes_a_sleeping_avr_takes_its_share() -> None:
    """The watchdog of an ATmega328P takes 3.2 of the 3.4 microamperes at 3 V (its DC characteristics)."""
    for name, least in (("atmega328p", 3e-6), ("arduino-uno", 3e-6), ("arduino-mega", 4e-6)):
        sleep = load_profile(name).sleep
        assert sleep is not None
        assert sleep.typical >= least
        assert sleep.low < 1e-6


def test_boards_without_the_word_provisional_have_rows_of_their_own_or_no_wait_states() -> None:
    known = {"ek-ra6m4", "nucleo-f767zi", "nucleo-l4r5zi", "raspberry-pi-pico"} | {
        "stm32f446re",
        "stm32f746-discovery",
    }
    for name in profile_names():
        part = load_profile(name)
        if part.kind == "board" and part.core != "avr":
            assert {"core", "timing"}.isdisjoint(part.provisional) == (name in known), name
    for name in ("cortex-m0plus", "cortex-m33"):
        assert "core" not in load_profile(name).provisional


def test_the_list_shows_the_largest_piece_of_memory() -> None:
    listed = json.loads(call("profiles", "--json").stdout)["profiles"]
    for one in listed:
        assert one["arena_limit_bytes"] <= one["ram_bytes"]
    told = call("profiles").stdout
    assert any(one["arena_limit_bytes"] < one["ram_bytes"] for one in listed)
    assert " of " in told


@pytest.mark.parametrize("name", profile_names())
def test_an_assumed_current_says_so_and_is_wide(name: str) -> None:
    """Awake by half at the least, for nobody measured it; asleep, where boards differ more, by five."""
    part = load_profile(name)
    for key, current, least in (("active_a", part.active, 1.5), ("sleep_a", part.sleep, 5.0)):
        source = part.sources.get(f"power.{key}.typical", "")
        if current is None or not ("ssumed" in source or "not measured" in source):
            continue
        assert {"power", f"power.{key}"} & set(part.provisional)
        assert current.high >= least * current.low
