"""Where TFLM itself misbehaves, so that a check and a report can tell.

microinfer computes what the reference kernels compute. Each rule names a case in which the firmware would
do something else: stop, corrupt its memory, or give other bits. Found by running TFLM 90b983c2 and CMSIS-NN
4ab83cc3; what is CMSIS-NN's is in `cmsis_nn_faults`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from ..operators.spec import Step, Unmodelled
from .cmsis_nn_faults import CMSIS_NN_FAULTS
from .fault import Fault
from .geometries import is_modelled
from .target import DEFAULT_TARGET, Target

if TYPE_CHECKING:
    from ..operators.softmax import SoftmaxGeometry

__all__ = ["faults_of", "operator_faults"]

Rule: TypeAlias = Callable[[Step, Any, Target], Iterator[Fault]]

SOFTMAX_LIMIT = 512
"""Sum of exponentials, in units of the largest, from which the reference kernel's reciprocal aborts."""


MOST_DIMENSIONS = 6
"""What a RuntimeShape of TFLM has room for."""
WITHOUT_SHAPES = frozenset(
    {
        *("ABS", "GATHER", "MEAN", "PACK", "REDUCE_MAX", "RESHAPE", "SHAPE", "SPLIT", "SPLIT_V", "SQUEEZE"),
        *("SUM", "UNPACK"),
    }
)
"""Operators whose kernels make no RuntimeShape of their tensors, but read the dimensions where they are."""


def _many_dimensions(step: Step) -> Iterator[Fault]:
    tensors = [tensor for tensor in (*step.node.inputs, *step.node.outputs) if tensor is not None]
    rank = max((len(tensor.shape) for tensor in tensors), default=0)
    if rank > MOST_DIMENSIONS and step.name not in WITHOUT_SHAPES:
        yield Fault(
            "warning",
            f"a tensor has {rank} dimensions, the shapes of TFLM's kernels have room for {MOST_DIMENSIONS}: "
            f"a debug build stops, another writes {4 * (rank - MOST_DIMENSIONS)} bytes behind the shape, on "
            "the stack; lay dimensions together",
            certain=False,
        )


def _softmax(step: Step, geometry: SoftmaxGeometry, target: Target) -> Iterator[Fault]:
    if geometry.depth >= SOFTMAX_LIMIT:
        yield Fault(
            "warning",
            f"the reference kernel aborts (on a target it loops for ever) where about {SOFTMAX_LIMIT} or "
            f"more of the {geometry.depth} inputs equal the largest; CMSIS-NN does not check",
            certain=False,
        )


_RULES: Mapping[str, Mapping[str, Rule]] = MappingProxyType(
    {
        "tflm-reference": MappingProxyType({"SOFTMAX": _softmax}),
        "tflm-cmsis-nn": CMSIS_NN_FAULTS,
    }
)


def faults_of(step: Step, library: str, target: Target = DEFAULT_TARGET) -> tuple[Fault, ...]:
    """How the operator's kernel in this library misbehaves, or may; none for a user's own operator."""
    rules = _RULES.get(library)
    if rules is None or not is_modelled(step.name, step.geometry):
        return ()
    rule = rules.get(step.name)
    own = rule(step, step.geometry, target) if rule is not None else ()
    return (*_many_dimensions(step), *own)


def operator_faults(steps: Sequence[Step], library: str, target: Target = DEFAULT_TARGET) -> tuple[str, ...]:
    """One sentence for each fault of an operator's kernel in this library, with its place."""
    return tuple(
        f"{step.node.operator.place}: {step.name}: {fault.text}"
        for step in steps
        if not isinstance(step.geometry, Unmodelled)
        for fault in faults_of(step, library, target)
    )
