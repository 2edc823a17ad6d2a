"""Where a board's power goes: asleep, inference, radios and sensors."""

from __future__ import annotations

from collections.abc import Sequence

from ..parts.profile import Current, Profile
from ..timing.energy import Span
from ..timing.peripherals import Peripheral
from ..words.dataclass import dataclass

__all__ = ["PowerDraw", "draws_of"]


@dataclass(frozen=True, slots=True)
class PowerDraw:
    """One of those that draw: watts on average at the board's supply, and its share of all of them.

    `kind` is asleep, inference, radio or sensor; `text` how a radio or a sensor was written, "" for others.
    """

    kind: str
    text: str
    average_w: Span
    share: float

    @property
    def title(self) -> str:
        return f"{self.kind} {self.text}".rstrip()


def draws_of(
    part: Profile, seconds: Span, rate: float, peripherals: Sequence[Peripheral]
) -> tuple[PowerDraw, ...]:
    """What each draws at a rate of inferences; together they are what is drawn.

    Args:
        part: with currents and a supply.
        seconds: of an inference.
        rate: inferences a second.
    """
    assert part.active is not None
    assert part.sleep is not None
    assert part.supply_v is not None
    volts = part.supply_v
    awake = [min(1.0, rate * each) for each in (seconds.typical, seconds.low, seconds.high)]
    found = [
        ("asleep", "", _times(part.sleep, [1 - share for share in awake], volts)),
        ("inference", "", _times(part.active, awake, volts)),
    ]
    for one in peripherals:
        watts = one.average(volts, rate) * volts
        found.append((one.kind, one.text, Span(watts, watts, watts)))
    whole = sum(span.typical for _, _, span in found) or 1.0
    return tuple(PowerDraw(kind, text, span, span.typical / whole) for kind, text, span in found)


def _times(current: Current, shares: Sequence[float], volts: float) -> Span:
    each = (current.typical, current.low, current.high)
    return Span(*(amperes * share * volts for amperes, share in zip(each, shares, strict=True)))
