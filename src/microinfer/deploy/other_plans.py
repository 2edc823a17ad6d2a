"""Plans beside a deployment's own: a better one than TFLM's, in the file, and that of this computer."""

from __future__ import annotations

from dataclasses import replace

from ..libraries.library import kernel_library
from ..libraries.target import HOST_TARGET
from ..memory.optimise import OptimisedPlan, optimise
from ..memory.plan import MemoryPlan
from ..model.read import load
from .common import Common
from .deployment import Deployment, deploy

__all__ = ["host_plan", "with_better_plan"]

HOST_LIBRARY = "tflm-reference"
"""The library of the pip package."""


def with_better_plan(at: Deployment, *, move: bool = True) -> tuple[OptimisedPlan, Deployment]:
    """What a search found, and the same model with it on the same part.

    Args:
        move: whether operators may be moved.

    Raises:
        InputError: a program that is generated has no metadata to read.
        UnsupportedError: an operator was refused, or the file cannot be rewritten.
    """
    better = optimise(at.model, at.expect_runnable(), at.library, at.target, move=move)
    steps = [at.steps[old] for old in better.order]
    model = replace(load(better.data), name=at.common.model.name)
    common = Common(model, steps=steps, plan=better.plan)
    return better, deploy(common, at.profile, at.library, at.release)


def host_plan(at: Deployment) -> MemoryPlan | None:
    """The arena in which the pip package runs the file here, with 64-bit pointers.

    None where a program is generated, or where it is not known whole.
    """
    if not kernel_library(at.library).interprets or at.plan.unknown:
        return None
    found = at.common.expect_plan(HOST_LIBRARY, HOST_TARGET)
    return None if found.unknown else found
