"""Where very many copies start and end: addresses modulo 4, counted without a look at each.

What a copy costs hangs on its addresses modulo 4 alone. Along an axis they go up by a step, so that a
million places are no more than four.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

__all__ = ["Starts", "combined", "going_up", "inside_runs", "places", "wrapped"]

Starts = Counter[tuple[int, int]]
"""How often there is a source and a target, both modulo 4."""


def places(count: int) -> tuple[tuple[int, int], ...]:
    """(i, times): the numbers below `count` by what they are modulo 4, the first of each for all."""
    return tuple((i, (count - i + 3) // 4) for i in range(min(count, 4)))


def going_up(count: int, source: int, target: int, start: tuple[int, int] = (0, 0)) -> Starts:
    """`count` places from `start` on, one the steps `source` and `target` behind the other."""
    found: Starts = Counter()
    for i, times in places(count):
        found[(start[0] + i * source) & 3, (start[1] + i * target) & 3] += times
    return found


def wrapped(count: int, length: int, size: int) -> Starts:
    """`count` places of `size` bytes, whose sources begin anew after every `length`."""
    whole, rest = divmod(count, max(1, length))
    rounds = combined(going_up(whole, 0, max(1, length) * size), going_up(max(1, length), size, size))
    return rounds + going_up(rest, size, size, (0, (count - rest) * size))


def combined(*axes: Starts) -> Starts:
    """Each combination of the axes' places."""
    found: Starts = Counter({(0, 0): 1})
    for axis in axes:
        together: Starts = Counter()
        for (source, target), times in found.items():
            for (more_source, more_target), more in axis.items():
                together[(source + more_source) & 3, (target + more_target) & 3] += times * more
        found = together
    return found


def inside_runs(phases: int, count: int, step: int, before: int, size: int) -> Iterator[tuple[range, range]]:
    """The phases p below `phases` and the numbers i below `count` for which i * step + p - before lies in an
    axis of `size`, as runs of phases that have the same numbers; phases that have none may be left out."""
    phase, phases = 0, min(phases, before + size)
    while phase < phases:
        low, high = before - phase, size + before - phase
        first, behind = -(-low // step), -(-high // step)
        last = min(phases, phase + 1 + min((low - 1) % step, (high - 1) % step))
        yield range(phase, last), range(max(0, first), max(0, first, min(count, behind)))
        phase = last
