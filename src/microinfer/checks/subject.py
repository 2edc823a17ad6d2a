"""What rules look at: a model, taken apart as far as it goes, on one part with one kernel library."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..deploy.refusal import Refusal, refusals
from ..errors import ModelError
from ..libraries.library import kernel_library
from ..memory.greedy import lower_bound
from ..memory.lifetimes import buffers
from ..memory.plan import MemoryPlan, plan_memory
from ..model.tables import Model, Operator
from ..operators.prepare import survey
from ..operators.resolver import OpResolver
from ..operators.spec import Node, Step, Unmodelled
from ..parts.profile import Profile
from ..timing.prices import OperatorCost, estimate
from .finding import Trouble
from .limits import Limits, Measure, measure

__all__ = ["Examined", "Resolver", "Subject", "examine", "label", "make_subject"]


@dataclass(frozen=True, slots=True)
class Resolver:
    """The firmware's MicroMutableOpResolver: how many operators it has room for, and which, if known."""

    size: int
    names: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """A model whose operators were prepared one by one; each is in `steps` or in `refusals`, and all are in
    `surveyed`, those that were refused without a geometry."""

    model: Model
    nodes: tuple[Node, ...]
    steps: tuple[Step, ...]
    refusals: tuple[Refusal, ...]
    surveyed: tuple[Step, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """`plan` is None where an operator was refused, and `least` has what can be planned all the same;
    `plan_error` says what else went wrong. `costs` is None where an operator was refused."""

    examined: Examined
    profile: Profile
    library: str
    limits: Limits
    resolver: Resolver | None
    plan: MemoryPlan | None
    least: MemoryPlan | None
    plan_error: ModelError | None
    costs: tuple[OperatorCost, ...] | None
    measures: tuple[Measure, ...]

    @property
    def model(self) -> Model:
        return self.examined.model

    @property
    def nodes(self) -> tuple[Node, ...]:
        return self.examined.nodes

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.examined.steps

    def refused(self, rule: str) -> Iterator[Refusal]:
        """The operators whose refusal belongs to this rule."""
        return (refusal for refusal in self.examined.refusals if refusal.rule == rule)

    def open_question(self, place: str, cause: str, remedy: str, lines: tuple[str, ...] = ()) -> Trouble:
        """An operator that TFLM has and microinfer does not model: no answer; of a library without it, no."""
        if kernel_library(self.library).interprets:
            return Trouble(place, cause, remedy, lines, certain=False)
        return Trouble(place, f"{cause}; {self.library} has no such kernel", remedy, lines, severity="error")

    def measured(self, name: str) -> Measure:
        return next(measure for measure in self.measures if measure.name == name)


def label(operator: Operator) -> str:
    """An operator in words, such as "operator 3 (CONV_2D)"."""
    return f"operator {operator.index} ({operator.name})"


def examine(model: Model) -> Examined:
    """Prepare every operator of the first subgraph; none stops the others."""
    resolver = OpResolver.builtin()
    surveyed, refused = survey(model, resolver)
    steps = tuple(step for step in surveyed if not isinstance(step.geometry, Unmodelled))
    nodes = tuple(step.node for step in surveyed)
    return Examined(model, nodes, steps, refusals(refused, resolver), surveyed)


def make_subject(
    examined: Examined, profile: Profile, library: str, limits: Limits, resolver: Resolver | None
) -> Subject:
    """Plan and price an examined model on a part, as far as that goes."""
    planned: MemoryPlan | None = None
    plan_error: ModelError | None = None
    least = 0
    whole = not examined.refusals
    try:
        planned = plan_memory(examined.model, examined.surveyed, library, profile.target)
    except ModelError as error:
        plan_error = error
        alignment = kernel_library(library).alignment
        no_scratch = [()] * len(examined.nodes)
        least = lower_bound(buffers(examined.model, no_scratch, None), alignment)
    costs = estimate(examined.steps, profile, library)
    measures = measure(
        examined.model, planned, costs, profile, library, limits, arena_least=least, whole=whole
    )
    return Subject(
        examined,
        profile,
        library,
        limits,
        resolver,
        planned if whole else None,
        planned,
        plan_error,
        costs if whole else None,
        measures,
    )
