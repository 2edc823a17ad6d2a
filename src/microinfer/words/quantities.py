"""Times, energies and sizes as people write them: 50ms, 2mJ, 64k."""

from __future__ import annotations

import re

from ..errors import InputError
from . import printing

__all__ = ["parse", "parse_bytes", "quantity"]

_PREFIXES = {"": 1.0, "m": 1e-3, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "n": 1e-9}
_NUMBER = re.compile(r"\s*([0-9][0-9_]*(?:\.[0-9]+)?|\.[0-9]+)\s*([a-zA-Zµμ]*)\s*")
_BYTES = {
    "": 1,
    "b": 1,
    "k": 1 << 10,
    "kb": 1 << 10,
    "kib": 1 << 10,
    "m": 1 << 20,
    "mb": 1 << 20,
    "mib": 1 << 20,
}
_LARGEST = 1 << 48


def parse(text: str, unit: str, where: str) -> float:
    """A number with the unit "s" or "J" and a prefix: "50ms" is 0.05.

    Raises:
        InputError: no number above 0, or another unit, or none: 50 could be anything.
    """
    found = _NUMBER.fullmatch(text)
    if found is not None and found[2].endswith(unit):
        factor = _PREFIXES.get(found[2].removesuffix(unit))
        value = float(found[1].replace("_", "")) * factor if factor is not None else 0.0
        if 0 < value < 1e9:
            return value
    example = "50ms, 800us or 1.5s" if unit == "s" else "2mJ, 350uJ or 1.5J"
    raise InputError(
        f"{where}: {text!r} is no {'time' if unit == 's' else 'energy'} with its unit, such as {example}"
    )


def parse_bytes(text: str, where: str) -> int:
    """A size with k and M as powers of 1024: "64k" is 65536.

    Raises:
        InputError: no whole number of bytes.
    """
    found = _NUMBER.fullmatch(text)
    if found is not None and (factor := _BYTES.get(found[2].lower())) is not None:
        size = float(found[1].replace("_", "")) * factor
        if 0 <= size < _LARGEST and size == int(size):
            return int(size)
    raise InputError(f"{where}: {text!r} is no size, expected bytes, such as 4096, 64k or 1M")


def quantity(value: float, unit: str) -> str:
    """For people: three significant digits and a prefix, such as "36.2 ms"; bytes in full."""
    if unit == "bytes":
        return f"{value:,.0f} bytes"
    return printing.quantity(value, unit)
