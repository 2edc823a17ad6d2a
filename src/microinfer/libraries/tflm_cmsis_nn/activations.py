"""Softmax of CMSIS-NN."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..fault import Fault, other_bits
from ..kernel import Inner
from ..tflm_reference import activations as reference
from ..tflm_reference.activations import long_row_faults, reference_softmax_variant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...operators.softmax import SoftmaxGeometry
    from ...operators.spec import Step
    from ..kernel import Counts, Observed
    from ..target import Core, Target


def softmax_variant(geometry: SoftmaxGeometry, core: Core) -> str:
    if geometry.input_dtype == "int8":
        return "softmax_s8_s16" if geometry.output_dtype == "int16" else "softmax_s8"
    return "softmax_s16" if geometry.input_dtype == "int16" else reference_softmax_variant(geometry, core)


def softmax_counts(g: SoftmaxGeometry, seen: Observed) -> Counts:
    return {"call": 1, "rows": g.rows, "elements": g.rows * g.depth, **seen}


LEAST_OVERFLOW = 9
"""Elements whose exponentials, each less than 2^15, can sum to a little less than 2^18."""


def softmax_faults(step: Step, g: SoftmaxGeometry, target: Target) -> Iterator[Fault]:
    yield from long_row_faults(g)
    if g.input_dtype == "int16" and g.depth >= LEAST_OVERFLOW:
        yield other_bits(
            f"CMSIS-NN's sum of a row of int16, here {g.depth} elements, overflows where it lies below a "
            "power of two by no more than one in 2^18",
            certain=False,
        )


SOFTMAX = replace(
    reference.SOFTMAX,
    variant=softmax_variant,
    inner=MappingProxyType(
        {name: Inner(softmax_counts) for name in ("softmax_s8", "softmax_s8_s16", "softmax_s16")}
    ),
    faults=softmax_faults,
)
