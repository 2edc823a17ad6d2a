"""Softmax of CMSIS-NN."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..kernel import Inner, faultless
from ..tflm_reference import activations as reference
from ..tflm_reference.activations import reference_softmax_variant

if TYPE_CHECKING:
    from ...operators.softmax import SoftmaxGeometry
    from ..kernel import Counts, Observed
    from ..target import Core


def softmax_variant(geometry: SoftmaxGeometry, core: Core) -> str:
    if geometry.input_dtype == "int8":
        return "softmax_s8_s16" if geometry.output_dtype == "int16" else "softmax_s8"
    return "softmax_s16" if geometry.input_dtype == "int16" else reference_softmax_variant(geometry, core)


def softmax_counts(g: SoftmaxGeometry, seen: Observed) -> Counts:
    return {"call": 1, "rows": g.rows, "elements": g.rows * g.depth, **seen}


SOFTMAX = replace(
    reference.SOFTMAX,
    variant=softmax_variant,
    inner=MappingProxyType(
        {name: Inner(softmax_counts) for name in ("softmax_s8", "softmax_s8_s16", "softmax_s16")}
    ),
    faults=faultless,
)
