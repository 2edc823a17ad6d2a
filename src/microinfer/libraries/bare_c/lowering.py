"""One operator as calls of C kernels: which has one, and what every kernel wants of its tensors."""

from __future__ import annotations

from ...operators.far_zero_points import far_tensors
from ...operators.registry import row
from ...operators.spec import Step
from ..homes import Homes
from ..library import is_modelled, kernel_library
from .c_source import Parameters, identifier
from .call import Call, Lowered, Place, unsupported

__all__ = ["lower_step"]

LARGEST_COUNT = 65535


def lower_step(step: Step, homes: Homes) -> Lowered:
    """The kernel calls of one operator.

    Raises:
        UnsupportedError: bare-c has no kernel for the operator, or for its types or sizes.
    """
    kernels = kernel_library("bare-c").kernels
    kernel = kernels.get(step.name)
    if kernel is None or kernel.lower is None:
        raise unsupported(step, f"has no kernel in bare-c; there are {', '.join(sorted(kernels))}")
    if not is_modelled(step.name, step.geometry):
        raise unsupported(step, "is your own, under a builtin's name; bare-c has no kernel for it")
    if step.geometry.computed:
        raise unsupported(step, "has parameters that are computed at run time; bare-c wants constants")
    spec = row(step.name)
    if spec is None or spec.moves is None:
        for where, far in far_tensors(step.node):
            said = f"{where} ({far.name!r}) has zero point {far.zero_point}, which {far.dtype} does not hold"
            raise unsupported(step, f"{said}, nor bare-c")
    for tensor in (*step.node.inputs, *step.node.outputs):
        if tensor is not None and tensor.size_bytes == 0:
            raise unsupported(step, f"{tensor.name!r} has no elements")
        if tensor is not None and tensor.start is not None:
            raise unsupported(step, f"writes or reads {tensor.name!r}, a constant that is written over")
        if tensor is not None and tensor.data is None and tensor.elements > LARGEST_COUNT:
            raise unsupported(
                step, f"{tensor.name!r} has {tensor.elements} elements, at most {LARGEST_COUNT}"
            )
    name = f"{identifier(step.name)}_{step.index}"
    calls = tuple(kernel.lower(Place(step, name, homes)))
    for call in calls:
        _expect_room(step, call)
    return Lowered(step, calls)


def _expect_room(step: Step, call: Call) -> None:
    """What a call is given fits what its kernel has for it: C would cut numbers off without a word."""
    for argument in call.arguments:
        if argument.isdecimal() and int(argument) > LARGEST_COUNT:
            raise unsupported(step, f"takes {argument} at once in {call.function}, at most {LARGEST_COUNT}")
    for constant in call.constants:
        if isinstance(constant, Parameters) and (beyond := constant.beyond()):
            raise unsupported(step, f"has {beyond} for {call.function}, which is more than fits there")
