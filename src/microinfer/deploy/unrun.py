"""A model that cannot run here, seen as an interpreter before its first run: memory, graph and no bits."""

from __future__ import annotations

from ..errors import InputError
from ..model.tables import Model
from ..operators.release import Release
from ..operators.spec import Array, Step
from ..parts.profile import Profile
from ..words.dataclass import dataclass
from .deployment import Deployment, deploy

__all__ = ["Unrun", "take_unrun"]


@dataclass(frozen=True, slots=True, eq=False)
class Unrun:
    """A `reports.runnable.Runnable` of which nothing is run: nothing is rounded, and nothing recorded.

    `arena_size` is the least that the arena can be.
    """

    deployment: Deployment
    steps: tuple[Step, ...]
    overlaps: tuple[str, ...]
    arena_size: int
    contracts: bool = False
    invoked: bool = False
    recorded_crc32: None = None
    recorded_inputs: None = None
    recorded_branches: None = None
    recorded_times: None = None
    recorded_beyond: None = None

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
    return Unrun(found, found.steps, found.overlaps, found.plan.least_arena_bytes)
