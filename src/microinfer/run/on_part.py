"""Steps with the bits of a part, where these are others than those of TFLM's package for a host."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..operators.node import contracted, settled
from ..operators.spec import Step

if TYPE_CHECKING:
    from ..deploy.deployment import Deployment

__all__ = ["on_part"]


def on_part(deployment: Deployment, steps: Sequence[Step]) -> tuple[Step, ...]:
    """Products are contracted where the part's compiler contracts them, and what C leaves open is settled as
    far as it is known of the part."""
    settled_steps = settled(steps, deployment.open_in_c)
    return contracted(settled_steps) if deployment.contracts else settled_steps
