"""What no shape changes: an interpreter's tables of tensors and operators, the file but for its weights."""

from __future__ import annotations

from functools import lru_cache

from ..libraries.library import kernel_library
from ..memory.least_arena import tables_bytes
from ..model.tables import Model, Tensor
from .limits import measure
from .subject import Subject

__all__ = ["SCALE_BYTES", "missed_by_tables", "scales"]

SCALE_BYTES = 12
"""A channel's scale and zero point in the file."""


@lru_cache(maxsize=2)
def missed_by_tables(subject: Subject) -> frozenset[str]:
    """Limits that the model exceeds whatever its input and its channels, by the names of their measures:
    "arena" and "ram" for its tables, "flash" for what its file holds beside weights and scales."""
    if not kernel_library(subject.library).interprets:
        return frozenset()
    deployment = subject.deployment
    found = measure(
        subject.model,
        None,
        None,
        subject.profile,
        subject.library,
        subject.limits,
        kept_bytes=_bare_bytes(subject.model),
        arena_least=tables_bytes(subject.model, subject.library, deployment.target),
    )
    return frozenset(one.name for one in found if one.name != "stack" and one.outcome == "fail")


def scales(tensor: Tensor) -> int:
    """How many scales the file holds of a tensor."""
    return len(tensor.quantization.scale) if tensor.quantization is not None else 0


def _bare_bytes(model: Model) -> int:
    held = (tensor for subgraph in model.subgraphs for tensor in subgraph.tensors if tensor.is_constant)
    return max(0, model.size_bytes - sum(one.size_bytes + SCALE_BYTES * scales(one) for one in held))
