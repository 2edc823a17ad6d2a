"""A model on a part, under a kernel library, of a release of TFLM: which operators run, and their arena.

What cannot be planned ends nothing here: `planned` is None then, and `plan_error` says why.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Self

from ..errors import MicroinferError
from ..libraries.library import kernel_library
from ..libraries.target import GENERATED, Target
from ..memory.leftovers import untold_leftovers
from ..memory.overlaps import find_overlaps
from ..model.whole import whole
from ..operators.release import Release
from ..words.dataclass import dataclass, field, replace
from .common import Common

if TYPE_CHECKING:
    from ..memory.plan import MemoryPlan
    from ..model.tables import Model
    from ..operators.spec import Step
    from ..parts.profile import Profile
    from .survey import Survey

__all__ = ["PlannedModel"]


@dataclass(frozen=True, eq=False)
class PlannedModel:
    """What is asked for is computed then, and once. `common` may be shared by many parts."""

    common: Common = field(repr=False)
    profile: Profile
    library: str
    release: Release

    def on(self, profile: Profile, library: str | None = None) -> Self:
        """The same model elsewhere, with what is shared; an InputError where the part has no such library."""
        return replace(self, profile=profile, library=profile.choose_library(library))

    @cached_property
    def target(self) -> Target:
        """The part's core and pointer size, with this release."""
        return replace(self.profile.target, release=self.release)

    @property
    def contracts(self) -> bool:
        """Whether real products are added without being rounded before: TFLM is built so for an FPU that can,
        what microinfer generates never is."""
        return self.target.core.contracts and kernel_library(self.library).interprets

    @property
    def open_in_c(self) -> str:
        """One of OPEN_IN_C: what is made of what C leaves open, "" where it is not known. What microinfer
        generates does as an Arm; of TFLM with others' functions for floats nothing was measured."""
        library, core = kernel_library(self.library), self.target.core
        if not library.interprets:
            return GENERATED
        return "" if library.carried and not core.fpu else core.open_in_c

    def settles(self, contracts: bool) -> str:
        """What a run has of it; "" for TFLM's package's. `contracts`: it is as on the part."""
        return self.open_in_c if contracts or not kernel_library(self.library).interprets else ""

    @cached_property
    def model(self) -> Model:
        """The graph that the library runs: folded where its programs are generated."""
        return self.common.graph(self.library)

    @cached_property
    def survey(self) -> Survey:
        """All operators, and why some were refused."""
        return self.common.survey(self.library, self.release)

    @property
    def steps(self) -> tuple[Step, ...]:
        """All operators in order; those that were refused are `Unmodelled`."""
        return self.survey.steps

    @property
    def first_steps(self) -> tuple[Step, ...]:
        """Those of the first subgraph."""
        return self.steps[: len(self.model.subgraphs[0].operators)]

    @cached_property
    def refused(self) -> tuple[str, ...]:
        """What the device certainly refuses, too, in words."""
        return self.survey.shortfalls(self.library)

    @cached_property
    def stopped(self) -> tuple[str, ...]:
        """Where the kernels of the library certainly stop or write outside their memory, in words."""
        return self.common.stops(self.library, self.target)

    def expect_runnable(self) -> tuple[Step, ...]:
        """The steps, all of which can be bound.

        Raises:
            UnsupportedError: an operator was refused; the first one's error. Or a tensor's type is unknown.
        """
        for error in self.survey.stopping(self.library):
            raise error
        for refusal in self.survey.refusals:
            raise refusal.error
        return self.steps

    @property
    def planned(self) -> MemoryPlan | None:
        """The arena, None where it cannot be planned at all."""
        found = self.common.plan(self.library, self.target)
        return None if isinstance(found, MicroinferError) else found

    @property
    def plan(self) -> MemoryPlan:
        """The arena.

        Raises:
            FormatError: the file's own memory plan does not fit it.
            InputError: nothing is known of the library for this pointer size.
        """
        return self.common.expect_plan(self.library, self.target)

    @property
    def plan_error(self) -> MicroinferError | None:
        """Why the arena cannot be planned, None where it can."""
        found = self.common.plan(self.library, self.target)
        return found if isinstance(found, MicroinferError) else None

    @cached_property
    def overlaps(self) -> tuple[str, ...]:
        """Buffers that the file's own plan lays over one another, in words."""
        operators = whole(self.model.subgraphs).graph.operators
        plan = self.planned
        return () if plan is None else tuple(f.describe(operators) for f in find_overlaps(self.model, plan))

    @cached_property
    def leftovers(self) -> tuple[str, ...]:
        """Operators that leave bytes as nobody knows them, in words."""
        return () if self.planned is None else self._untold(self.planned)

    def _untold(self, plan: MemoryPlan) -> tuple[str, ...]:
        return untold_leftovers(self.steps, self.model.subgraphs[0].inputs, plan)

    @property
    def bits_plan(self) -> MemoryPlan:
        """The arena whose bits are computed: the library's own. Where that leaves them to chance they are the
        reference's, if those can be told."""
        base = kernel_library(self.library).base
        if base is None or not self.leftovers:
            return self.plan
        found = self.common.plan(base.name, self.target)
        return self.plan if isinstance(found, MicroinferError) or self._untold(found) else found
