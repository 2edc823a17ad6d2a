"""Whether a time says provisional, and for what cause, in one short phrase that every screen shows."""

from __future__ import annotations

from collections.abc import Sequence

from ..parts.memories import UNKNOWN_MEMORY
from ..parts.profile import Profile
from .board_memory import is_fitted, other_clock
from .operator_cost import OperatorCost

__all__ = ["cause", "doubt", "ideal_board", "rests_on_assumption"]


def rests_on_assumption(costs: Sequence[OperatorCost], profile: Profile) -> bool:
    """Whether a time is provisional: a price was not measured, or core or memory of the board are assumed."""
    assumed = any(key in {"core", "timing"} for key in profile.provisional)
    assumed = assumed or profile.timing == UNKNOWN_MEMORY
    return assumed or ideal_board(profile) or any(cost.provisional for cost in costs)


def ideal_board(profile: Profile) -> bool:
    """Whether a board is taken to have an ideal memory, which only an AVR has."""
    return profile.kind == "board" and profile.target.core.flash_waits and profile.timing.ideal


def cause(profile: Profile, library: str) -> str:
    """Why all of a board's times are provisional, "" where that needs no word of its own."""
    emulator = profile.target.core.emulator
    if other_clock(profile):
        return f"fitted at {profile.timing.fitted_hz / 1e6:g} MHz"
    outside = [one.name for one in profile.memories if one.name == profile.arena and one.kind == "external"]
    if outside:
        return f"arena in {outside[0]}"
    fitted = profile.timing.fitted_for
    if not fitted and not is_fitted(profile, library):
        return "timing without fitted_for"
    if profile.kind == "board" and emulator and library not in fitted:
        return f"emulated by {emulator}, no published row"
    return ""


def doubt(costs: Sequence[OperatorCost], profile: Profile, library: str) -> str:
    """ "" of a time that measurements back, else "provisional", and behind a colon its cause if told."""
    if not rests_on_assumption(costs, profile):
        return ""
    return ": ".join(filter(None, ("provisional", cause(profile, library))))
