"""A model that cannot run here, seen as an interpreter before its first run: memory, graph and no bits."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import InputError
from ..libraries.library import as_run
from ..memory.overlaps import find_overlaps
from ..memory.plan import MemoryPlan, plan_memory
from ..model.tables import Model, Subgraph
from ..operators.spec import Array, Step
from ..parts.profile import Profile
from .survey import take_apart

__all__ = ["Unrun", "take_unrun"]


@dataclass(frozen=True, slots=True, eq=False)
class Unrun:
    """What `reports.make_report` and `view.html.render` look at. `refused`: what the device refuses, too."""

    model: Model
    profile: Profile
    library: str
    steps: tuple[Step, ...]
    plan: MemoryPlan
    refused: tuple[str, ...]
    overlaps: tuple[str, ...]
    invoked: bool = False
    recorded_crc32: None = None
    recorded_inputs: None = None
    recorded_branches: None = None
    resolver: None = None

    @property
    def subgraph(self) -> Subgraph:
        return self.model.subgraphs[0]

    @property
    def arena_size(self) -> int:
        """The least that the arena can be."""
        return self.plan.least_arena_bytes

    def get_tensor(self, tensor_index: int) -> Array:
        raise InputError(f"tensor {tensor_index} holds nothing: the model has not run")


def take_unrun(model: Model, profile: Profile, library: str | None = None) -> Unrun:
    """Plan a model as far as that goes.

    Raises:
        FormatError: the file's own memory plan does not fit it.
        InputError: no such library.
    """
    chosen = profile.choose_library(library)
    ran = as_run(model, chosen)
    survey = take_apart(ran)
    plan = plan_memory(ran, survey.steps, chosen, profile.target)
    operators = ran.subgraphs[0].operators
    overlaps = tuple(found.describe(operators) for found in find_overlaps(ran, plan))
    return Unrun(ran, profile, chosen, survey.steps, plan, survey.shortfalls(chosen), overlaps)
