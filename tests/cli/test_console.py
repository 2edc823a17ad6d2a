"""Figures as a person reads them."""

from __future__ import annotations

from microinfer.cli.console import interval, printable, quantity


def test_figures_for_people() -> None:
    assert quantity(0.0362, "s") == "36.2 ms"
    assert quantity(0.09996, "s") == "100 ms"
    assert quantity(1.5, "J") == "1.50 J"
    assert quantity(45.9e-6, "J") == "45.9 µJ"
    assert quantity(0, "A") == "0.00 nA"
    assert interval(1.0, 1.0, 1.0, "s") == "1.00 s"
    assert interval(1.0, 0.5, 2.0, "s") == "1.00 s (500 ms to 2.00 s)"
    assert printable("a\nb\033[0m") == "a\\nb\\x1b[0m"
