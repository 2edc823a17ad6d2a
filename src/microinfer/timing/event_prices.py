"""What an event costs, and what stands in where nobody measured that.

An event that was counted is never free by oversight: where its price is a true nought, the list says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from ..errors import ProfileError
from ..words.dataclass import dataclass, replace

__all__ = ["VariantPrice"]

_ONCE = "call"
"""The event that happens once; it stands in for none that is repeated."""


@dataclass(frozen=True, slots=True)
class VariantPrice:
    """Cycles by event of one internal kernel.

    `low`, `high`: 5th and 95th percentile of measured / predicted. `median`, `p95`, `worst`: relative
    errors on shapes that were held out. `points`: models that the fit rests on.
    """

    cycles: Mapping[str, float]
    low: float
    high: float
    median: float
    p95: float
    worst: float
    points: int
    instructions_per_cycle: float
    provisional: bool

    def price(self, counts: Mapping[str, float]) -> float:
        """Cycles of all events.

        Raises:
            ProfileError: one that happened has no price.
        """
        if missing := self.unpriced(counts):
            raise ProfileError(f"no price for event {missing[0]!r}; write the price list anew by calibration")
        cycles = self.cycles
        return sum(cycles[event] * times for event, times in counts.items() if times)

    def unpriced(self, *counts: Mapping[str, float]) -> tuple[str, ...]:
        """Events that happen and have no price, in alphabetical order."""
        happened = {event for each in counts for event, times in each.items() if times}
        return tuple(sorted(happened - self.cycles.keys()))

    def guessing(self, events: Iterable[str], times: float = 1.0) -> VariantPrice:
        """With what is alike standing in for these events' prices, so many times; provisional."""
        guessed = {event: times * self._alike(event) for event in events}
        return replace(self, cycles=MappingProxyType({**self.cycles, **guessed}), provisional=True)

    def _alike(self, event: str) -> float:
        """The dearest event of the same last word, as an item or a byte is; else the dearest of all that
        are repeated."""
        last = event.rpartition("_")[2]
        repeated = {name: price for name, price in self.cycles.items() if name != _ONCE}
        same = [price for name, price in repeated.items() if name.rpartition("_")[2] == last]
        return max(same or repeated.values(), default=self.cycles.get(_ONCE, 0.0))
