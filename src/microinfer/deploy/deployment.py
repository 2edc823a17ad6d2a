"""A model on a part, under a kernel library, of a release of TFLM: plan, costs, time, energy, verdict.

Made once and read by whoever tells a figure: the interpreter's report, check, compare, battery, plan,
trace, exports, the page and the pytest plugin. A part that cannot be planned or priced ends nothing here:
what is unknown is None, and `trouble` and `why_no_time` say why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ..errors import MicroinferError
from ..libraries.library import kernel_library
from ..operators.release import Release, find_release
from ..operators.spec import Unmodelled
from ..parts.placement import needs_of, place_in_memories
from ..timing.doubt import doubt
from ..timing.energy import Energy, Span, inference_energy, inference_time
from ..timing.prices import OperatorCost, estimate, total
from ..timing.repeats import Times, is_first, repeated_all, runs_once, times_of
from ..words.dataclass import dataclass
from .common import Common
from .planned_model import PlannedModel
from .verdict import Holds, MemoryReport, judge_memory, stored_bytes

if TYPE_CHECKING:
    from ..model.tables import Model
    from ..operators.resolver import OpResolver
    from ..parts.profile import Memory, Profile

__all__ = ["Deployment", "deploy"]


@dataclass(frozen=True, eq=False)
class Deployment(PlannedModel):
    """A model that is planned, with what it takes of time and energy, and whether the part holds it."""

    @cached_property
    def _priced(self) -> tuple[OperatorCost, ...] | MicroinferError:
        try:
            return self._repeated(self._estimate(), self.times)
        except MicroinferError as error:
            return error

    @cached_property
    def times(self) -> tuple[Times, ...]:
        """How often each step runs in one inference after the first."""
        return times_of(self.model, self.steps)

    @cached_property
    def first_costs(self) -> tuple[OperatorCost, ...] | None:
        """As `costs`, in the first inference; None where that is like any other."""
        if not runs_once(self.steps):
            return None
        costs = self._estimate()
        return self._repeated(costs, times_of(self.model, self.steps, first=True))

    def _estimate(self, branches: Sequence[Mapping[str, int]] | None = None) -> tuple[OperatorCost, ...]:
        return estimate(self.steps, self.profile, self.library, branches, self.outside)

    @cached_property
    def outside(self) -> tuple[Memory, ...]:
        """The memories outside the chip that hold the arena, in its least size, or the model."""
        external = [memory for memory in self.profile.memories if memory.kind == "external"]
        if not external or self.planned is None:
            return ()
        plan, what = self.planned, kernel_library(self.library).stored
        kept = stored_bytes(self.model, self.library, plan)
        needs = needs_of(plan, self.profile, plan.least_arena_bytes, kept, what)
        used = {placed.memory for placed in place_in_memories(self.profile, needs).placements}
        return tuple(memory for memory in external if memory.name in used)

    def _repeated(self, costs: Sequence[OperatorCost], times: Sequence[Times]) -> tuple[OperatorCost, ...]:
        return repeated_all(self.model, self.steps, costs, times)

    @property
    def costs(self) -> tuple[OperatorCost, ...]:
        """What each operator takes in one inference with any data, after the first one; cycles are None where
        one has no price.

        Raises:
            ProfileError: the price list is damaged.
        """
        if isinstance(self._priced, MicroinferError):
            raise self._priced
        return self._priced

    @cached_property
    def modelled_costs(self) -> tuple[OperatorCost, ...]:
        """Of the operators that were prepared alone."""
        return tuple(
            cost
            for step, cost in zip(self.steps, self.costs, strict=True)
            if not isinstance(step.geometry, Unmodelled)
        )

    def costs_with(
        self, branches: Sequence[Mapping[str, int]], times: Sequence[int]
    ) -> tuple[OperatorCost, ...]:
        """What each operator takes with the data of a run, as `record.Recorder` counts it: which branches
        were taken, and how often each operator ran."""
        costs = self._estimate(branches)
        return self._repeated(costs, [Times(count, count, count) for count in times])

    def is_first(self, times: Sequence[int]) -> bool:
        """Whether a recorded run in which each operator ran so often was a first one, unlike later ones."""
        return is_first(self.model, self.steps, times)

    @cached_property
    def seconds(self) -> Span | None:
        """Of one inference, None where it is not known."""
        if self.survey.refusals or isinstance(self._priced, MicroinferError):
            return None
        return inference_time(self._priced, self.profile)

    @cached_property
    def least_seconds(self) -> float | None:
        """What one inference takes at the least, where the time of some operators is not known."""
        if self.seconds is not None or isinstance(self._priced, MicroinferError):
            return None
        return total(self._priced).cycles_low / self.profile.clock_hz or None

    @property
    def why_no_time(self) -> str:
        """Why `seconds` is None, "" where it is not."""
        if self.seconds is not None:
            return ""
        if isinstance(self._priced, MicroinferError):
            return str(self._priced)
        return next((cost.note for cost in self._priced if cost.cycles is None), "an operator was refused")

    @property
    def cycles(self) -> int | None:
        """Of one inference, the typical figure."""
        return None if self.seconds is None else round(self.seconds.typical * self.profile.clock_hz)

    @property
    def provisional(self) -> bool:
        """Whether the time, as far as it is known, rests on an assumption."""
        return bool(self.doubt)

    @cached_property
    def doubt(self) -> str:
        """ "" of a time that measurements back, else "provisional", and behind a colon its cause if told."""
        if isinstance(self._priced, MicroinferError):
            return ""
        return doubt(self.modelled_costs, self.profile, self.library)

    @cached_property
    def energy(self) -> Energy | None:
        """Of one inference, None where the time or the board's current is not known."""
        if self.seconds is None:
            return None
        return inference_energy(self.seconds, self.profile, provisional=self.provisional)

    @cached_property
    def _judged(self) -> MemoryReport | MicroinferError:
        try:
            return self.memory_in(self.plan.least_arena_bytes)
        except MicroinferError as error:
            return error

    @property
    def trouble(self) -> str:
        """Why nothing can be said of this part, "" where something can."""
        for found in (self._judged, self._priced):
            if isinstance(found, MicroinferError):
                return str(found)
        return ""

    @property
    def memory(self) -> MemoryReport | None:
        """In the least arena that may work, None where the arena cannot be planned."""
        return None if isinstance(self._judged, MicroinferError) else self._judged

    def memory_in(self, arena_bytes: int) -> MemoryReport:
        """In an arena of that size.

        Raises:
            FormatError, InputError: as for `plan`.
        """
        plan = self.plan
        short = (*self.refused, *self.stopped) or self.common.missing(
            self.library, self.target, self.profile.flash_bytes
        )
        return judge_memory(self.model, plan, self.profile, arena_bytes, short)

    @property
    def verdict(self) -> Holds:
        """Whether the part holds the model."""
        return "cannot-tell" if self.memory is None or self.trouble else self.memory.verdict

    @property
    def shortfalls(self) -> tuple[str, ...]:
        """What the part lacks to hold the model, where it does not for sure."""
        return self.memory.shortfalls if self.verdict == "no" and self.memory is not None else ()

    @property
    def unknown(self) -> tuple[str, ...]:
        """What decides and is not known, or what may be too much."""
        if self.memory is None or self.trouble:
            return (self.trouble,)
        return self.memory.doubts

    @property
    def stored_bytes(self) -> int:
        """What flash holds of the model."""
        if self.memory is None or self.trouble:
            return stored_bytes(self.common.model, self.library, None)
        return self.memory.stored_bytes


def deploy(
    model: Model | Common,
    profile: Profile,
    library: str | None = None,
    release: str | Release | None = None,
    resolver: OpResolver | None = None,
) -> Deployment:
    """A model on a part.

    Args:
        model: as it was read, or what other deployments have found out of it.
        library: default the part's own.
        release: of TFLM; default that of the truth files.
        resolver: the operators that may be used, where `model` is a model; default all.

    Raises:
        InputError: no such library or release.
    """
    common = model if isinstance(model, Common) else Common(model, resolver)
    return Deployment(common, profile, profile.choose_library(library), find_release(release))
