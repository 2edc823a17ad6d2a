"""What a board has beside its processor: radios that send in bursts, sensors that are on always or at times.

What one draws comes on top of what the board draws by itself, awake or asleep, at the board's supply.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..errors import InputError
from ..words.dataclass import dataclass
from ..words.quantities import parse, parse_amount, parse_rate

__all__ = ["KINDS", "Peripheral", "expect_time", "fastest_rate", "parse_peripheral"]

KINDS = ("radio", "sensor")
EXAMPLE = "12uA, '1mA,5%', '60mA,4ms,10/min' or '60mA,24B@250kbps,5%'"
_BITS = re.compile(r"([0-9]+) ?b ?@ ?([0-9]+(?:\.[0-9]*)?) ?([km]?)(?:bps|bit/s)")
_THOUSANDS = {"": 1.0, "k": 1e3, "m": 1e6}
_SHARE = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+) ?%")


@dataclass(frozen=True, slots=True)
class Peripheral:
    """A radio or a sensor; `text` is how its user wrote it.

    It draws `amperes` or `watts`, the other is None: a `share` of the time where `seconds` is None, else in
    bursts of so many seconds: `rate_per_s` of them, or, where that is None, with a `share` of the inferences.
    """

    kind: str
    text: str
    amperes: float | None
    watts: float | None
    seconds: float | None = None
    rate_per_s: float | None = None
    share: float = 1.0

    def current(self, volts: float) -> float:
        """Amperes while it is on."""
        return self.amperes if self.amperes is not None else (self.watts or 0.0) / volts

    def steady(self, volts: float) -> float:
        """Amperes on average, however often the model runs."""
        if self.seconds is None:
            return self.current(volts) * self.share
        return self.current(volts) * self.seconds * (self.rate_per_s or 0.0)

    def charge(self, volts: float) -> float:
        """Coulombs on average with each inference."""
        if self.seconds is None or self.rate_per_s is not None:
            return 0.0
        return self.current(volts) * self.seconds * self.share

    def average(self, volts: float, rate: float) -> float:
        """Amperes on average where the model runs so often a second."""
        return self.steady(volts) + rate * self.charge(volts)

    def duty(self, rate: float) -> float:
        """The share of time in which it is on."""
        if self.seconds is None:
            return self.share
        often = self.rate_per_s if self.rate_per_s is not None else rate * self.share
        return self.seconds * often


def fastest_rate(seconds: float, peripherals: Sequence[Peripheral]) -> float:
    """The most inferences a second: one after the other, and so many bursts as there is time for."""
    return 1 / max(seconds, *(one.duty(1.0) for one in peripherals if one.charge(1.0)), 0.0)


def expect_time(peripherals: Sequence[Peripheral], rate: float) -> None:
    """Refuse bursts that take more than all the time.

    Raises:
        InputError: one does, at so many inferences a second.
    """
    for one in peripherals:
        if one.duty(rate) > 1 + 1e-9:
            raise InputError(
                f"{one.kind} {one.text!r}: on {one.duty(rate):.3g} times as long as there is time for; give "
                "shorter or fewer bursts, or a lower rate of inferences"
            )


def parse_peripheral(kind: str, text: str, where: str = "") -> Peripheral:
    """A radio or a sensor as people write it: what it draws, how long, how often, with commas between.

    "12uA" or "36uW" draws always, "1mA,5%" so much of the time, "60mA,4ms" four milliseconds with every
    inference, "60mA,4ms,5%" with one of twenty, "60mA,4ms,10/min" ten times a minute. For a burst's time
    stands "24B@250kbps", too: so many bytes at so many bits a second, those of the frame around them with
    them.

    Raises:
        InputError: not of this form, or on for more than all the time.
    """
    place = where or kind
    draw, *rest = (part.strip() for part in text.split(","))
    amperes = _drawn(draw, "A")
    watts = None if amperes is not None else _drawn(draw, "W")
    if (amperes is None and watts is None) or len(rest) > 2:
        raise _wrong(place, text, draw if len(rest) <= 2 else ",".join(rest))
    made = Peripheral(kind, text, amperes, watts)
    if not rest:
        return made
    if (share := _share(rest[0])) is not None:
        if len(rest) > 1:
            raise _wrong(place, text, rest[1])
        return Peripheral(kind, text, amperes, watts, share=share)
    seconds = _seconds(rest[0])
    if seconds is None:
        raise _wrong(place, text, rest[0])
    if len(rest) == 1:
        return Peripheral(kind, text, amperes, watts, seconds)
    if (share := _share(rest[1])) is not None:
        return Peripheral(kind, text, amperes, watts, seconds, share=share)
    try:
        often = parse_rate(rest[1])
    except InputError:
        raise _wrong(place, text, rest[1]) from None
    made = Peripheral(kind, text, amperes, watts, seconds, often)
    expect_time([made], 0.0)
    return made


def _wrong(place: str, text: str, part: str) -> InputError:
    return InputError(
        f"{place} {text!r}: found {part!r}, expected current or power, then a time, or bytes at a bit "
        f"rate, then a rate or a share of the inferences, such as {EXAMPLE}"
    )


def _drawn(text: str, unit: str) -> float | None:
    try:
        return parse_amount(text, unit, EXAMPLE)
    except InputError:
        return None


def _share(text: str) -> float | None:
    found = _SHARE.fullmatch(text)
    share = float(found[1]) / 100 if found else 0.0
    return share if 0 < share <= 1 else None


def _seconds(text: str) -> float | None:
    if found := _BITS.fullmatch(text.lower()):
        bits, often = 8.0 * int(found[1]), float(found[2]) * _THOUSANDS[found[3]]
        return bits / often if bits and often else None
    try:
        return parse(text, "s", "")
    except InputError:
        return None
