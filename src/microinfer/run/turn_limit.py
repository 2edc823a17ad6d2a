"""How often loops may turn in one inference, and who is told of it while they do.

A device turns until its watchdog ends it; here a loop that has not ended by then is taken for one that never
does.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import NoReturn

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
    """Counts the turns of one inference, up to `most`.

    numbers: as `kernels.branches` has them, which is not imported here.
    """

    __slots__ = ("_most", "_places", "numbers")

    def __init__(self, most: int) -> None:
        self._most = most
        self._places: list[str] = []
        self.numbers = array("q", (0, most, 0))

    def begin(self) -> None:
        """An inference begins."""
        self.numbers[0] = self.numbers[2] = 0

    def loop(self, place: str) -> int:
        """A number for the loop at a place, from 1 on."""
        self._places.append(place)
        return len(self._places)

    def look(self) -> None:
        """Raises TurnLimitError where a loop wanted more turns, as machine code has left it."""
        if self.numbers[2]:
            self._refuse(self._places[self.numbers[2] - 1])

    def turn(self, place: str) -> None:
        """A loop goes round once more.

        Raises:
            TurnLimitError: too often.
        """
        taken = self.numbers[0] + 1
        self.numbers[0] = taken
        if taken > self._most:
            self._refuse(place)
        if not taken % EACH:
            for listener in _listeners:
                listener(taken, self._most)

    def _refuse(self, place: str) -> NoReturn:
        raise TurnLimitError(
            f"loops turned {counted(self._most, 'time')} in this inference, which is the limit: this one "
            f"did not end within {counted(self._most, 'turn')}: it may be endless, and a device goes on "
            "until its watchdog resets it; or raise the limit (max_turns, --max-turns, or max-turns in "
            "microinfer.toml)",
            place,
        )
