"""A lower bound of an arena, for those who ask only whether it can be small enough at all."""

from __future__ import annotations

from ..libraries.library import kernel_library
from ..libraries.target import Target
from ..model.tables import Model
from ..model.whole import whole
from .allocations import ALIGNMENT
from .greedy import lower_bound
from .lifetimes import buffers, offline_offsets

__all__ = ["least_arena", "tables_bytes"]


def least_arena(model: Model, library: str, target: Target) -> int:
    """Bytes without which no plan of the model does, whatever its kernels ask for: the tensors that are alive
    at once, and what an interpreter keeps of every tensor and operator. 0 where the file has a plan of its
    own, which may lay tensors over one another.

    Raises:
        FormatError: that plan cannot be read.
        InputError: nothing is known of the library for this pointer size.
    """
    operators = len(whole(model.subgraphs).graph.operators)
    value = kernel_library(library)
    if not value.interprets:
        return lower_bound(buffers(model, [()] * operators, None), 1)
    if offline_offsets(model) is not None:
        return 0
    alive = lower_bound(buffers(model, [()] * operators, None), ALIGNMENT)
    return alive + tables_bytes(model, library, target)


def tables_bytes(model: Model, library: str, target: Target) -> int:
    """What an interpreter keeps of every tensor and operator, whatever their shapes; 0 where none does.

    Raises:
        InputError: nothing is known of the library for this pointer size.
    """
    value = kernel_library(library)
    if not value.interprets:
        return 0
    layout = value.layout(target)
    tensors, operators = (
        sum(map(len, lists))
        for lists in zip(*((one.tensors, one.operators) for one in model.subgraphs), strict=True)
    )
    return tensors * layout.size("TfLiteEvalTensor") + operators * layout.size("NodeAndRegistration")
