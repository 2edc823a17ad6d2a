"""How often loops may turn in one inference, and who is told of it while they do.

A device turns until its watchdog ends it; here a loop that has not ended by then is taken for one that never
does.
"""

from __future__ import annotations

from collections.abc import Callable

from ..errors import InputError, TurnLimitError
from ..words.printing import counted

__all__ = ["MOST_TURNS", "TurnCount", "expect_turns", "on_turns"]

MOST_TURNS = 100_000
"""Of all loops of an inference together: about two seconds here. A sequence of a minute at 16 kHz that goes
round once a frame of 10 ms turns 6,000 times."""
EACH = 512
"""So often it is told how far a loop is."""
_listeners: list[Callable[[int, int], None]] = []


def on_turns(listener: Callable[[int, int], None]) -> Callable[[], None]:
    """Have `listener`(turns, limit) called now and then while loops turn. Returns what ends that."""
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


def expect_turns(given: object, where: str) -> int:
    """A limit that somebody gave.

    Raises:
        InputError: it is no whole number of 1 or more.
    """
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise InputError(f"{where} is {given!r}, expected a whole number of turns, 1 or more")
    return given


class TurnCount:
    """Counts the turns of one inference, up to `most`."""

    __slots__ = ("_most", "_taken")

    def __init__(self, most: int) -> None:
        self._most = most
        self.begin()

    def begin(self) -> None:
        """An inference begins."""
        self._taken = 0

    def turn(self, place: str) -> None:
        """A loop goes round once more.

        Raises:
            TurnLimitError: too often.
        """
        self._taken += 1
        if self._taken > self._most:
            raise TurnLimitError(
                f"loops turned {counted(self._most, 'time')} in this inference, which is the limit: this one "
                f"did not end within {counted(self._most, 'turn')}: it may be endless, and a device goes on "
                "until its watchdog resets it; or raise the limit (max_turns, --max-turns, or max-turns in "
                "microinfer.toml)",
                place,
            )
        if not self._taken % EACH:
            for listener in _listeners:
                listener(self._taken, self._most)
