"""Budgets are amounts with their units."""

from __future__ import annotations

import pytest

from microinfer.errors import InputError
from microinfer.words.quantities import parse, parse_bytes, quantity


def test_quantities_with_units() -> None:
    assert parse("50ms", "s", "") == pytest.approx(0.05)
    assert parse(" 1_000 us ", "s", "") == pytest.approx(1e-3)
    assert parse("350uJ", "J", "") == parse("350µJ", "J", "") == pytest.approx(350e-6)
    assert parse("1.5s", "s", "") == pytest.approx(1.5)
    assert parse_bytes("64k", "") == parse_bytes("64KiB", "") == 65536
    assert parse_bytes("4_096", "") == 4096
    assert quantity(0.0362, "s") == "36.2 ms"
    assert quantity(2048, "bytes") == "2,048 bytes"
    for wrong in ("", "ms", "-1ms", "1e3ms", "5 m s", "1h", "nan", "infs"):
        with pytest.raises(InputError):
            parse(wrong, "s", "here")
