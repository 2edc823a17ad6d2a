"""Times, energies, sizes, rates and other amounts as people write them: 50ms, 2mJ, 64k, 10/min, 30d."""

from __future__ import annotations

import re

from ..errors import InputError
from . import printing

__all__ = ["parse", "parse_amount", "parse_bytes", "parse_every", "parse_hours", "parse_rate", "quantity"]

_PREFIXES = {"": 1.0, "m": 1e-3, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "n": 1e-9}
_NUMBER = re.compile(r"\s*([0-9][0-9_]*(?:\.[0-9]*)?|\.[0-9]+)\s*([a-zA-Zµμ]*)\s*")
_BYTES = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20}
_BYTES |= {f"{prefix}{end}": _BYTES[prefix] for prefix in ("k", "m") for end in ("b", "i", "ib")}
_HOURS = {"h": 1.0, "d": 24.0, "w": 168.0, "y": 8766.0}
_SECONDS = {"ms": 1e-3, "s": 1.0, "sec": 1.0, "second": 1.0, "min": 60.0, "minute": 60.0, "h": 3600.0}
_SECONDS |= {"hour": 3600.0, "d": 86400.0, "day": 86400.0}
_LARGEST = 1 << 48
_MOST = 1e9
_KINDS = {"s": ("time", "50ms, 800us or 1.5s"), "J": ("energy", "2mJ, 350uJ or 1.5J")}


def parse(value: str | float, unit: str, where: str) -> float:
    """A number with the unit "s" or "J" and a prefix: "50ms" is 0.05; a number is taken as it is.

    Raises:
        InputError: no number above 0, or another unit, or none: "50" could be anything.
    """
    kind, example = _KINDS[unit]
    found = _amount(value, unit)
    if found is None:
        raise InputError(f"{where}: {value!r} is no {kind} with its unit, such as {example}")
    return found


def parse_amount(value: str | float, unit: str, example: str, where: str = "") -> float:
    """A number above 0 with its unit and a prefix: 5uA, 12mA, 3.3V, 2Ah; a number is taken as it is.

    Raises:
        InputError: something else; the message has the example.
    """
    found = _amount(value, unit)
    if found is None:
        said = f"{value!r}: expected a figure above 0 with its unit, such as {example}"
        raise InputError(f"{where}: {said}" if where else said)
    return found


def parse_bytes(value: str | int, where: str = "") -> int:
    """A size with k and M as powers of 1024: "64k" is 65536; a whole number is taken as it is.

    Raises:
        InputError: no whole number of bytes.
    """
    size = -1.0
    if isinstance(value, str):
        found = _NUMBER.fullmatch(value)
        if found is not None and (factor := _BYTES.get(found[2].lower())) is not None:
            size = float(found[1].replace("_", "")) * factor
    elif isinstance(value, int | float) and not isinstance(value, bool):
        size = float(value)
    if not 0 <= size < _LARGEST or size != int(size):
        said = f"{value!r} is no size, expected bytes, such as 4096, 64k or 1M"
        raise InputError(f"{where}: {said}" if where else said)
    return int(size)


def parse_hours(value: str | float, where: str) -> float:
    """Hours from "36h", "30d", "6w" or "2y" (of 365.25 days); a number is taken as hours.

    Raises:
        InputError: something else, or no time above 0.
    """
    hours = 0.0
    if isinstance(value, str):
        found = _NUMBER.fullmatch(value)
        if found is not None and (factor := _HOURS.get(found[2].lower())) is not None:
            hours = float(found[1].replace("_", "")) * factor
    elif isinstance(value, int | float) and not isinstance(value, bool):
        hours = float(value)
    if not 0 < hours < _MOST:
        raise InputError(f"{where} {value!r}: expected a time, such as 36h, 30d, 6w or 2y")
    return hours


def parse_rate(text: str) -> float:
    """Times a second from "2", "1/s", "10/min", "4 per hour", "every 5s" or "every minute".

    Raises:
        InputError: not of this form, or not above nought.
    """
    plain = " ".join(text.lower().split())
    try:
        if found := re.fullmatch(r"every ([0-9.e+-]*) ?([a-z]+)", plain):
            rate = 1 / (float(found[1] or 1) * _seconds(found[2]))
        elif found := re.fullmatch(r"([0-9.e+-]+) ?(?:(?:/|per) ?([a-z]+))?", plain):
            rate = float(found[1]) / _seconds(found[2] or "s")
        else:
            rate = 0.0
    except (ValueError, KeyError, ZeroDivisionError):
        rate = 0.0
    if not 0 < rate < _MOST:
        raise InputError(
            f"rate {text!r}: expected inferences by time, such as 1/s, 10/min, 4/h, 1/day or 'every 5s'"
        )
    return rate


def parse_every(text: str) -> float:
    """As `parse_rate`, behind a word that says "every" already: "5s" is "every 5s".

    Raises:
        InputError: as `parse_rate`.
    """
    bare = re.fullmatch(r" *[0-9.]+ *[A-Za-z]+ *", text)
    return parse_rate(f"every {text.strip()}" if bare else text)


def _seconds(unit: str) -> float:
    return _SECONDS[unit] if unit in _SECONDS else _SECONDS[unit.removesuffix("s")]


def _amount(value: str | float, unit: str) -> float | None:
    """The figure in its unit, None where it is none above 0."""
    amount = 0.0
    if isinstance(value, str):
        found = _NUMBER.fullmatch(value)
        if found is not None and found[2].lower().endswith(unit.lower()):
            factor = _PREFIXES.get(found[2][: len(found[2]) - len(unit)])
            amount = float(found[1].replace("_", "")) * factor if factor is not None else 0.0
    elif isinstance(value, int | float) and not isinstance(value, bool):
        amount = float(value)
    return amount if 0 < amount < _MOST else None


def quantity(value: float, unit: str) -> str:
    """For people: three significant digits and a prefix, such as "36.2 ms"; bytes in full."""
    if unit == "bytes":
        return f"{value:,.0f} bytes"
    return printing.quantity(value, unit)
