"""What is said where operators have no known time: how long an inference takes at the least, and for want of
what. `run`, `report`, `trace` and `check` say it in these words."""

from __future__ import annotations

from collections.abc import Sequence

from ..operators.spec import Step
from ..parts.profile import Profile
from ..words.quantities import quantity
from .operator_cost import OperatorCost
from .prices import total

__all__ = ["untimed"]

NAMED = 3


def untimed(steps: Sequence[Step], costs: Sequence[OperatorCost], profile: Profile) -> str:
    """ "" where the time of all operators is known."""
    missing = [(step.name, cost) for step, cost in zip(steps, costs, strict=True) if cost.cycles is None]
    if not missing:
        return ""
    names = list(dict.fromkeys(name for name, _ in missing))
    named = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    why = next((cost.note for _, cost in missing if cost.note), "")
    known = total(costs).cycles_low
    least = f"at least {quantity(known / profile.clock_hz, 's')}" if known else "not known"
    return f"the time is {least}, without that of {named}" + (f": {why}" if why else "")
