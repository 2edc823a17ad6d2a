"""One operator as calls of C kernels: which has one, and what every kernel wants of its tensors."""

from __future__ import annotations

from collections.abc import Mapping

from ...operators.spec import Step
from ..geometries import is_modelled
from .c_source import identifier
from .call import Lower, Lowered, Place, unsupported
from .elementwise import ELEMENTWISE
from .shaping import SHAPING
from .windowed import WINDOWED

__all__ = ["LOWER", "lower_step"]

LOWER: dict[str, Lower] = {**WINDOWED, **ELEMENTWISE, **SHAPING}
"""Operators that bare-c has kernels for."""

LARGEST_COUNT = 65535


def lower_step(step: Step, tensor_offsets: Mapping[int, int], scratch: tuple[int, ...]) -> Lowered:
    """The kernel calls of one operator.

    Raises:
        UnsupportedError: bare-c has no kernel for the operator, or for its types or sizes.
    """
    found = LOWER.get(step.name)
    if found is None:
        raise unsupported(step, f"has no kernel in bare-c; there are {', '.join(sorted(LOWER))}")
    if not is_modelled(step.name, step.geometry):
        raise unsupported(step, "is your own, under a builtin's name; bare-c has no kernel for it")
    for tensor in (*step.node.inputs, *step.node.outputs):
        if tensor is not None and tensor.size_bytes == 0:
            raise unsupported(step, f"{tensor.name!r} has no elements")
        if tensor is not None and tensor.data is None and tensor.elements > LARGEST_COUNT:
            raise unsupported(
                step, f"{tensor.name!r} has {tensor.elements} elements, at most {LARGEST_COUNT}"
            )
    name = f"{identifier(step.name)}_{step.index}"
    return Lowered(step, tuple(found(Place(step, name, tensor_offsets, scratch))))
