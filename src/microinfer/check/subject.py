"""What rules look at: a model, taken apart as far as it goes, on one part with one kernel library."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..arena import MemoryPlan, plan_memory
from ..cost import OperatorCost, estimate
from ..errors import ModelError, UnsupportedError
from ..graph import Node, Step, prepare_node, resolve
from ..lifetimes import buffers
from ..model import Model, Operator
from ..ops import OpResolver
from ..planner import lower_bound
from ..profile import Profile
from ..tail import ALIGNMENT
from .limits import Limits, Measure, measure
from .refusal import Refusal, classify

__all__ = ["Examined", "Resolver", "Subject", "examine", "label", "make_subject"]


@dataclass(frozen=True, slots=True)
class Resolver:
    """The firmware's MicroMutableOpResolver: how many operators it has room for, and which, if known."""

    size: int
    names: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """A model whose operators were prepared one by one; each is in `steps` or in `refusals`."""

    model: Model
    nodes: tuple[Node, ...]
    steps: tuple[Step, ...]
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """`plan` and `costs` are None where an operator was refused; `plan_error` says what else went wrong."""

    examined: Examined
    profile: Profile
    library: str
    limits: Limits
    resolver: Resolver | None
    plan: MemoryPlan | None
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

    def measured(self, name: str) -> Measure:
        return next(measure for measure in self.measures if measure.name == name)


def label(operator: Operator) -> str:
    """An operator in words, such as "operator 3 (CONV_2D)"."""
    return f"operator {operator.index} ({operator.name})"


def examine(model: Model) -> Examined:
    """Prepare every operator of the first subgraph; none stops the others."""
    resolver = OpResolver.builtin()
    subgraph = model.subgraphs[0]
    nodes = tuple(resolve(subgraph, operator) for operator in subgraph.operators)
    steps, refusals = [], []
    for node in nodes:
        try:
            steps.append(prepare_node(node, resolver))
        except UnsupportedError as error:
            refusals.append(Refusal(node, error, classify(node, error, resolver)))
    return Examined(model, nodes, tuple(steps), tuple(refusals))


def make_subject(
    examined: Examined, profile: Profile, library: str, limits: Limits, resolver: Resolver | None
) -> Subject:
    """Plan and price an examined model on a part, as far as that goes."""
    plan: MemoryPlan | None = None
    plan_error: ModelError | None = None
    costs: tuple[OperatorCost, ...] | None = None
    least = 0
    if not examined.refusals:
        try:
            plan = plan_memory(examined.model, examined.steps, library, profile.target)
        except ModelError as error:
            plan_error = error
        costs = estimate(examined.steps, profile, library)
    if plan is None:
        alignment = 1 if library == "bare-c" else ALIGNMENT
        no_scratch = [()] * len(examined.nodes)
        least = lower_bound(buffers(examined.model, no_scratch, None), alignment)
    measures = measure(examined.model, plan, costs, profile, library, limits, arena_least=least)
    return Subject(examined, profile, library, limits, resolver, plan, plan_error, costs, measures)
