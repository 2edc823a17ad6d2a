"""What one operator takes, and what it is taken to where its kernel was counted elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from math import hypot

from ..parts.memories import Memory, Slower
from ..words.dataclass import dataclass, replace

__all__ = ["OperatorCost", "guessed", "in_software", "outside_the_chip"]


@dataclass(frozen=True, slots=True)
class OperatorCost:
    """What one operator takes. Cycles are None where no kernel of this library was priced; `note` says why.

    `fit_low`, `fit_high`: the part of the interval that is the price list's. `board`: the part, on either
    side, that is for want of knowing the board. The rest is the data's. `invocation`: cycles that the
    inference takes beside its operators; the first one bears it, and only `total` adds it.
    `sides`: of a branch, cycles that one of its two sides takes at the least whichever it is, and that are no
    more than one side's at the most: the operators of both have bounds of none and of once. `row`: the
    operator and the internal kernel whose price it is, "" where it has none. `least`: cycles that it takes at
    the least, where `cycles` hang on the data and are None.
    """

    variant: str
    cycles: int | None
    cycles_low: int | None
    cycles_high: int | None
    provisional: bool
    events: Mapping[str, float]
    instructions: int | None = None
    note: str = ""
    fit_low: int = 0
    fit_high: int = 0
    board: int = 0
    invocation: int = 0
    sides: tuple[int, int] = (0, 0)
    row: tuple[str, str] = ("", "")
    least: int = 0


def guessed(made: OperatorCost, chosen: str, name: str, core: str, stand_in: str) -> OperatorCost:
    """The cost of another kernel, taken for this one's: from half to twice as much."""
    note = f"{name} ({chosen}) was not measured on {core}"
    if made.cycles is None:
        return replace(made, variant=chosen, note=note, least=made.least // 2)
    low, high = made.cycles_low or 0, made.cycles_high or 0
    return replace(
        made,
        variant=chosen,
        cycles_low=low // 2,
        cycles_high=high * 2,
        fit_low=made.fit_low + low // 2,
        fit_high=made.fit_high + high,
        provisional=True,
        note=f"{note}; priced as {stand_in}",
    )


def in_software(made: OperatorCost, times: float, low: float, high: float) -> OperatorCost:
    """The cost on a core that has no FPU, of a kernel that was counted on one that has: so many times, and
    the ends of the interval by that."""
    if made.cycles is None:
        return made
    cycles = round(made.cycles * times)
    least = int((made.cycles_low or 0) * times * low)
    most = -int(-(made.cycles_high or 0) * times * high // 1)
    return replace(
        made,
        cycles=cycles,
        cycles_low=least,
        cycles_high=most,
        provisional=True,
        fit_low=cycles - least,
        fit_high=most - cycles,
        board=0,
    )


def outside_the_chip(made: OperatorCost, memory: Memory) -> OperatorCost:
    """The cost where arena or model lie in a memory outside the chip; not known where nobody timed that, but
    no less than on the chip."""
    if memory.slower is not None:
        return _slower(made, memory.slower)
    note = f"nobody has timed what lies in {memory.name}, outside the chip"
    least = made.cycles_low or made.least
    none = replace(made, cycles=None, cycles_low=None, cycles_high=None, fit_low=0, fit_high=0, board=0)
    return replace(none, provisional=True, note=note, least=least, sides=(0, 0))


def _slower(made: OperatorCost, slower: Slower) -> OperatorCost:
    """So many times the cost; how many is not known well, and the same for all operators."""
    times = slower.typical
    made = replace(made, provisional=True, invocation=round(made.invocation * times))
    if made.cycles is None or made.cycles_low is None or made.cycles_high is None:
        return made
    below, above = made.cycles * (times - slower.least), made.cycles * (slower.most - times)
    both = min(below, above)
    wider = hypot(made.board * times, both) - made.board * times
    cycles = made.cycles * times
    return replace(
        made,
        cycles=round(cycles),
        cycles_low=max(0, int(made.cycles_low * times - wider - (below - both))),
        cycles_high=-int(-(made.cycles_high * times + wider + (above - both)) // 1),
        fit_low=round(made.fit_low * times),
        fit_high=round(made.fit_high * times),
        board=round(made.board * times + wider),
        sides=(round(made.sides[0] * times), round(made.sides[1] * times)),
    )
