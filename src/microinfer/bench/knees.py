"""Where more work takes less time: sizes that are worth rounding up, and those where a kernel changes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from ..words.dataclass import dataclass
from .measure import Measurement

__all__ = ["Knee", "knees"]

LEAST_SAVING = 0.03


@dataclass(frozen=True, slots=True)
class Knee:
    """With `size` the operator takes `saving` (a fraction) less time than with `instead_of`, and does more.

    `variant_before` and `variant` are the library's kernels that run.
    """

    kernel: str
    sweep: str
    varies: str
    profile: str
    library: str
    instead_of: int
    size: int
    saving: float
    variant_before: str
    variant: str


def knees(results: Sequence[Measurement]) -> tuple[Knee, ...]:
    """Of every sweep and target, each size that a larger one beats by 3 % or more, with the best of those."""
    found = []
    for _, group in groupby(results, lambda result: (result.case.kernel, result.case.sweep)):
        sweep = sorted(group, key=lambda result: result.case.size)
        for column in range(len(sweep[0].modelled)):
            found += _of_column(sweep, column)
    return tuple(found)


def _of_column(sweep: Sequence[Measurement], column: int) -> list[Knee]:
    found = []
    for position, before in enumerate(sweep[:-1]):
        mine = before.modelled[column]
        if mine.cycles is None:
            continue
        later = [result for result in sweep[position + 1 :] if result.modelled[column].cycles is not None]
        best = min(later, key=lambda result: result.modelled[column].cycles or 0, default=None)
        if best is None:
            continue
        theirs = best.modelled[column]
        saving = 1 - (theirs.cycles or 0) / mine.cycles
        if saving >= LEAST_SAVING:
            found.append(
                Knee(
                    before.case.kernel,
                    before.case.sweep,
                    before.case.varies,
                    mine.profile,
                    mine.library,
                    before.case.size,
                    best.case.size,
                    saving,
                    mine.variant,
                    theirs.variant,
                )
            )
    return found
