"""TFLM's reference kernels of 2023 whose memory, types or bits are not today's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ..fault import fails, other_bits
from ..requests import INT32_BYTES
from ..tflm_reference import moving, reductions, shaping, windowed
from .lacking import lacking

if TYPE_CHECKING:
    from ...operators.concatenation import ConcatenationGeometry
    from ...operators.mean import ReduceGeometry
    from ...operators.spec import Step
    from ...operators.transpose_conv import TransposeConvGeometry
    from ..fault import Fault
    from ..layout import StructLayout
    from ..target import Core, Target

MOST_AXES, MOST_DIMENSIONS = 2, 5
"""Of a reduction whose axes and indices find room on the stack."""


def concatenation_scales(g: ConcatenationGeometry, core: Core, layout: StructLayout) -> tuple[int, ...]:
    """Of int8 data the scales and zero points of all inputs."""
    return (INT32_BYTES * len(g.copy_bytes),) * 2 if g.dtype == "int8" else ()


def concatenation_temporaries(g: ConcatenationGeometry) -> str:
    return "i0 o0 i* o0 + + i*" if g.dtype == "int8" else "i0 o0 i* o0"


def sum_scratch(g: ReduceGeometry, core: Core) -> tuple[int, ...]:
    """Sums alone: axes and indices are on the stack."""
    return reductions.sum_scratch(g, core)[:1] if g.dtype in ("int8", "int16") else ()


def _stack_faults(g: ReduceGeometry) -> Iterator[Fault]:
    if len(g.axes) > MOST_AXES or len(g.input_shape) > MOST_DIMENSIONS:
        yield fails(
            f"the Arduino library of 2023 has room on the stack for {MOST_AXES} axes of {MOST_DIMENSIONS} "
            f"dimensions, here are {len(g.axes)} of {len(g.input_shape)}: it writes behind it; reduce one "
            "axis after another"
        )


def mean_faults(step: Step, g: ReduceGeometry, target: Target) -> Iterator[Fault]:
    yield from _stack_faults(g)
    if g.dtype != "float32" and not g.rescales:
        yield other_bits(
            "the Arduino library of 2023 cuts a MEAN off towards zero where input and output have one scale "
            "and zero point, and today's rounds it: results differ by up to 1",
        )
    elif g.dtype != "float32":
        yield other_bits(
            "the Arduino library of 2023 rescales a MEAN in float32, and today's in integers: where a result "
            "lies between two numbers they may differ by 1",
        )


def sum_faults(step: Step, g: ReduceGeometry, target: Target) -> Iterator[Fault]:
    yield from _stack_faults(g)
    if g.dtype != "float32":
        yield other_bits(
            "the Arduino library of 2023 rescales a SUM in float32 and cuts off the upper bits of what is "
            "too large, and today's rescales in integers and saturates",
        )


def transpose_conv_faults(step: Step, g: TransposeConvGeometry, target: Target) -> Iterator[Fault]:
    if g.activates and g.dtype != "float32":
        yield other_bits(
            "the Arduino library of 2023 leaves out the activation that is fused into a quantised "
            f"{step.name}: keep it an operator of its own",
        )


CONCATENATION = replace(
    moving.CONCATENATION, temporaries=concatenation_temporaries, persistent=concatenation_scales
)
PACK = lacking(moving.PACK, "int16")
SLICE = lacking(shaping.SLICE, "bool")
TRANSPOSE = lacking(moving.TRANSPOSE, "int16")
UNPACK = lacking(moving.UNPACK, "int16")
MEAN = replace(reductions.MEAN, scratch=sum_scratch, faults=mean_faults)
SUM = replace(reductions.SUM, scratch=sum_scratch, faults=sum_faults)
TRANSPOSE_CONV = replace(windowed.TRANSPOSE_CONV, faults=transpose_conv_faults)
