"""A model that cannot run here, seen as an interpreter before its first run: memory, graph and no bits."""

from __future__ import annotations

from ..errors import InputError
from ..memory.plan import MemoryPlan
from ..model.tables import Model, Subgraph
from ..operators.release import Release
from ..operators.spec import Array, Step
from ..parts.profile import Profile
from ..words.dataclass import dataclass
from .deployment import Deployment, deploy

__all__ = ["Unrun", "take_unrun"]


@dataclass(frozen=True, slots=True, eq=False)
class Unrun:
    """What `reports.make_report` and `view.html.render` look at. `refused`: what the device refuses, too."""

    deployment: Deployment
    invoked: bool = False
    recorded_crc32: None = None
    recorded_inputs: None = None
    recorded_branches: None = None
    recorded_times: None = None

    @property
    def model(self) -> Model:
        return self.deployment.model

    @property
    def profile(self) -> Profile:
        return self.deployment.profile

    @property
    def library(self) -> str:
        return self.deployment.library

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.deployment.steps

    @property
    def plan(self) -> MemoryPlan:
        return self.deployment.plan

    @property
    def refused(self) -> tuple[str, ...]:
        return self.deployment.refused

    @property
    def overlaps(self) -> tuple[str, ...]:
        return self.deployment.overlaps

    @property
    def contracts(self) -> bool:
        """Nothing is run, and nothing rounded."""
        return False

    @property
    def subgraph(self) -> Subgraph:
        return self.model.subgraphs[0]

    @property
    def arena_size(self) -> int:
        """The least that the arena can be."""
        return self.plan.least_arena_bytes

    def get_tensor(self, tensor_index: int) -> Array:
        raise InputError(f"tensor {tensor_index} holds nothing: the model has not run")


def take_unrun(
    model: Model, profile: Profile, library: str | None = None, release: str | Release | None = None
) -> Unrun:
    """Plan a model as far as that goes.

    Raises:
        FormatError: the file's own memory plan does not fit it.
        InputError: no such library or release.
    """
    found = deploy(model, profile, library, release)
    assert found.plan
    return Unrun(found)
