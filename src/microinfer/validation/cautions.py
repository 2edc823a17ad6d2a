"""What a run of a dataset should have its user look at, beside the figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..run.stored_numbers import CLIPPED_UNTOLD
from ..words.printing import printable

if TYPE_CHECKING:
    from .conforming import Fitter
    from .results import ValidationSettings
    from .session import Session

__all__ = ["cautions"]


def cautions(fitters: Sequence[Fitter], session: Session, settings: ValidationSettings) -> tuple[str, ...]:
    made = []
    interpreter = session.interpreter
    if short := interpreter.deployment.shortfalls:
        said = printable("; ".join(short))
        made.append(
            f"{interpreter.profile.name} does not hold the model ({said}): the answers are those of a larger "
            "part with these kernels"
        )
    for fit in fitters:
        if fit.clipped_share > CLIPPED_UNTOLD:
            own = "are they the model's own numbers (--stored)?" if fit.whole else ""
            made.append(
                f"{fit.clipped_share:.1%} of the numbers for input {fit.tensor.name!r} lie outside what "
                f"it can hold and were clipped: {own or 'is the preprocessing that of the training?'}"
            )
    if interpreter.keeps_state and not settings.keep_state:
        steps = session.steps
        made.append(
            "the model keeps state; it was reset before every sample (--keep-state keeps it)"
            if not steps
            else f"the model keeps state: it ran the {steps} steps of a sample one after the other, was "
            "reset before the next, and answered with the last"
        )
    return tuple(made)
