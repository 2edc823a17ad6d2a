"""Rows and sums of several tensors, of TFLM's reference kernels. CMSIS-NN has none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ..fault import Fault
from ..kernel import Kernel
from ..software_float import ARITHMETIC, EXPONENTIALS

if TYPE_CHECKING:
    from ...operators.add_n import SumGeometry
    from ...operators.broadcast_args import ShapesGeometry
    from ...operators.rows import RowsGeometry
    from ...operators.spec import Step
    from ..kernel import Bounds, Counts, Observed
    from ..layout import StructLayout
    from ..target import Core, Target

SUM_DATA_BYTES = 40


def row_counts(g: RowsGeometry, seen: Observed) -> Counts:
    return {"call": 1, "rows": g.rows, "elements": g.elements, **seen}


def log_softmax_bounds(g: RowsGeometry) -> Mapping[str, Bounds]:
    """At least each row's maximum is evaluated; all are where no int8 difference is small enough."""
    if g.dtype != "int8":
        return {}
    least = g.elements if g.diff_min <= -255 else g.rows
    return {"exponentials": (least, (least + g.elements) // 2, g.elements)}


def log_softmax_bytes(g: RowsGeometry, core: Core, layout: StructLayout) -> tuple[int, ...]:
    """Five int32 and two sizes, of int8 alone."""
    return (5 * 4 + (0 if layout.pointer_bytes == 4 else 4) + 2 * layout.pointer_bytes,) * (g.dtype == "int8")


def sum_counts(g: SumGeometry, seen: Observed) -> Counts:
    return {"call": 1, "inputs": g.inputs, "elements": g.elements, "terms": g.elements * g.inputs}


def sum_temporaries(g: SumGeometry) -> str:
    return " ".join(("i0 o0", *(f"i{position}" for position in range(1, g.inputs)), "+"))


def sum_bytes(g: SumGeometry, core: Core, layout: StructLayout) -> tuple[int, ...]:
    return (SUM_DATA_BYTES,) * (g.dtype == "int8")


def sum_faults(step: Step, g: SumGeometry, target: Target) -> Iterator[Fault]:
    source = step.node.inputs[0]
    if g.dtype == "int8" and source is not None and source.zero_point:
        yield Fault(
            "warning",
            f"TFLM takes the zero point of the inputs off once too often: every sum is {source.zero_point} "
            f"steps of their scale lower than it should be; use ADD, or inputs with zero point 0",
        )


def shapes_counts(g: ShapesGeometry, seen: Observed) -> Counts:
    return {"call": 1, "sizes": g.length}


ADD_N = Kernel(
    software=ARITHMETIC,
    temporaries=sum_temporaries,
    persistent=sum_bytes,
    pointers=lambda g: g.inputs,
    counts=sum_counts,
    faults=sum_faults,
)

BROADCAST_ARGS = Kernel(temporaries="i0 i1 o0", counts=shapes_counts)

L2_NORMALIZATION = Kernel(software=ARITHMETIC, temporaries="i0 o0", counts=row_counts)

LOG_SOFTMAX = Kernel(
    software=EXPONENTIALS,
    temporaries="i0 o0 +",
    persistent=log_softmax_bytes,
    counts=row_counts,
    bounds=log_softmax_bounds,
)
