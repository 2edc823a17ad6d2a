"""What deployments of one model have in common: its graphs, their steps and their plans, each made once."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import MicroinferError
from ..libraries.library import as_run, kernel_library
from ..libraries.target import GENERATED, Target
from ..memory.plan import MemoryPlan
from ..memory.planning import plan_memory
from ..model.tables import Model
from ..operators.node import settled
from ..operators.release import Release
from ..operators.resolver import OpResolver
from ..operators.spec import Step
from ..words.dataclass import replace
from .lowered_graph import Lowering, lower_all, missing_kernels
from .survey import Survey, take_apart

__all__ = ["Common"]


class Common:
    """A model before any part is chosen, and what has been found out of it.

    Args:
        model: as it was read.
        resolver: the operators that may be used; default all.
        steps: the operators, where the caller has prepared them all already: the graph then runs as it is.
        plan: of these steps, where the caller has it.
    """

    def __init__(
        self,
        model: Model,
        resolver: OpResolver | None = None,
        *,
        steps: Sequence[Step] | None = None,
        plan: MemoryPlan | None = None,
    ) -> None:
        self.model = model
        self.resolver = resolver
        self._given = None if steps is None else Survey(tuple(steps), ())
        self._graphs: dict[bool, Model] = {}
        self._taken_apart: dict[tuple[Model, Release], Survey] = {}
        self._surveys: dict[tuple[Model, Release, bool], Survey] = {}
        self._plans: dict[tuple[str, Target], MemoryPlan | MicroinferError] = {}
        self._stops: dict[tuple[str, Target], tuple[str, ...]] = {}
        self._lowerings: dict[tuple[str, Release], list[tuple[MemoryPlan, Lowering]]] = {}
        if plan is not None:
            self._plans[plan.library, plan.target] = plan

    def graph(self, library: str) -> Model:
        """The graph that a library runs: the file's own with TFLM, the folded one with bare-c."""
        value = kernel_library(library)
        if value.interprets not in self._graphs:
            self._graphs[value.interprets] = (
                self.model if self._given is not None else as_run(self.model, library)
            )
        return self._graphs[value.interprets]

    def survey(self, library: str, release: Release) -> Survey:
        """The operators of that graph, taken apart as a release prepares them."""
        if self._given is not None:
            return self._given
        key = self.graph(library), release, kernel_library(library).interprets
        if key not in self._surveys:
            if key[:2] not in self._taken_apart:
                self._taken_apart[key[:2]] = take_apart(key[0], self.resolver, release)
            found = self._taken_apart[key[:2]]
            self._surveys[key] = found if key[2] else replace(found, steps=settled(found.steps, GENERATED))
        return self._surveys[key]

    def plan(self, library: str, target: Target) -> MemoryPlan | MicroinferError:
        """The arena, or why it cannot be planned."""
        key = library, target
        if key not in self._plans:
            survey = self.survey(library, target.release)
            known = [
                found
                for (other, at), found in self._plans.items()
                if isinstance(found, MemoryPlan) and self.survey(other, at.release) is survey
            ]
            try:
                self._plans[key] = plan_memory(self.graph(library), survey.steps, library, target, known)
            except MicroinferError as error:
                self._plans[key] = error
        return self._plans[key]

    def stops(self, library: str, target: Target) -> tuple[str, ...]:
        """Where the kernels of the library certainly stop or write outside their memory, in words."""
        key = library, target
        if key not in self._stops:
            survey = self.survey(library, target.release)
            self._stops[key] = survey.stops(kernel_library(library), target)
        return self._stops[key]

    def missing(self, library: str, target: Target, flash_bytes: int) -> tuple[str, ...]:
        """The first operator for which the library has no kernel on a part with so much flash, in words.

        Raises:
            MicroinferError: the arena cannot be planned.
        """
        plan = self.expect_plan(library, target)
        known = self._lowerings.setdefault((library, target.release), [])
        found = next((made for other, made in known if plan.homes_as(other)), None)
        if found is None:
            found = lower_all(self.survey(library, target.release).steps, plan)
            known.append((plan, found))
        return missing_kernels(found, target.pointer_bytes, flash_bytes)

    def expect_plan(self, library: str, target: Target) -> MemoryPlan:
        """The arena.

        Raises:
            MicroinferError: it cannot be planned.
        """
        found = self.plan(library, target)
        if isinstance(found, MicroinferError):
            raise found
        return found
