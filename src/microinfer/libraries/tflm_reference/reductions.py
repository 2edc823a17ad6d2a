"""Sums, means and extremes over axes, of TFLM's reference kernels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import log, prod
from typing import TYPE_CHECKING

from ..fault import Fault
from ..kernel import Kernel
from ..negative_sums import shaped_bounds
from ..requests import INT32_BYTES
from ..software_float import ARITHMETIC
from ..templates import typed

if TYPE_CHECKING:
    from ...operators.arg_max import ArgMaxGeometry
    from ...operators.cumsum import CumsumGeometry
    from ...operators.mean import ReduceGeometry
    from ...operators.spec import Step
    from ..kernel import Bounds, Counts, Observed
    from ..layout import StructLayout
    from ..target import Core, Target


def reduce_variant(geometry: ReduceGeometry, core: Core) -> str:
    return typed("reference", geometry.dtype)


def sum_temporaries(geometry: ReduceGeometry) -> str:
    """A helper looks at the output once more where it is int8."""
    return "i0 o0 i1 i0 i1 o0" if geometry.dtype == "int8" else "i0 o0 i1 i0 i1"


def extreme_temporaries(geometry: ReduceGeometry) -> str:
    return "i0 i1 o0 i0 o0 i1" if geometry.dtype == "int8" else "i0 i1 i0 o0 i1"


def sum_scratch(geometry: ReduceGeometry, core: Core) -> tuple[int, ...]:
    indices = max_scratch(geometry, core)
    if geometry.dtype not in ("int8", "int16"):
        return indices
    return INT32_BYTES * prod(geometry.output_shape), *indices


def max_scratch(geometry: ReduceGeometry, core: Core) -> tuple[int, ...]:
    return INT32_BYTES * len(geometry.input_shape), INT32_BYTES * geometry.axis_count


def reduce_counts(g: ReduceGeometry, seen: Observed) -> Counts:
    """An iterator over all input elements that recomputes its offsets for each of them."""
    elements, rank = prod(g.input_shape), len(g.input_shape)
    compared = sum(g.axes.index(axis) + 1 if axis in g.axes else len(g.axes) for axis in range(rank))
    carries, run = 0, 1
    for extent in g.input_shape[::-1][:-1] if elements else ():
        run *= extent
        carries += elements // run
    return {
        "call": 1,
        "axes": g.axis_count,
        "outputs": prod(g.output_shape),
        "elements": elements,
        "element_dimensions": elements * rank,
        "element_axes": elements * compared,
        "carries": carries,
        **seen,
    }


def arg_max_counts(g: ArgMaxGeometry, seen: Observed) -> Counts:
    """Each comparison calls through a pointer to a function."""
    outputs = prod(g.input_shape) // max(1, g.input_shape[g.axis])
    return {
        "call": 1,
        "dimensions": len(g.input_shape),
        "outer": prod(g.input_shape[: g.axis]),
        "outputs": outputs,
        "comparisons": prod(g.input_shape) - outputs,
        **seen,
    }


def arg_max_bounds(g: ArgMaxGeometry) -> Mapping[str, Bounds]:
    """Of n values in random order, the largest so far is replaced about ln n times."""
    along = g.input_shape[g.axis]
    lines = prod(g.input_shape) // max(1, along)
    if not lines:
        return {"replacements": (0, 0, 0)}
    return {"replacements": (0, round(lines * max(0.0, log(along) - 0.4)), lines * (along - 1))}


CUMSUM_DATA_BYTES = 9 * INT32_BYTES


def cumsum_data(geometry: CumsumGeometry, core: Core, layout: StructLayout) -> tuple[int, ...]:
    """How int8 is rescaled; of real numbers nothing is kept."""
    return (CUMSUM_DATA_BYTES,) if geometry.dtype == "int8" else ()


def cumsum_counts(g: CumsumGeometry, seen: Observed) -> Counts:
    """Column by column, the innermost dimensions outermost."""
    outer, inner = prod(g.shape[: g.axis]), prod(g.shape[g.axis + 1 :])
    return {
        "call": 1,
        "dimensions": len(g.shape),
        "inner": inner,
        "columns": outer * inner,
        "elements": prod(g.shape),
    }


def cumsum_faults(step: Step, g: CumsumGeometry, target: Target) -> Iterator[Fault]:
    source = step.node.inputs[0]
    if g.dtype == "int8" and source is not None and source.zero_point:
        yield Fault(
            "warning",
            "TFLM's int8 kernel begins each sum with the input's zero point taken off: all are "
            f"{-source.zero_point * source.scale:+g} off; quantise the input with zero point 0",
        )


ARG_MAX = Kernel(counts=arg_max_counts, bounds=arg_max_bounds)

ARG_MIN = Kernel(counts=arg_max_counts, bounds=arg_max_bounds)

MEAN = Kernel(
    software=ARITHMETIC,
    bare_dimensions=True,
    temporaries=sum_temporaries,
    scratch=sum_scratch,
    variant=reduce_variant,
    counts=reduce_counts,
    bounds=shaped_bounds,
)

CUMSUM = Kernel(
    temporaries="i0 i1 o0 +",
    persistent=cumsum_data,
    counts=cumsum_counts,
    faults=cumsum_faults,
    software=ARITHMETIC,
)

REDUCE_MAX = Kernel(
    bare_dimensions=True,
    temporaries=extreme_temporaries,
    scratch=max_scratch,
    variant=reduce_variant,
    counts=reduce_counts,
)

REDUCE_MIN = replace(REDUCE_MAX)

REDUCE_ALL = replace(REDUCE_MAX)

SUM = Kernel(
    software=ARITHMETIC,
    bare_dimensions=True,
    temporaries=sum_temporaries,
    scratch=sum_scratch,
    variant=reduce_variant,
    counts=reduce_counts,
    bounds=shaped_bounds,
)
