"""What rules look at: a model, taken apart as far as it goes, on one part with one kernel library."""

from __future__ import annotations

from collections.abc import Iterator

from ..deploy.deployment import Deployment
from ..deploy.refusal import Refusal
from ..deploy.survey import Survey
from ..errors import ModelError
from ..libraries.library import kernel_library
from ..memory.greedy import lower_bound
from ..memory.lifetimes import buffers
from ..memory.plan import MemoryPlan
from ..model.tables import Model, Operator
from ..operators.fully_connected import FullyConnectedGeometry
from ..operators.registry import row
from ..operators.release import Release
from ..operators.spec import Node, Step
from ..parts.profile import Profile
from ..timing.prices import OperatorCost
from ..words.dataclass import dataclass
from .finding import Trouble
from .limits import Limits, Measure, measure

__all__ = ["Examined", "Resolver", "Subject", "examined_of", "is_dense", "label", "make_subject"]


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
    deployment: Deployment
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
    def profile(self) -> Profile:
        return self.deployment.profile

    @property
    def library(self) -> str:
        return self.deployment.library

    @property
    def release(self) -> Release:
        return self.deployment.release

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


def examined_of(model: Model, survey: Survey) -> Examined:
    """A model with its operators as they were taken apart; none stops the others."""
    nodes = tuple(step.node for step in survey.steps)
    return Examined(model, nodes, survey.modelled, survey.refusals, survey.steps)


def make_subject(deployment: Deployment, limits: Limits, resolver: Resolver | None) -> Subject:
    """Measure a model on a part, as far as that goes.

    Raises:
        InputError, ProfileError: nothing is known of the library for the part, or its price list is damaged.
    """
    model, library = deployment.model, deployment.library
    examined = examined_of(model, deployment.survey)
    error, least, whole = deployment.plan_error, 0, not examined.refusals
    if error is not None and not isinstance(error, ModelError):
        raise error
    if error is not None:
        least = lower_bound(
            buffers(model, [()] * len(examined.nodes), None), kernel_library(library).alignment
        )
    planned, costs = deployment.planned, deployment.modelled_costs
    measures = measure(
        model, planned, costs, deployment.profile, library, limits, arena_least=least, whole=whole
    )
    return Subject(
        examined,
        deployment,
        limits,
        resolver,
        planned if whole else None,
        planned,
        error,
        costs if whole else None,
        measures,
    )


def is_dense(node: Node) -> bool:
    """Whether it is a fully connected layer."""
    spec = row(node.operator.name)
    return spec is not None and spec.geometry is FullyConnectedGeometry
