"""How often a bit flips by itself: 1e-6/bit/day, 2e-15/bit/hour, 500 FIT/Mbit."""

from __future__ import annotations

import re
from math import isfinite

from ..errors import InputError
from ..words.dataclass import dataclass

__all__ = ["EXAMPLES", "Rate", "parse_flip_rate"]

EXAMPLES = "1e-6/bit/day, 2e-15/bit/h or 500FIT/Mbit"
HOURS = {
    **dict.fromkeys(("s", "second"), 1 / 3600),
    **dict.fromkeys(("h", "hour"), 1.0),
    **dict.fromkeys(("d", "day"), 24.0),
    **dict.fromkeys(("y", "a", "year"), 8766.0),
}
BITS = {"bit": 1, "kbit": 1 << 10, "mbit": 1 << 20, "gbit": 1 << 30}
"""As tables of soft errors have it: a Mbit is 1,048,576 bits."""
FIT_HOURS = 1e9
"""A FIT is one in so many hours."""
_NUMBER = r"\s*([0-9]+(?:\.[0-9]*)?(?:e[+-]?[0-9]+)?|\.[0-9]+(?:e[+-]?[0-9]+)?)\s*"
_OF_BITS = re.compile(_NUMBER + r"/\s*([a-z]+)\s*/\s*([a-z]+)\s*")
_FIT = re.compile(_NUMBER + r"fit\s*/\s*([a-z]+)\s*")


@dataclass(frozen=True, slots=True)
class Rate:
    """Flips of a bit in an hour, and how the user said it."""

    per_bit_hour: float
    said: str


def parse_flip_rate(value: str | float, where: str = "rate") -> Rate:
    """A rate with its units; a number is flips of a bit in an hour.

    Raises:
        InputError: something else, or no number above 0.
    """
    found = _flips(value) if isinstance(value, str) else value
    if found is None or isinstance(found, bool) or not isfinite(found) or not 0 < found <= 1e6:
        raise InputError(f"{where} {value!r}: expected flips by bit and time, such as {EXAMPLES}")
    return Rate(float(found), value.strip() if isinstance(value, str) else f"{value:g}/bit/h")


def _flips(text: str) -> float | None:
    small = text.lower()
    if match := _FIT.fullmatch(small):
        bits = BITS.get(match[2].removesuffix("s"))
        return None if bits is None else float(match[1]) / FIT_HOURS / bits
    if match := _OF_BITS.fullmatch(small):
        bits, hours = BITS.get(match[2].removesuffix("s")), HOURS.get(match[3])
        return None if bits is None or hours is None else float(match[1]) / bits / hours
    return None
