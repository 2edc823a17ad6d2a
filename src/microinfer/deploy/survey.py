"""A model taken apart as far as it goes, for commands that show what is known of one that cannot run here."""

from __future__ import annotations

from ..errors import Reason
from ..libraries.library import KernelLibrary
from ..libraries.target import Target
from ..model.tables import Model
from ..operators.prepare import survey
from ..operators.release import DEFAULT_RELEASE, Release
from ..operators.resolver import OpResolver
from ..operators.spec import Step, Unmodelled
from ..words.dataclass import dataclass
from .refusal import Refusal, certain, refusals

__all__ = ["Survey", "take_apart"]


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """`steps` are all operators, those without a geometry `Unmodelled`; `refusals` say why."""

    steps: tuple[Step, ...]
    refusals: tuple[Refusal, ...]

    @property
    def modelled(self) -> tuple[Step, ...]:
        """The operators that were prepared."""
        return tuple(step for step in self.steps if not isinstance(step.geometry, Unmodelled))

    def stops(self, library: KernelLibrary, target: Target) -> tuple[str, ...]:
        """Where kernels certainly stop or write outside their memory. That an open batch leaves outputs
        unwritten ends nothing."""
        return tuple(
            f"{step.node.operator.place}: {step.name}: {fault.text}"
            for step in self.modelled
            for fault in library.faults(step, target)
            if fault.severity == "error" and fault.certain and fault.reason is not Reason.OPEN_BATCH
        )

    def shortfalls(self, library: str) -> tuple[str, ...]:
        """What the device certainly refuses, too."""
        return tuple(one.said for one in self.refusals if certain(one, library))


def take_apart(
    model: Model, resolver: OpResolver | None = None, release: Release = DEFAULT_RELEASE
) -> Survey:
    """Prepare every operator of the first subgraph; none stops the others."""
    resolver = OpResolver.builtin() if resolver is None else resolver
    steps, refused = survey(model, resolver, release)
    return Survey(steps, refusals(refused, resolver))
