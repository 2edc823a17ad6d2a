"""One parser of amounts, for commands, configuration and Python alike."""

from __future__ import annotations

import pytest

from microinfer.errors import InputError
from microinfer.words.quantities import parse, parse_amount, parse_bytes, parse_hours


def test_sizes_are_numbers_or_text() -> None:
    for text in ("64k", "64K", "64 kB", "64KiB", "64ki", "65_536", " 65536 ", "65536b"):
        assert parse_bytes(text) == 65536, text
    assert parse_bytes(16384) == parse_bytes("16k") == 16384
    assert parse_bytes("1.5M") == 1536 << 10
    wrong: tuple[object, ...] = ("", "k", "-1", "1.5", "64q", "1e3", "inf", -1, 0.5, True, None, 1 << 48)
    for value in wrong:
        with pytest.raises(InputError, match="is no size, expected bytes"):
            parse_bytes(value)  # type: ignore[arg-type]


def test_times_energies_currents() -> None:
    assert parse("50ms", "s", "") == pytest.approx(parse(0.05, "s", ""))
    assert parse_amount("5uA", "A", "5uA") == parse_amount("5 µA", "A", "5uA") == pytest.approx(5e-6)
    assert parse_amount("2Ah", "Ah", "") == 2 == parse_amount("2000mah", "Ah", "")
    assert parse_amount(3.3, "V", "3.3V") == parse_amount("3.3V", "V", "3.3V") == 3.3
    for wrong in ("5", "5MA", "0A", "A", "-5mA", "5e3A", "nanA", 0, -1.0, float("nan"), True):
        with pytest.raises(InputError, match="such as 5uA"):
            parse_amount(wrong, "A", "5uA")


def test_lives_in_hours() -> None:
    assert parse_hours("36h", "") == parse_hours("1.5d", "") == parse_hours(36, "") == 36
    assert parse_hours("2y", "") == 2 * 8766
    for wrong in ("", "h", "2m", "0d", "long", -1, 1e10):
        with pytest.raises(InputError, match="36h, 30d, 6w or 2y"):
            parse_hours(wrong, "--min-life")
