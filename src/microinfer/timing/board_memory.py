"""What a board's memories add to the cycles of an ideal one.

Code and weights that an inference meets for the first time come from flash; what a cache has is free. A cache
that holds all that an inference touches still holds most of it when the next one begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

from ..libraries.code_run import code_run, invocation
from ..libraries.library import kernel_library
from ..libraries.traffic import WeightTraffic
from ..operators.kinds import kinds
from ..operators.spec import Step
from ..parts.memories import UNKNOWN_MEMORY
from ..parts.profile import MemoryTiming, Profile
from ..words.dataclass import replace
from .operator_cost import OperatorCost

__all__ = [
    "COLD",
    "EVICTED",
    "LOST",
    "OTHER_STACK",
    "at_clock",
    "is_fitted",
    "on_board",
    "other_clock",
    "steady",
]

COLD = 0.4
"""How far the cost of cold code may be off, of itself: where it lies decides how many lines it takes."""

LOST = 0.2
"""What share of a network that a cache holds is not there any more when the next inference begins: rows of
small networks on a Pico and a Portenta H7 lie between none and all of it."""

EVICTED = 0.4
"""What share of it an application's other code has driven out at the most."""

OTHER_STACK = 0.2
"""How far a board's figures may be off for kernels, a build or a clock of which no row of it is known."""


def is_fitted(profile: Profile, library: str) -> bool:
    """Whether what was measured on the board speaks for this library, and for this build. Times of a library
    that are carried over from boards say themselves how far they may be off. Figures that say neither what
    they were fitted for nor that they are an assumption speak for nothing."""
    fitted = profile.timing.fitted_for
    if not fitted:
        return profile.timing.ideal or profile.timing == UNKNOWN_MEMORY or "timing" in profile.provisional
    kernels = kernel_library(library)
    known = library in fitted or f"{library} -{profile.build.level}" in fitted
    known = known or (kernels.carried and not kernels.timed)
    return known and not profile.build.asserts


def other_clock(profile: Profile) -> bool:
    """Whether the board runs at another clock than its memories' figures were found at."""
    timing = profile.timing
    return not timing.ideal and timing.fitted_hz not in (0, profile.clock_hz)


def at_clock(profile: Profile) -> MemoryTiming:
    """The board's timing at its clock. At another one than was fitted, waits lie between as many cycles and
    as much time as there: half way, and the spread by as much wider."""
    timing = profile.timing
    if not other_clock(profile):
        return timing
    middle = (1 + profile.clock_hz / timing.fitted_hz) / 2
    off = abs(middle - 1)
    waits = ("fetch", "weights_sequential", "weights_random", "sram", "cold", "weights_once")
    most = max(timing.fetch, timing.weights_sequential, timing.sram)
    wider = max(OTHER_STACK, timing.spread + off * most)
    return replace(timing, **{name: middle * getattr(timing, name) for name in waits}, spread=wider)


def on_board(
    ideal: OperatorCost,
    weights: WeightTraffic,
    cold: float,
    factor: float,
    timing: MemoryTiming,
    common: float,
) -> OperatorCost:
    """The ideal memory's cycles with what the board's memories add: to all instructions, to weights, and to
    what is `cold`, which is fetched once, and of which a cache that still has it has lost a share. `common`
    is what all prices may be off together."""
    least, cold, most = (0.0, LOST * cold, EVICTED * cold) if timing.warm else (cold, cold, cold)
    typical, low, high = ideal.cycles or 0, ideal.cycles_low or 0, ideal.cycles_high or 0
    added = factor * (
        timing.weights_sequential * weights.in_order + timing.weights_random * weights.out_of_order
    )
    stretch = 1 + timing.fetch * (ideal.instructions or 0) / typical if typical else 1.0
    hot = typical * stretch + added
    board = hot * hypot(timing.spread, common)
    if not timing.warm:
        board += cold * max(COLD, timing.spread)
    return replace(
        ideal,
        cycles=round(hot + cold),
        cycles_low=max(0, int(low * stretch + added + least - board)),
        cycles_high=-int(-(high * stretch + added + most + board) // 1),
        fit_low=round(ideal.fit_low * stretch),
        fit_high=round(ideal.fit_high * stretch),
        board=round(board),
    )


def steady(steps: Sequence[Step], profile: Profile, library: str) -> MemoryTiming:
    """The board's timing as inference follows inference: little is cold where the cache holds all of it. Of
    a library that the board's figures do not speak for, they may be further off."""
    timing = at_clock(profile)
    if not is_fitted(profile, library):
        timing = replace(timing, spread=max(timing.spread, OTHER_STACK))
    if not timing.cache_bytes and not timing.code_cache_bytes:
        return timing
    kernels = kernel_library(library)
    known = kinds(tuple(steps))
    run = {(step.name, kernels.variant(step.name, step.geometry, profile.target)) for step in known.first}
    code = invocation(kernels.tables)[0] + sum(code_run(kernels.tables, *kernel) for kernel in run)
    held = code + sum(known.constants[place] for place in known.places)
    kept = held <= timing.cache_bytes or 0 < code <= timing.code_cache_bytes
    return timing.kept() if kept else timing
